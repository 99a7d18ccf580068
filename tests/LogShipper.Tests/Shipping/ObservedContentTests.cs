using System.Text;
using LogShipper.Parsing;
using LogShipper.Shipping;
using LogShipper.Tailing;
using Microsoft.Extensions.Time.Testing;

namespace LogShipper.Tests.Shipping;

/// <summary>Where a lane that ships may begin, and where the lane that only observes may read: what two threads may do at the same moment, one step after the other.</summary>
public sealed class ObservedContentTests
{
    private const string Text = "aaaa\nbbbb\ncccc\ndddd\n";

    private static readonly FileId File = new(7);

    private static readonly FileIdentity Carrier = new(8, 100, 1);

    private readonly FakeTimeProvider _time = new();
    private readonly Counting _observer = new();
    private readonly ObservedRanges _ranges;

    public ObservedContentTests()
    {
        _ranges = new ObservedRanges(_observer, _time);
    }

    [Fact]
    public void Of_a_content_that_the_observing_lane_does_not_know_nothing_is_wanted() => Assert.False(_ranges.TryBegin(BatchOf(0, 10)));

    [Fact]
    public void While_the_observing_lane_reads_nobody_begins()
    {
        StandAt(0);
        _time.Advance(ObservedRanges.Patience);
        Assert.False(_ranges.TryBeginReading(isPatient: true, out _));
        _time.Advance(ObservedRanges.Patience);
        Assert.True(_ranges.TryBeginReading(isPatient: true, out _));
        Assert.False(_ranges.TryBegin(BatchOf(0, 10)));

        _ranges.EndReading(null);
        Assert.True(_ranges.TryBegin(BatchOf(0, 10)));
    }

    [Fact]
    public void What_the_observing_lane_has_read_is_not_wanted_before_its_next_turn_either()
    {
        StandAt(0);
        Assert.True(_ranges.TryBeginReading(isPatient: false, out _));
        _ranges.EndReading(BatchOf(0, 10));
        Assert.False(_ranges.TryBegin(BatchOf(0, 10)));
        Assert.True(_ranges.TryBegin(BatchOf(5, 15)));
        Observe(BatchOf(5, 15));
        Assert.True(_ranges.TryPass(File, Carrier, Place(10), out _, out _));
        Assert.Equal(1, _observer.Counted);
    }

    [Fact]
    public void Two_lanes_do_not_go_through_it_at_once()
    {
        StandAt(0);
        Assert.True(_ranges.TryBegin(BatchOf(0, 10)));
        Assert.False(_ranges.TryBegin(BatchOf(0, 10)));
        Assert.False(_ranges.TryBegin(BatchOf(10, 20)));
    }

    [Fact]
    public void What_lies_behind_a_gap_is_not_wanted()
    {
        StandAt(0);
        GoThrough(0, 5);
        Assert.False(_ranges.TryBegin(BatchOf(10, 20)));
        GoThrough(5, 10);
        GoThrough(10, 20);
        Assert.True(_ranges.TryPass(File, Carrier, Place(0), out var end, out var records));
        Assert.Equal((20, 4), (end.Offset, records));
    }

    [Fact]
    public void Nobody_begins_inside_of_a_line_that_is_skipped() => Assert.False(BeginsAhead(inSkippedLine: true));

    [Fact]
    public void One_that_is_ahead_begins_where_it_is() => Assert.True(BeginsAhead(inSkippedLine: false));

    [Theory]
    [InlineData(10, 20)]
    [InlineData(5, 20)]
    public void Another_content_by_the_same_name_is_not_wanted(int start, int end)
    {
        StandAt(10);
        Assert.False(_ranges.TryBegin(BatchOf(start, end, Text.Replace('b', 'x'))));
        Assert.True(_ranges.TryBegin(BatchOf(start, end)));
    }

    [Fact]
    public void What_stands_in_another_file_than_that_which_the_observing_lane_knows_by_the_name_is_not_wanted()
    {
        StandAt(0);
        Assert.False(_ranges.TryBegin(BatchOf(0, 10, inode: 101)));
        Assert.True(_ranges.TryBegin(BatchOf(0, 10)));
    }

    [Fact]
    public void What_was_another_content_by_the_same_name_is_not_passed_over()
    {
        StandAt(0);
        Assert.True(_ranges.TryBegin(BatchOf(10, 20)));
        Observe(BatchOf(10, 20));
        Assert.False(_ranges.TryPass(File, Carrier, Place(10, Text.Replace('b', 'x')), out var end, out _));
        Assert.Equal(10, end.Offset);
        Assert.Equal(0, _observer.Counted);
        Assert.False(_ranges.HasMoreSoon);
    }

