using LogShipper.Shipping;

namespace LogShipper.Tests.Shipping;

/// <summary>The end of who observes, and its next one: each record counts in one of them.</summary>
public sealed class ObservedRestartTests
{
    [Fact]
    public void What_was_gone_through_ahead_of_who_observes_and_not_come_to_counts_with_the_next_process_only()
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
        world.Observer.Close();

        world.Forget();
        world.StartObserver();
        world.Run(TimeSpan.FromSeconds(1), world.Observer);
        Assert.Equal(Numbers(0, 100), world.Observed);
    }

    private static IEnumerable<string> Numbers(int from, int count) => Enumerable.Range(from, count).Select(number => $"{number:0000}");
}
