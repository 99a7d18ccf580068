using LogShipper.Tailing;
using LogShipper.Tests.Parsing;

namespace LogShipper.Tests.Tailing;

public sealed class RecordFramingTests
{
    [Fact]
    public void Each_line_of_an_access_log_is_a_record()
    {
        Assert.False(RecordFraming.LinePerRecord.JoinsLines);
        using var batch = Lines.Batch("one\n two\n\nthree", RecordFraming.LinePerRecord);
        Assert.Equal(4, batch.Count);
    }

    [Fact]
    public void Lines_without_a_header_belong_to_the_record_of_error_log_before_them()
    {
        const string First = "2026/11/23 03:41:57 [error] 1#1: one\ncontinued\n";
        const string Second = "2026/11/23 03:41:58 [error] 1#1: two\n";
        Assert.Equal([First, Second], Lines.Records(Lines.Parser("error"), First + Second));
    }

    [Fact]
    public void Lines_whose_record_was_shipped_before_are_flagged_as_continuation()
    {
        using var batch = Lines.Batch("continued\n2026/11/23 03:41:58 [error] 1#1: two\n", Lines.Parser("error"));
        var flags = new List<RecordFlags>();
        foreach (var record in batch)
        {
            flags.Add(record.Flags);
        }

        Assert.Equal([RecordFlags.Continuation, RecordFlags.None], flags);
    }
}
