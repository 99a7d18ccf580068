using LogShipper.Shipping;
using Microsoft.Extensions.Time.Testing;

namespace LogShipper.Tests.Shipping;

/// <summary>A lane with a backlog beside others, where there is one thread for all of them.</summary>
public sealed class BacklogTurnsTests
{
    [Fact]
    public async Task Between_the_turns_of_a_backlog_others_have_theirs()
    {
        const int Lines = 500;
        using var world = new LaneWorld();
        world.Append(Backlog(Lines));
        var oneThread = new TaskFactory(new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, 1).ExclusiveScheduler);
        using var begun = new ManualResetEventSlim();
        var lane = oneThread.StartNew(
            () =>
            {
                begun.Wait(TestContext.Current.CancellationToken);
                return world.Lane.Loop.RunAsync();
            },
            TestContext.Current.CancellationToken).Unwrap();
        var other = oneThread.StartNew(() => world.Sink.Lines.Count, TestContext.Current.CancellationToken);
        begun.Set();

        Assert.InRange(await other, 1, Lines - 1);
        world.Lane.Drain(waitForQuiet: false);
        await lane;
        Assert.Equal(Lines, world.Sink.Lines.Count);
    }

    [Fact]
    public void Who_rests_after_a_turn_reads_nothing_for_so_many_times_as_long_as_the_turn_took()
    {
        using var world = WorldOf(300, TimeSpan.FromMilliseconds(1), timesAsLong: 9);
        Assert.NotEqual(TimeSpan.Zero, world.Lane.TakeTurn());
        var read = world.Sink.Lines.Count;
        Assert.InRange(read, 1, 299);
        AssertRests(world, TimeSpan.FromMilliseconds(read * 9));
    }

    [Fact]
    public void The_lanes_of_many_logs_rest_together()
    {
        var time = new FakeTimeProvider();
        var rest = new BacklogRest(9, time);
        var each = TimeSpan.FromMilliseconds(1);
        using var first = WorldOf(40, each, rest, time);
        using var second = WorldOf(40, each, rest, time);
        using var third = WorldOf(40, each, rest, time);
        first.Lane.TakeTurn();
        second.Lane.TakeTurn();
        third.Lane.TakeTurn();
        Assert.Equal((40, 24, 0), (first.Sink.Lines.Count, second.Sink.Lines.Count, third.Sink.Lines.Count));

        time.Advance(TimeSpan.FromMilliseconds(64 * 9));
        third.Lane.TakeTurn();
        second.Lane.TakeTurn();
        Assert.Equal((40, 40, 40), (first.Sink.Lines.Count, second.Sink.Lines.Count, third.Sink.Lines.Count));
    }

    [Fact]
    public void There_is_no_rest_while_there_is_nobody_to_leave_the_time_to()
    {
        var time = new FakeTimeProvider();
        var others = false;
        using var world = WorldOf(300, TimeSpan.FromMilliseconds(1), new BacklogRest(9, time) { OthersShip = () => others }, time);
        world.Lane.TakeTurn();
        var read = world.Sink.Lines.Count;
        world.Lane.TakeTurn();
        Assert.Equal(2 * read, world.Sink.Lines.Count);

        others = true;
        world.Lane.TakeTurn();
        AssertRests(world, TimeSpan.FromMilliseconds(read * 9));
    }

    [Fact]
    public void A_turn_in_which_the_process_was_frozen_is_followed_by_a_second_at_most()
    {
        using var world = WorldOf(300, TimeSpan.FromMinutes(1), timesAsLong: 9);
        world.Lane.TakeTurn();
        AssertRests(world, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void A_rest_that_ends_while_the_turn_goes_on_is_not_slept_over()
    {
        for (var before = 1; before < 60; before++)
        {
            var time = new CreepingTime();
            using var world = WorldOf(300, TimeSpan.FromMilliseconds(1), timesAsLong: 9, time);
            world.Lane.TakeTurn();
            var read = world.Sink.Lines.Count;
            world.Time.Advance(TimeSpan.FromMilliseconds(read * 9) - TimeSpan.FromTicks(before));
            time.Creeps = true;
            var pause = world.Lane.TakeTurn();
            Assert.True(world.Sink.Lines.Count > read || pause < TimeSpan.FromMilliseconds(1), $"{before} ticks before the end of the rest: nothing is read, and not for another {pause}.");
        }
    }

    [Fact]
    public void In_a_drain_that_waits_for_others_they_go_first()
    {
        using var world = WorldOf(300, TimeSpan.FromMilliseconds(1), timesAsLong: 9);
        world.Lane.TakeTurn();
        var read = world.Sink.Lines.Count;
        world.Lane.Drain(waitForQuiet: true);
        AssertRests(world, TimeSpan.FromMilliseconds(read * 9));
    }

    [Fact]
    public void In_a_drain_that_waits_for_nobody_there_is_no_rest()
    {
        using var world = WorldOf(300, TimeSpan.FromMilliseconds(1), timesAsLong: 9);
        world.Lane.TakeTurn();
        world.Lane.Drain(waitForQuiet: false);
        for (var turn = 0; turn < 5; turn++)
        {
            world.Lane.TakeTurn();
        }

        Assert.Equal(300, world.Sink.Lines.Count);
    }

    [Fact]
    public void Who_does_not_rest_goes_on_at_once()
    {
        using var world = WorldOf(300, TimeSpan.FromMilliseconds(1), timesAsLong: 0);
        Assert.Equal(TimeSpan.Zero, world.Lane.TakeTurn());
    }

    private static void AssertRests(LaneWorld world, TimeSpan rest)
    {
        var read = world.Sink.Lines.Count;
        var justBefore = TimeSpan.FromMilliseconds(5);
        world.Time.Advance(rest - justBefore);
        world.Lane.TakeTurn();
        Assert.Equal(read, world.Sink.Lines.Count);

        world.Time.Advance(justBefore);
        world.Lane.TakeTurn();
        Assert.InRange(world.Sink.Lines.Count, read + 1, int.MaxValue);
    }

    /// <summary>Each line is a batch, and takes its time.</summary>
    private static LaneWorld WorldOf(int lines, TimeSpan each, int timesAsLong, FakeTimeProvider? time = null)
    {
        time ??= new FakeTimeProvider();
        return WorldOf(lines, each, timesAsLong > 0 ? new BacklogRest(timesAsLong, time) : null, time);
    }

    private static LaneWorld WorldOf(int lines, TimeSpan each, BacklogRest? rest, FakeTimeProvider time)
    {
        LaneWorld? made = null;
        var world = new LaneWorld
        {
            Time = time,
            Rest = rest,
            Sink = new FakeSink
            {
                Judge = _ =>
                {
                    made!.Time.Advance(each);
                    return null;
                },
            },
        };
        made = world;
        world.Append(Backlog(lines));
        return world;
    }

    private static string[] Backlog(int lines) => [.. Enumerable.Range(0, lines).Select(line => $"{line} {new string('x', 3000)}")];

    /// <summary>A clock that goes on by itself: by a tick each time that it is looked at.</summary>
    private sealed class CreepingTime : FakeTimeProvider
    {
        public bool Creeps { get; set; }

        public override long GetTimestamp()
        {
            if (Creeps)
            {
                Advance(TimeSpan.FromTicks(1));
            }

            return base.GetTimestamp();
        }
    }
}
