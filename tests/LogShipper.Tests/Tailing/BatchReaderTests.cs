using System.Text;
using LogShipper.Parsing;
using LogShipper.Tailing;
using LogShipper.Tests.Parsing;
using Microsoft.Extensions.Time.Testing;

namespace LogShipper.Tests.Tailing;

public sealed class BatchReaderTests : IDisposable
{
    private readonly MemoryFile _file = new([]);
    private TrackedFile? _tracked;
    private bool _mayTakeTail;

    public void Dispose()
    {
        _tracked?.Dispose();
        _file.Dispose();
    }

    [Fact]
    public void A_batch_ends_at_the_last_newline_and_leaves_the_torn_line()
    {
        var first = Read("one\ntwo\nthr", Mark.Beginning);
        Assert.Equal((ReadResult.Batch, "one\ntwo\n", 8L), (first.Result, first.Text, first.Next.Offset));
        Assert.Equal(ReadResult.Nothing, Read("one\ntwo\nthr", first.Next).Result);
    }

    [Fact]
    public void A_batch_goes_on_where_the_one_before_it_ended()
    {
        var next = Read("one\n", Mark.Beginning).Next;
        Assert.Equal("two\n", Read("one\ntwo\n", next).Text);
    }

    [Fact]
    public void A_file_that_begins_alike_and_has_grown_past_the_old_place_with_other_bytes_is_another_content()
    {
        var next = Read("first\nsecond\n", Mark.Beginning).Next;
        Assert.Equal(ReadResult.Replaced, Read("first\nSECOND\nthird line\n", next).Result);
    }

    [Fact]
    public void A_file_that_became_shorter_than_the_place_is_another_content()
    {
        var next = Read("first\nsecond\n", Mark.Beginning).Next;
        Tracked("first\nsecond\nthird\n");
        _file.Bytes = "first\n"u8.ToArray();
        Assert.Equal(ReadResult.Replaced, ReadOn(next).Result);
    }

    [Fact]
    public void A_file_that_does_not_begin_as_it_was_identified_is_another_content()
    {
        Tracked("first\n");
        _file.Bytes = "FIRST\n"u8.ToArray();
        Assert.Equal(ReadResult.Replaced, ReadOn(Mark.Beginning).Result);
    }

    [Fact]
    public void A_torn_line_is_taken_only_where_nobody_will_finish_it_and_what_comes_behind_it_is_late()
    {
        var next = Read("one\n", Mark.Beginning).Next;
        Assert.Equal(ReadResult.Nothing, Read("one\ntor", next).Result);

        _mayTakeTail = true;
        var torn = Read("one\ntor", next);
        Assert.Equal((ReadResult.Batch, "tor", RecordFlags.None), (torn.Result, torn.Text, torn.Flags));
        Assert.True(_tracked!.Finished);

        _file.Bytes = "one\ntorn\nmore\n"u8.ToArray();
        _tracked.Length = _file.Length;
        var late = ReadOn(torn.Next);
        Assert.Equal("n\nmore\n", late.Text);
    }

    [Fact]
    public void A_line_over_the_limit_is_cut_and_its_rest_is_skipped()
    {
        var text = $"{new string('x', 150)}\nnext\n";
        Assert.Equal(ReadResult.Oversize, Read(text, Mark.Beginning, batchBytes: 64).Result);
        var cut = Read(text, Mark.Beginning, batchBytes: 64, oversize: true);
        Assert.Equal((new string('x', 100), RecordFlags.Cut, 100L), (cut.Text, cut.Flags, cut.Next.Offset));
        Assert.True(cut.Next.InSkippedLine);

        var rest = Read(text, cut.Next);
        Assert.Equal(("next\n", 51), (rest.Text, rest.Skipped));
        Assert.False(rest.Next.InSkippedLine);
    }

    [Fact]
    public void A_record_of_several_lines_is_not_cut_between_two_batches()
    {
        const string First = "2026/11/23 03:41:57 [error] 1#1: one\ncontinued\n";
        const string Second = "2026/11/23 03:41:58 [error] 1#1: two\ncontinued\n";
        var read = Read(First + Second, Mark.Beginning, batchBytes: First.Length + 40, framing: Lines.Parser("error"));
        Assert.Equal(First, read.Text);
    }

    [Fact]
    public void What_came_after_the_look_is_left_for_the_next_one()
    {
        Tracked("one\n");
        _file.Bytes = "one\ntwo\n"u8.ToArray();
        Assert.Equal("one\n", ReadOn(Mark.Beginning).Text);
    }

    private (ReadResult Result, string Text, Mark Next, RecordFlags Flags, int Skipped) Read(
        string content, Mark place, int batchBytes = 4096, bool oversize = false, RecordFraming? framing = null)
    {
        Tracked(content);
        return ReadOn(place, batchBytes, oversize, framing);
    }

    private (ReadResult Result, string Text, Mark Next, RecordFlags Flags, int Skipped) ReadOn(
        Mark place, int batchBytes = 4096, bool oversize = false, RecordFraming? framing = null)
    {
        var reader = new BatchReader("access", new BatchLimits(batchBytes, 100), framing ?? RecordFraming.LinePerRecord, new FakeTimeProvider());
        var result = reader.Read(_tracked!, place, long.MaxValue, "/logs/access.log", _ => _mayTakeTail, oversize, out var batch);
        using (batch)
        {
            return batch is null ? (result, "", place, default, 0) : (result, Encoding.UTF8.GetString(batch.Bytes), batch.EndMark, batch.Flags, batch.SkippedBytes);
        }
    }

    /// <summary>The file as a look saw it.</summary>
    private void Tracked(string content)
    {
        _file.Bytes = Encoding.UTF8.GetBytes(content);
        var begin = Fingerprint.Take(_file.Bytes, finished: true)!.Value;
        _tracked = new TrackedFile("access.log", RotatedName.Parse("access.log", "access.log")!.Value, _file.Identity) { Handle = _file, Length = _file.Length };
        _tracked.Identify(begin, 0, new FileId(7));
    }
}
