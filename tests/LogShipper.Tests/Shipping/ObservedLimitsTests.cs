using LogShipper.Shipping;

namespace LogShipper.Tests.Shipping;

/// <summary>What others have gone through and the observing lane cannot come to: it neither waits for that nor counts it twice.</summary>
public sealed class ObservedLimitsTests
{
    [Fact]
    public void While_an_emptied_file_is_looked_for_what_comes_behind_it_is_read_at_once()
    {
        using var world = new ObservedWorld();
        world.Append(0, 100);
        world.StartObserver();
        var ships = world.StartShipping("one", ObservedWorld.Parsing());
        world.Observer.TakeTurn();
        ships.TakeTurn();
        File.WriteAllText(world.LogPath(), "");
        world.Append(200, 5);
        world.Time.Advance(TimeSpan.FromSeconds(10));
        world.Run(TimeSpan.FromSeconds(1), world.Observer);

        Assert.Equal(Numbers(0, 100).Concat(Numbers(200, 5)), world.Observed);
        Assert.True(world.Observer.TakeTurn() > TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void What_was_begun_and_can_never_be_come_to_wakes_nobody()
    {
        using var world = new ObservedWorld();
        world.Append(0, 50);
        var ships = world.StartShipping("before", ObservedWorld.Parsing());
        ships.TakeTurn();
        world.StartObserver();
        world.Observer.TakeTurn();
        world.Append(50, 50);
        world.Time.Advance(TimeSpan.FromSeconds(10));
        ships.TakeTurn();

        File.WriteAllText(world.LogPath(), "");
        world.Append(200, 5);
        world.Run(TimeSpan.FromSeconds(1), world.Observer);
        Assert.Equal(Numbers(200, 5), world.Own.Lines);
        Assert.True(world.Observer.TakeTurn() > TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void Behind_a_torn_line_that_another_lane_has_shipped_nothing_is_begun_ahead()
    {
        using var world = new ObservedWorld();
        world.Append(0, 10);
        File.AppendAllText(world.LogPath(), "00");
        world.StartObserver();
        world.Run(TimeSpan.FromMilliseconds(300), world.Observer);
        var raw = world.StartShipping("one", new FakeSink());
        raw.Drain(waitForQuiet: false);
        raw.TakeTurn();
        raw.Close();

        var next = world.StartShipping("one", ObservedWorld.Parsing());
        File.AppendAllText(world.LogPath(), "10\n");
        world.Append(11, 9);
        world.Time.Advance(TimeSpan.FromSeconds(10));
        world.Run(TimeSpan.FromSeconds(1), next, world.Observer);

        Assert.Equal(0, world.Observer.BytesBehind);
        Assert.Equal(Numbers(0, 20), world.Observed);
        Assert.True(world.Observer.TakeTurn() > TimeSpan.FromSeconds(1));
    }

    private static IEnumerable<string> Numbers(int from, int count) => Enumerable.Range(from, count).Select(number => $"{number:0000}");
}
