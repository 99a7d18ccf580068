using LogShipper.Configuration;
using LogShipper.Shipping;
using LogShipper.Signals;

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

    [Fact]
    public async Task What_is_gone_through_while_the_configuration_changes_counts_once()
    {
        using var entered = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim(initialState: true);
        var signals = new SignalsSink();
        await using var world = new FleetWorld { Observing = signals };
        world.Make = _ => ObservedWorld.Parsing(writing: () =>
        {
            entered.Set();
            release.Wait(TimeSpan.FromSeconds(20));
        });
        world.Append("access.log", Request);
        world.Start(world.Plan());
        await world.UntilAsync(() => RequestsOf(signals) == 1);

        // In the middle of a batch the lane that observes ends before the one that goes through it.
        release.Reset();
        entered.Reset();
        world.Append("access.log", Request, Request, Request, Request, Request);
        // Step by step: a lane that comes late to its look shares the one that another took when that was due, and sees the new lines with its next one.
        await world.UntilAsync(() => entered.IsSet, TimeSpan.FromMilliseconds(50));
        var observing = world.Fleet.ObservingLanes.Single();
        var applying = world.Fleet.ApplyAsync(world.Plan([world.Log("access") with { KeepOriginal = true }]));
        Assert.True(SpinWait.SpinUntil(() => observing.IsStopped, TimeSpan.FromSeconds(20)));
        release.Set();
        // So slowly that the batch settles before the time for that is over.
        Assert.Equal(new FleetChange(0, 0, 0, 1), await world.UntilDoneAsync(applying, TimeSpan.FromMilliseconds(1)));

        await world.UntilAsync(() => RequestsOf(signals) >= 6 && world.Fleet.ObservingLanes.All(lane => lane.BytesBehind == 0));
        Assert.Equal(6, RequestsOf(signals));
    }

    private const string Request = """{"request_method":"GET","status":"200"}""";

    private static long RequestsOf(SignalsSink signals) =>
        signals.Logs.Sum(log => SignalWords.Methods.Select((_, method) => SignalWords.StatusClasses.Select((_, status) => log.Requests(method, status)).Sum()).Sum());

    private static IEnumerable<string> Numbers(int from, int count) => Enumerable.Range(from, count).Select(number => $"{number:0000}");
}
