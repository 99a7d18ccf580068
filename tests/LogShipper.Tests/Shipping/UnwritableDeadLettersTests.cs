using LogShipper.Diagnostics;
using LogShipper.Shipping;

namespace LogShipper.Tests.Shipping;

/// <summary>A refused record that cannot be kept holds its lane up: that is what is told, and no more than that.</summary>
public sealed class UnwritableDeadLettersTests
{
    [Fact]
    public void A_lane_that_waits_for_its_dead_letters_says_that_it_waits_and_what_to_do_and_goes_on_when_it_can()
    {
        var messages = new Messages();
        var sink = new FakeSink { Judge = _ => Delivery.Answered([new ItemOutcome(0, ItemFate.Rejected, "mapper_parsing_exception", null)]) };
        using var world = new LaneWorld { Logger = messages, Sink = sink };
        var letters = world.StatePath("access.sink.deadletters.ndjson");
        Directory.CreateDirectory(letters);
        world.Append("{}");
        world.Run(TimeSpan.FromMinutes(5));

        var told = Assert.Single(messages.Errors);
        Assert.Contains("access to sink: refused records cannot be kept as dead letters", told, StringComparison.Ordinal);
        Assert.Contains("is a directory", told, StringComparison.Ordinal);
        Assert.Contains("this lane waits", told, StringComparison.Ordinal);
        Assert.Contains("make room in the state directory, or make it writable", told, StringComparison.Ordinal);
        Assert.DoesNotContain("goes on", told, StringComparison.Ordinal);
        Assert.Equal(0, messages.Count("written again"));
        Assert.True(LaneLag.HasProblem(world.Lane, LaneLag.DeadLettersProblem));
        Assert.StartsWith("refused records cannot be kept as dead letters, and their lane waits", Assert.Single(LaneLag.ProblemsOf(world.Lane)), StringComparison.Ordinal);
        Assert.Equal(3, world.Lane.BytesBehind);

        Directory.Delete(letters);
        world.Run(TimeSpan.FromMinutes(1));

        Assert.Empty(LaneLag.ProblemsOf(world.Lane));
        Assert.Equal(1, world.Ledger.Take().DeadLettered.Records);
        Assert.Equal(1, messages.Count("its dead letters no longer keep it waiting"));
        Assert.Single(messages.Errors);
    }
}
