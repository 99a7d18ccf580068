using LogShipper.Parsing;

namespace LogShipper.Tests.Parsing;

public class PlainLineTests
{
    private static readonly string[] Names =
        ["remote_addr", "remote_user", "time_local", "request", "status", "body_bytes_sent", "http_referer", "request_time", "upstream_addr", "foo"];

    private static readonly string[] Values =
        ["1.2.3.4", "-", "", "a b", "- [", " - ", "200", "0", "12345678901234567890", "1.5", "1.5.6", "1.2.3.4:80, [::1]:81 : 5.6.7.8:90", "GET /a?b HTTP/1.1", "] x", "23/Nov/2026:03:41:45 +0000"];

    /// <summary>A control character in the last value is all that has a line take the way with a search at each value.</summary>
    [Theory]
    [InlineData("main", "{0} - {1} [{2}] \"{3}\" {4} {5} \"{6}\" \"{7}\" \"{8}\"")]
    [InlineData("combined", "{0} - {1} [{2}] \"{3}\" {4} {5} \"{6}\" \"{7}\"")]
    [InlineData("log_format x '$remote_addr $status $upstream_addr $request_time \"$request\" $body_bytes_sent $remote_user \"$foo\"'", "{0} {4} {6} {7} \"{3}\" {5} {1} \"{8}\"")]
    [InlineData("log_format x escape=json 'a $status|$remote_user|$foo|$body_bytes_sent|\"$http_referer\"'", "a {4}|{1}|{3}|{5}|\"{6}\"")]
    [InlineData("log_format x '$time_local $request_time $remote_user \"$foo\"'", "{2} {7} {1} \"{3}\"")]
    public void A_plain_line_is_cut_as_any_other(string format, string line)
    {
        var parser = Lines.Parser(format);
        var random = new Random(11);
        string[] usual = ["1.2.3.4", "-", "23/Nov/2026:03:41:45 +0000", "GET /a?b HTTP/1.1", "200", "612", "-", "0.5", "x"];
        var fits = 0;
        for (var round = 0; round < 20_000; round++)
        {
            var values = usual.Select(value => (object)(random.Next(4) == 0 ? Values[random.Next(Values.Length)] : value)).ToArray();
            var plain = string.Format(System.Globalization.CultureInfo.InvariantCulture, line, values);
            var strange = plain.Insert(plain.Length - 1, "\u0001");

            var (one, other) = (Parsed.Of(parser, plain), Parsed.Of(parser, strange));

            Assert.True(one.Fits == other.Fits, plain);
            Assert.True(one.Time == other.Time, plain);
            fits += one.Fits ? 1 : 0;
            var last = Names.FirstOrDefault(name => other[name] is { } value && value.EndsWith('\u0001'));
            foreach (var name in Names.Where(name => name != last))
            {
                Assert.True(one[name] == other[name], $"{name} in {plain}");
            }
        }

        Assert.InRange(fits, 1_000, 19_999);
    }
}
