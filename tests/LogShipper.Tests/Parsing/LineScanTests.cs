using System.Text;
using LogShipper.Parsing;

namespace LogShipper.Tests.Parsing;

public class LineScanTests
{
    [Fact]
    public void Quotes_are_found_where_they_stand_and_strange_bytes_are_seen()
    {
        var random = new Random(3);
        var scan = new LineScan();
        for (var turn = 0; turn < 3_000; turn++)
        {
            var line = new byte[random.Next(300)];
            for (var index = 0; index < line.Length; index++)
            {
                line[index] = random.Next(turn % 2 == 0 ? 40 : 6) == 0 ? (byte)'"' : (byte)random.Next(0x20, 0x5c);
            }

            if (line.Length > 0 && turn % 3 == 0)
            {
                line[random.Next(line.Length)] = (byte)random.Next(256);
            }

            scan.Look(line);
            Assert.Equal(!line.Any(value => value is < 0x20 or >= 0x7f or (byte)'\\'), scan.IsPlain);
            var quotes = line.Count(value => value == (byte)'"');
            Assert.Equal(quotes <= 64, scan.HasQuotes(quotes));
            for (var from = 0; from < line.Length; from += 1 + random.Next(20))
            {
                Assert.Equal(Array.IndexOf(line, (byte)'"', from), scan.NextQuote(line, from));
            }
        }
    }

    [Fact]
    public void More_quotes_than_are_noted_are_found_too()
    {
        var line = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("ab\"", 200)));
        var scan = new LineScan();
        // Nothing of an earlier line is left.
        scan.Look(Enumerable.Repeat((byte)'"', 100).ToArray());
        scan.Look(Encoding.ASCII.GetBytes(new string('x', 700) + new string('"', 100)));
        scan.Look(line);
        Assert.False(scan.HasQuotes(200));
        for (var from = 0; from < line.Length; from++)
        {
            Assert.Equal(Array.IndexOf(line, (byte)'"', from), scan.NextQuote(line, from));
        }

        Assert.Equal(2, scan.NextQuote(line, 0));
    }
}
