using System.Text;
using LogShipper.Tailing;

namespace LogShipper.Tests.Tailing;

public sealed class MarkedLinesTests
{
    [Fact]
    public void Every_line_is_found_with_its_quotes_wherever_they_stand()
    {
        var random = new Random(7);
        for (var round = 0; round < 2000; round++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(300)).Select(_ => random.Next(12) switch { 0 => '"', 1 => '\n', _ => 'x' })]);
            AssertFound(text);
        }

        AssertFound(new string('"', 1000) + "\n" + new string('\n', 200));
    }

    private static void AssertFound(string text)
    {
        var bytes = Encoding.ASCII.GetBytes(text);
        var quotes = new int[4];
        var lines = new MarkedLines(bytes, quotes);
        var expected = text.Split('\n');
        for (var index = 0; index < expected.Length; index++)
        {
            var isNone = index == expected.Length - 1 && expected[index].Length == 0;
            Assert.Equal(!isNone, lines.MoveNext());
            if (!isNone)
            {
                var line = expected[index];
                var places = Enumerable.Range(0, line.Length).Where(at => line[at] == '"').ToArray();
                Assert.Equal(line, Encoding.ASCII.GetString(lines.Rest[..lines.Length]));
                Assert.Equal(places.Length, lines.QuoteCount);
                Assert.Equal(places.Take(quotes.Length), quotes.Take(places.Length));
                Assert.Equal(lines.Next >= bytes.Length, lines.IsLast);
                Assert.Equal(Math.Min(bytes.Length, lines.Start + line.Length + 1), lines.Next);
            }
        }

        Assert.False(lines.MoveNext());
    }
}
