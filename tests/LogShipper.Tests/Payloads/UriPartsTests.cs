using System.Text;
using LogShipper.Parsing;
using LogShipper.Payloads;

namespace LogShipper.Tests.Payloads;

public class UriPartsTests
{
    [Fact]
    public void The_parts_of_short_and_long_ones_lie_where_a_search_finds_them()
    {
        var random = new Random(4);
        const string Letters = "abcdefghijklmnopqrstuvwxyz///...??#";
        for (var round = 0; round < 20_000; round++)
        {
            var letters = Letters.AsSpan(0, Letters.Length - random.Next(10)).ToString();
            var uri = "/" + string.Concat(Enumerable.Range(0, random.Next(90)).Select(_ => letters[random.Next(letters.Length)]));
            var content = Encoding.ASCII.GetBytes($"GET {uri}/?.#{new string('/', 70)}");

            var parts = UriParts.Of(content, new TextPlace(4, uri.Length));

            var path = uri.Contains('?', StringComparison.Ordinal) ? uri[..uri.IndexOf('?', StringComparison.Ordinal)] : uri;
            var name = path[(path.LastIndexOf('/') + 1)..];
            var extension = name.Contains('.', StringComparison.Ordinal) ? name[(name.LastIndexOf('.') + 1)..] : "";
            Assert.Equal(new UriParts(uri.Contains('#', StringComparison.Ordinal), path.Length, extension.Length), parts);
        }
    }
}
