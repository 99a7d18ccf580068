using LogShipper.Shipping;
using Microsoft.Extensions.Time.Testing;

namespace LogShipper.Tests.Shipping;

/// <summary>The end of a fleet with a sink beside the configured ones, on which nothing waits.</summary>
public sealed class ObservingDrainTests
{
    [Fact]
    public async Task A_backlog_of_who_only_observes_keeps_the_end_waiting_for_a_moment_at_most()
    {
        var time = new WatchedClock();
        var beside = new FakeSink { Answer = FakeSink.HangAsync };
        await using var world = new FleetWorld { Time = time, Observing = beside };
        world.Append("access.log", "{\"n\":1}");
        world.Start(world.Plan());
        await world.UntilAsync(() => world.Sink("out").Lines.Count == 1 && beside.Attempts == 1);

        var draining = world.Fleet.DrainAsync(waitForQuiet: true, TimeSpan.FromSeconds(25), CancellationToken.None);
        var drained = world.Lane("access", "out");
        await world.UntilAsync(() => drained.IsDrained, TimeSpan.FromMilliseconds(1));

        // The clock stands still until the others have ended and the grace begins.
        var grace = TimeSpan.FromMilliseconds(10);
        await time.TimerOf(grace).WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        time.Advance(grace);
        await draining.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.Empty(beside.Lines);
    }

    [Fact]
    public async Task Who_only_observes_has_seen_the_last_lines_when_it_ends()
    {
        var beside = new FakeSink();
        await using var world = new FleetWorld { Observing = beside };
        world.Append("access.log", "{\"n\":1}");
        world.Start(world.Plan());
        await world.UntilAsync(() => world.Sink("out").Lines.Count == 1 && beside.Lines.Count == 1);

        world.Append("access.log", "{\"n\":2}");

        // A look that was taken before the line must not pass for one of the moment of the stop, which on this clock would be the same.
        world.Time.Advance(TimeSpan.FromMilliseconds(1));
        var draining = world.Fleet.DrainAsync(waitForQuiet: true, TimeSpan.FromSeconds(25), CancellationToken.None);

        // The clock stands still: nothing is due but what is asked for.
        await draining.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.Equal(["{\"n\":1}", "{\"n\":2}"], world.Sink("out").Lines);
        Assert.Equal(["{\"n\":1}", "{\"n\":2}"], beside.Lines);
    }

    /// <summary>Tells when somebody begins to wait for a time.</summary>
    private sealed class WatchedClock() : FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(56))
    {
        private readonly Dictionary<TimeSpan, TaskCompletionSource> _timers = [];

        public Task TimerOf(TimeSpan due)
        {
            lock (_timers)
            {
                return Source(due).Task;
            }
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            lock (_timers)
            {
                Source(dueTime).TrySetResult();
            }

            return timer;
        }

        private TaskCompletionSource Source(TimeSpan due)
        {
            if (!_timers.TryGetValue(due, out var source))
            {
                _timers.Add(due, source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            }

            return source;
        }
    }
}
