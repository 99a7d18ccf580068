using LogShipper.Payloads;
using LogShipper.Sinks.Stdout;
using LogShipper.Tailing;
using Record = LogShipper.Parsing.Record;

namespace LogShipper.Tests.Sinks.Stdout;

public sealed class StdoutRecordWriterTests
{
    [Theory]
    [InlineData("GET / 200\n", "GET / 200\n")]
    [InlineData("torn", "torn\n")]
    [InlineData("carriage\r\n", "carriage\r\n")]
    [InlineData("two\nlines\n", "two\nlines\n")]
    public void Raw_is_the_very_bytes_and_one_newline(string line, string expected)
    {
        var bytes = System.Text.Encoding.ASCII.GetBytes(line);
        using var batch = new Batch(new FileId(1), 0, bytes.Length, System.Buffers.ArrayPool<byte>.Shared.Rent(bytes.Length), 0, bytes.Length, RecordFraming.LinePerRecord);
        var record = new Record(new RawRecord(0, 0, bytes, RecordFlags.None), batch);
        using var output = new PayloadBuffer(16);

        new StdoutRecordWriter(null).Write(ref record, output);

        Assert.Equal(expected, System.Text.Encoding.ASCII.GetString(output.WrittenSpan));
    }

    [Fact]
    public void Raw_needs_no_parsing() => Assert.False(new StdoutRecordWriter(null).Parses);
}
