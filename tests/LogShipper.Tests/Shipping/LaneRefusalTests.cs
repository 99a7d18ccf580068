using LogShipper.Diagnostics;
using LogShipper.Shipping;

namespace LogShipper.Tests.Shipping;

/// <summary>One lane that is refused for good, beside others of the same sink that are not.</summary>
public sealed class LaneRefusalTests
{
    private const string Told = "access to es: the sink works, but has accepted nothing of this log for a minute (http 403)";

    [Fact]
    public async Task A_lane_that_alone_is_refused_is_told_once_after_a_minute_and_fails_until_it_is_accepted_again()
    {
        await using var world = new FleetWorld();
        var isForbidden = true;
        world.Make = _ => new FakeSink { Judge = lines => isForbidden && lines.Contains("forbidden") ? Delivery.Retry("http 403") : null };
        world.Append("access.log", "forbidden");
        world.Start(world.Plan([world.Log("access"), world.Log("other")], [FleetWorld.Elasticsearch("es", logs: ["access", "other"])]));
        var start = world.Time.GetUtcNow();
        await world.UntilAsync(() => OtherGoesOn(world, () => world.Messages.Count(Told) == 1));
        Assert.InRange((world.Time.GetUtcNow() - start).TotalSeconds, 60, 200);
        Assert.Equal(LaneState.Failing, StateOf(world, "access"));
        Assert.False(world.Lane("other", "es").IsRefused);

        var told = world.Time.GetUtcNow();
        await world.UntilAsync(() => OtherGoesOn(world, () => world.Time.GetUtcNow() - told > TimeSpan.FromMinutes(3)));
        Assert.Equal(1, world.Messages.Count("has accepted nothing of this log"));

        isForbidden = false;
        await world.UntilAsync(() => world.Messages.Count("access to es: the sink accepts this log again") == 1);
        Assert.False(world.Lane("access", "es").IsRefused);
    }

    [Fact]
    public async Task A_sink_that_accepts_nothing_at_all_is_told_as_the_sink_and_not_for_each_lane()
    {
        await using var world = new FleetWorld();
        var isDown = true;
        world.Make = _ => new FakeSink { Judge = _ => isDown ? Delivery.Retry("http 503") : null };
        world.Append("access.log", "one");
        world.Append("other.log", "one");
        world.Start(world.Plan([world.Log("access"), world.Log("other")], [FleetWorld.Elasticsearch("es", logs: ["access", "other"])]));
        var start = world.Time.GetUtcNow();
        await world.UntilAsync(() => world.Time.GetUtcNow() - start > TimeSpan.FromMinutes(5));
        isDown = false;
        await world.UntilAsync(() => world.Fleet.Lanes.All(lane => lane.Ledger.Take().Acknowledged.Records == 1));

        Assert.Equal(1, world.Messages.Count("takes nothing now"));
        Assert.Equal(0, world.Messages.Count("accept"));
    }

    private static bool OtherGoesOn(FleetWorld world, Func<bool> isSo)
    {
        world.Append("other.log", "fine");
        return isSo();
    }

    private static string StateOf(FleetWorld world, string log) =>
        new StatusReporter(() => [world.Lane(log, "es")], () => world.Fleet.Plan, () => true, () => true, world.Time).Take().Lanes.Single().State;
}
