namespace LogShipper.Tests.Shipping;

public sealed class IdleTurnTests
{
    [Fact]
    public void A_turn_in_which_nothing_happens_allocates_nothing()
    {
        using var world = new LaneWorld();
        world.Append("{}", "{}");
        world.Run(TimeSpan.FromSeconds(11));
        world.Lane.TakeTurn();

        var positions = world.Lane.Positions;
        Assert.Equal(0, Allocation.Of(() =>
        {
            for (var turn = 0; turn < 100; turn++)
            {
                world.Lane.TakeTurn();
            }
        }));
        Assert.Same(positions, world.Lane.Positions);
    }

    [Fact]
    public void Positions_say_how_far_each_file_is_settled()
    {
        using var world = new LaneWorld();
        world.Append("{}", "{}");
        world.Run(TimeSpan.FromSeconds(11));
        var before = Assert.Single(world.Lane.Positions);
        Assert.Equal(("access.log", 6, 6), (before.File, before.Offset, before.Length));

        File.Move(world.LogPath(), world.LogPath("access.log.1"));
        world.Append("{}");
        world.Run(TimeSpan.FromSeconds(11));
        Assert.Equal([("access.log.1", 6L), ("access.log", 3L)], world.Lane.Positions.Select(position => (position.File, position.Offset)));
        Assert.Equal(0, world.Lane.BytesBehind);
    }
}
