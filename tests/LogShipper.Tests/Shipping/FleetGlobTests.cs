using LogShipper.Shipping;
using static LogShipper.Tests.Shipping.FleetWorld;

namespace LogShipper.Tests.Shipping;

public sealed class FleetGlobTests
{
    private static readonly TimeSpan AnInterval = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task A_match_without_any_file_is_given_up_and_its_state_removed()
    {
        await using var world = new FleetWorld();
        world.Append("a.site.log", "one");
        world.Append("b.site.log", "two");
        world.Start(world.Plan([world.Log("sites", "*.site.log")], [Stdout("out", logs: ["sites"])]));
        await world.UntilAsync(() => world.Sink("out").Lines.Count == 2 && File.Exists(world.StatePath("sites%2Fa.site.log.out.json")));
        var began = world.Time.GetTimestamp();

        File.Delete(world.LogPath("a.site.log"));
        await world.UntilAsync(() => world.Fleet.Lanes.Count == 1, AnInterval);

        Assert.True(world.Time.GetElapsedTime(began) >= FollowedLogs.GivenUpAfter);
        Assert.Equal("sites/b.site.log", world.Fleet.Lanes[0].Log.Name);
        await world.UntilAsync(() => !File.Exists(world.StatePath("sites%2Fa.site.log.out.json")));
        Assert.True(File.Exists(world.StatePath("sites%2Fb.site.log.out.json")));

        world.Append("a.site.log", "three");
        await world.UntilAsync(() => world.Sink("out").Lines.Contains("three"));
    }

    [Fact]
    public async Task A_match_that_is_gone_is_not_given_up_before_its_sink_has_everything()
    {
        await using var world = new FleetWorld { Make = _ => new FakeSink { Answer = FakeSink.HangAsync } };
        world.Append("a.site.log", "one");
        world.Start(world.Plan([world.Log("sites", "*.site.log")], [Stdout("out", logs: ["sites"])]));
        await world.UntilAsync(() => world.Sink("out").Attempts == 1);

        File.Delete(world.LogPath("a.site.log"));
        var began = world.Time.GetTimestamp();
        await world.UntilAsync(() => world.Time.GetElapsedTime(began) > 2 * FollowedLogs.GivenUpAfter, AnInterval);

        Assert.Single(world.Fleet.Lanes);
    }

    [Fact]
    public async Task A_plain_log_that_is_gone_is_waited_for_without_end()
    {
        await using var world = new FleetWorld();
        world.Append("access.log", "one");
        world.Start(world.Plan());
        await world.UntilAsync(() => world.Sink("out").Lines.Count == 1);

        File.Delete(world.LogPath("access.log"));
        var began = world.Time.GetTimestamp();
        await world.UntilAsync(() => world.Time.GetElapsedTime(began) > 2 * FollowedLogs.GivenUpAfter, AnInterval);
        world.Append("access.log", "two");

        await world.UntilAsync(() => world.Sink("out").Lines.Count == 2);
    }

    [Fact]
    public async Task Matches_of_a_glob_that_is_new_in_the_plan_are_found_from_then_on()
    {
        await using var world = new FleetWorld();
        world.Start(world.Plan());
        await world.UntilDoneAsync(world.Fleet.ApplyAsync(world.Plan([world.Log("access"), world.Log("sites", "*.site.log")], [Stdout("out", logs: ["access", "sites"])])));

        world.Append("a.site.log", "one");

        await world.UntilAsync(() => world.Sink("out").Lines.Count == 1);
    }
}
