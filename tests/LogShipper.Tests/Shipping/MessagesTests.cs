namespace LogShipper.Tests.Shipping;

/// <summary>What happens once is told once, however many lanes see it.</summary>
public sealed class MessagesTests
{
    [Fact]
    public async Task A_log_whose_directory_is_missing_is_waited_for_with_one_message_and_shipped_when_it_comes()
    {
        await using var world = new FleetWorld();
        world.Start(world.Plan([world.Log("access", "later/access.log")], [FleetWorld.Stdout("out"), FleetWorld.Stdout("other")]));
        await world.UntilAsync(() => world.Fleet.Lanes.All(lane => lane.Loop.Deadline > world.Time.GetTimestamp()));
        world.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Contains("is waited for", Assert.Single(world.Messages.All), StringComparison.Ordinal);

        Directory.CreateDirectory(world.LogPath("later"));
        world.Append("later/access.log", "{}");
        await world.UntilAsync(() => world.Sink("out").Lines.Count == 1 && world.Sink("other").Lines.Count == 1);
        Assert.Single(world.Messages.All);
    }

    [Fact]
    public async Task A_rotation_is_told_once_for_all_sinks_of_the_log()
    {
        await using var world = new FleetWorld();
        world.Start(world.Plan(null, [FleetWorld.Stdout("out"), FleetWorld.Stdout("other")]));
        for (var rotation = 1; rotation <= 2; rotation++)
        {
            world.Append("access.log", "{}");
            await world.UntilAsync(() => world.Fleet.Lanes.All(lane => lane.Ledger.Take().Acknowledged.Records == rotation));
            File.Move(world.LogPath("access.log"), world.LogPath($"access.log.{3 - rotation}"));
            await world.UntilAsync(() => world.Fleet.Lanes.All(lane => lane.Events.Rotations == rotation) && world.Messages.Count("was rotated") >= rotation);
            Assert.Equal(rotation, world.Messages.Count("was rotated"));
        }
    }

    [Fact]
    public async Task Truncations_are_told_once_each_for_all_sinks_of_the_log()
    {
        await using var world = new FleetWorld();
        world.Start(world.Plan(null, [FleetWorld.Stdout("out"), FleetWorld.Stdout("other")]));
        for (var truncation = 1; truncation <= 2; truncation++)
        {
            world.Append("access.log", "{}");
            await world.UntilAsync(() => world.Fleet.Lanes.All(lane => lane.Ledger.Take().Acknowledged.Records == truncation));
            File.WriteAllText(world.LogPath("access.log"), "");
            await world.UntilAsync(() => world.Fleet.Lanes.All(lane => lane.Events.Truncations == truncation) && world.Messages.Count("was truncated") >= truncation);
            Assert.Equal(truncation, world.Messages.Count("was truncated"));
        }
    }

    [Fact]
    public void A_file_that_is_removed_was_not_rotated()
    {
        var messages = new Messages();
        using var world = new LaneWorld { Logger = messages };
        world.Append("{}");
        world.Run(TimeSpan.FromSeconds(11));
        File.Delete(world.LogPath());
        world.Append("{}");
        world.Run(TimeSpan.FromSeconds(11));

        Assert.Contains("was removed or replaced", Assert.Single(messages.All), StringComparison.Ordinal);
        Assert.Equal(2, world.Sink.Lines.Count);
    }

    [Fact]
    public void A_state_directory_that_is_removed_is_made_again_with_the_positions_of_idle_lanes_too()
    {
        var messages = new Messages();
        using var world = new LaneWorld { Logger = messages };
        world.Append("{}");
        world.Run(TimeSpan.FromSeconds(11));
        var saved = File.ReadAllBytes(world.StatePath("access.sink.json"));
        Directory.Delete(Path.GetDirectoryName(world.StatePath("lock"))!, recursive: true);
        world.Run(TimeSpan.FromSeconds(11));

        Assert.Equal(saved, File.ReadAllBytes(world.StatePath("access.sink.json")));
        Assert.True(File.Exists(world.StatePath("lock")));
        Assert.Empty(messages.Errors);
    }

    [Fact]
    public void A_state_directory_that_cannot_be_made_again_is_an_error_and_leaves_something_unsaved()
    {
        var messages = new Messages();
        using var world = new LaneWorld { Logger = messages };
        var state = Path.GetDirectoryName(world.StatePath("lock"))!;
        world.Append("{}");
        world.Run(TimeSpan.FromSeconds(11));
        Directory.Delete(state, recursive: true);
        File.WriteAllText(state, "in the way");
        world.Append("{}");
        world.Lane.Drain(waitForQuiet: false);
        world.Run(TimeSpan.FromSeconds(2));

        Assert.True(world.Lane.IsDrained);
        Assert.True(world.Lane.CheckpointAge > TimeSpan.Zero);
        Assert.Contains("cannot be written", Assert.Single(messages.Errors), StringComparison.Ordinal);
        File.Delete(state);
    }
}
