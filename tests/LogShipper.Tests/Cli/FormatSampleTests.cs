using LogShipper.Cli;
using LogShipper.Tailing;
using Record = LogShipper.Parsing.Record;

namespace LogShipper.Tests.Cli;

public sealed class FormatSampleTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Only_the_last_thousand_lines_are_tried()
    {
        var content = string.Concat(Enumerable.Range(0, 5000).Select(number => number is >= 4000 and < 4100 ? $"bad {number}\n" : "good\n"));
        Assert.Equal(new FormatSample(900, 1000, "bad 4000"), Take(content));
    }

    [Fact]
    public void A_file_of_long_lines_is_read_from_near_its_end_only()
    {
        var line = "good" + new string('x', 9996) + "\n";
        var sample = Take("bad\n" + string.Concat(Enumerable.Repeat(line, 500)));
        Assert.Equal(sample.Records, sample.Parsed);
        Assert.InRange(sample.Records, 200, 210);
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("good", 0)]
    [InlineData("good\n", 1)]
    [InlineData("good\ngood\nba", 2)]
    [InlineData("\n", 1)]
    public void A_line_that_is_still_being_written_is_left_out(string content, int records) => Assert.Equal(records, Take(content).Records);

    [Fact]
    public void One_line_longer_than_what_is_read_is_no_line() => Assert.Equal(0, Take(new string('x', 3 << 20) + "\n").Records);

    private FormatSample Take(string content) =>
        FormatSample.Take(_directory.Write("a.log", content), RecordFraming.LinePerRecord, (ref Record record) => record.Raw.Content.StartsWith("good"u8));
}
