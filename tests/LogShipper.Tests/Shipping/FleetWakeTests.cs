using LogShipper.Configuration;
using Microsoft.Extensions.Time.Testing;

namespace LogShipper.Tests.Shipping;

/// <summary>Lanes that the kernel wakes. The clock hardly moves: what is seen is seen without the interval.</summary>
public sealed class FleetWakeTests
{
    [Fact]
    public async Task A_line_is_shipped_as_soon_as_it_is_written()
    {
        await using var world = new FleetWorld { Time = new TickingClock() };
        world.Start(world.Plan([Woken(world.Log("access"))]));
        world.Append("access.log", "{\"n\":1}");
        await UntilShippedAsync(world, 1);
        world.Append("access.log", "{\"n\":2}");
        await UntilShippedAsync(world, 2);
    }

    [Fact]
    public async Task Lines_before_and_after_a_rotation_are_shipped()
    {
        await using var world = new FleetWorld { Time = new TickingClock() };
        world.Start(world.Plan([Woken(world.Log("access"))]));
        world.Append("access.log", "{\"n\":1}");
        File.Move(world.LogPath("access.log"), world.LogPath("access.log.1"));
        world.Append("access.log", "{\"n\":2}");
        await UntilShippedAsync(world, 2);
        Assert.Equal(["{\"n\":1}", "{\"n\":2}"], world.Sink("out").Lines);
    }

    [Fact]
    public async Task A_new_match_of_a_glob_is_shipped_at_once()
    {
        await using var world = new FleetWorld { Time = new TickingClock() };
        world.Start(world.Plan([Woken(world.Log("access", "*.access.log"))]));
        world.Append("shop.access.log", "{\"n\":1}");
        await UntilShippedAsync(world, 1);
    }

    [Fact]
    public async Task A_new_plan_begins_and_ends_it_while_the_lanes_go_on()
    {
        await using var world = new FleetWorld { Time = new TickingClock() };
        world.Start(world.Plan());
        var lane = world.Lane("access", "out");
        await world.UntilDoneAsync(world.Fleet.ApplyAsync(world.Plan([Woken(world.Log("access"))])));
        world.Append("access.log", "{\"n\":1}");
        await UntilShippedAsync(world, 1);

        await world.UntilDoneAsync(world.Fleet.ApplyAsync(world.Plan()));
        Assert.Same(lane, world.Lane("access", "out"));
        await world.UntilAsync(() => !world.Fleet.IsWoken);
        world.Append("access.log", "{\"n\":2}");
        await world.UntilAsync(() => world.Sink("out").Lines.Count == 2);
    }

    [Fact]
    public async Task Without_a_log_that_asks_nothing_is_watched()
    {
        await using var world = new FleetWorld { Time = new TickingClock() };
        world.Start(world.Plan());
        Assert.False(world.Fleet.IsWoken);
    }

    [Fact]
    public async Task The_interval_finds_what_the_kernel_did_not_tell()
    {
        await using var world = new FleetWorld { FileEvents = DeafKernel.TryOpen };
        world.Start(world.Plan([Woken(world.Log("access"))]));
        world.Append("access.log", "{\"n\":1}");
        await world.UntilAsync(() => world.Sink("out").Lines.Count == 1);
    }

    /// <summary>No two moments are the same, as with a real clock: a look is shared by all who ask at one moment.</summary>
    private sealed class TickingClock() : FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(56))
    {
        private long _asked;

        public override long GetTimestamp() => base.GetTimestamp() + Interlocked.Increment(ref _asked);
    }

    private static LogPlan Woken(LogPlan log) => log with { Wake = LogWake.Inotify };

    /// <summary>Far less than the interval passes.</summary>
    private static async Task UntilShippedAsync(FleetWorld world, int lines)
    {
        for (var round = 0; world.Sink("out").Lines.Count < lines; round++)
        {
            Assert.True(round < 5_000, "It was not shipped.");
            world.Time.Advance(TimeSpan.FromMicroseconds(100));
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
    }
}