    [Fact]
    public void What_can_be_passed_over_is_not_read_and_keeps_nobody_from_reading_what_else_there_is()
    {
        StandAt(0);
        GoThrough(0, 10);
        Assert.True(_ranges.TryBeginReading(isPatient: false, out _));
        Assert.Equal(0, _ranges.EndOf(File));
    }

    [Fact]
    public void What_is_gone_through_at_this_moment_is_passed_over_up_to_its_beginning()
    {
        StandAt(0);
        GoThrough(0, 10);
        Assert.True(_ranges.TryBegin(BatchOf(10, 20)));
        Assert.True(_ranges.TryPass(File, Carrier, Place(0), out var end, out var records));
        Assert.Equal((10, 2), (end.Offset, records));
        Assert.Equal(10, _ranges.EndOf(File));

        Observe(BatchOf(10, 20));
        Assert.True(_ranges.TryPass(File, Carrier, end, out end, out records));
        Assert.Equal((20, 2), (end.Offset, records));
        Assert.Equal(long.MaxValue, _ranges.EndOf(File));
    }

    [Fact]
    public void A_lane_to_whom_nothing_is_left_but_what_others_go_through_now_turns_again_soon()
    {
        using var world = new ObservedWorld();
        world.Append(0, 1);
        world.StartObserver();
        world.Observer.TakeTurn();
        var pause = TimeSpan.MaxValue;
        var isDrained = true;
        world.StartShipping("one", ObservedWorld.Parsing(writing: () =>
        {
            world.Time.Advance(ObservedRanges.Patience * 2);
            pause = world.Observer.TakeTurn();
            world.Observer.Drain(waitForQuiet: false);
            world.Observer.TakeTurn();
            isDrained = world.Observer.IsDrained;
        })).TakeTurn();

        Assert.InRange(pause, TimeSpan.FromTicks(1), ObservedRanges.Patience);
        Assert.False(isDrained);
        world.Observer.TakeTurn();
        Assert.Equal(["0000"], world.Observed);
    }

    [Fact]
    public void What_is_not_followed_any_more_is_forgotten()
    {
        StandAt(0);
        GoThrough(0, 10);
        _ranges.Prune(_ => false);
        Assert.False(_ranges.HasMoreSoon);
        Assert.False(_ranges.TryBegin(BatchOf(10, 20)));
    }

    private bool BeginsAhead(bool inSkippedLine)
    {
        StandAt(0);
        return _ranges.TryBegin(BatchOf(10, 20, inSkippedLine: inSkippedLine));
    }

    private void StandAt(int offset) => Assert.False(_ranges.TryPass(File, Carrier, Place(offset), out _, out _));

    private void GoThrough(int start, int end)
    {
        Assert.True(_ranges.TryBegin(BatchOf(start, end)));
        Observe(BatchOf(start, end));
    }

    private void Observe(Batch batch)
    {
        foreach (var raw in batch)
        {
            var record = new LogShipper.Parsing.Record(raw, batch, new FieldTable());
            _ranges.Observe(ref record);
        }

        _ranges.End(batch);
    }

    private static Mark Place(int offset, string text = Text) => new(offset, Anchor.Of(Encoding.UTF8.GetBytes(text[..offset])), InSkippedLine: false, TimeTicks: 0);

    private static Batch BatchOf(int start, int end, string text = Text, bool inSkippedLine = false, ulong inode = 100) =>
        new(File, start, end, Encoding.UTF8.GetBytes(text), start, end - start, RecordFraming.LinePerRecord)
        {
            StartAnchor = Place(start, text).Anchor,
            EndAnchor = Place(end, text).Anchor,
            StartsInSkippedLine = inSkippedLine,
            Carrier = Carrier with { Inode = inode },
        };

    private sealed class Counting : IRecordObserver
    {
        private int _noted;

        public int Counted { get; private set; }

        public void Observe(ref LogShipper.Parsing.Record record) => _noted++;

        public IObservations Take(IObservations? before)
        {
            var observations = new Noted(this, _noted + ((before as Noted)?.Number ?? 0));
            _noted = 0;
            return observations;
        }

        private sealed record Noted(Counting Counting, int Number) : IObservations
        {
            public void Count() => Counting.Counted += Number;
        }
    }
}
