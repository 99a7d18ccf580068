using LogShipper.Shipping;

namespace LogShipper.Tests.Shipping;

/// <summary>A record that is refused as a whole request, with nothing beside it that could show that the sink takes others.</summary>
public sealed class LonePoisonTests
{
    private static readonly Delivery TooLarge = Delivery.Refused("http 413");

    [Fact]
    public void A_lone_record_that_is_refused_is_a_dead_letter_as_soon_as_the_next_batch_is_accepted()
    {
        using var world = new LaneWorld { Sink = { Judge = RefusesPoison } };
        world.Append("poison");
        world.Run(TimeSpan.FromSeconds(15));
        Assert.Equal(0, world.Ledger.Take().DeadLettered.Records);

        world.Append("good");
        world.Run(TimeSpan.FromMinutes(2));

        Assert.Equal(["good"], world.Sink.Lines);
        Assert.Equal(new Amount(7, 1), world.Ledger.Take().DeadLettered);
        Assert.Equal(0, world.Lane.BytesBehind);
    }

    [Fact]
    public void Poison_that_comes_alone_again_and_again_does_not_stop_its_lane()
    {
        using var world = new LaneWorld { Sink = { Judge = RefusesPoison } };
        for (var i = 0; i < 12; i++)
        {
            world.Append($"poison {i}");
            world.Run(TimeSpan.FromSeconds(10));
        }

        world.Append([.. Enumerable.Range(0, 20).Select(i => $"good {i}")]);
        world.Run(TimeSpan.FromMinutes(5));

        Assert.Equal(20, world.Sink.Lines.Count);
        Assert.Equal(12, world.Ledger.Take().DeadLettered.Records);
        Assert.Equal(0, world.Lane.BytesBehind);
    }

    [Fact]
    public void A_line_larger_than_a_batch_that_is_refused_is_passed_by_the_next_one()
    {
        using var world = new LaneWorld { BatchBytes = 256, Sink = { Judge = lines => lines.Any(line => line.Length > 500) ? TooLarge : null } };
        world.Append(new string('x', 1000), "good");
        world.Run(TimeSpan.FromMinutes(2));

        Assert.Equal(["good"], world.Sink.Lines);
        Assert.Equal(new Amount(1001, 1), world.Ledger.Take().DeadLettered);
    }

    [Fact]
    public void A_sink_that_refuses_everything_loses_nothing_and_is_read_ahead_for_by_one_batch()
    {
        using var world = new LaneWorld { BatchBytes = 64, Sink = { Judge = _ => TooLarge } };
        world.Append([.. Enumerable.Range(0, 100).Select(i => $"line {i:000}")]);
        world.Run(TimeSpan.FromMinutes(10));

        Assert.Equal(2, world.Lane.InFlight);
        Assert.Equal(0, world.Ledger.Take().DeadLettered.Records);
        Assert.True(world.Sink.Attempts < 400, $"{world.Sink.Attempts} attempts");

        world.Sink.Judge = null;
        world.Run(TimeSpan.FromMinutes(2));
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"line {i:000}"), world.Sink.Lines.Order(StringComparer.Ordinal));
        Assert.Equal(0, world.Ledger.Take().DeadLettered.Records);
    }

    [Fact]
    public void What_one_of_two_nodes_refuses_is_no_dead_letter()
    {
        var requests = 0;
        using var world = new LaneWorld { Sink = { Judge = _ => requests++ % 2 == 0 ? TooLarge : null } };
        for (var batch = 0; batch < 10; batch++)
        {
            world.Append([.. Enumerable.Range(0, 7).Select(i => $"line {batch} {i}")]);
            world.Run(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(70, world.Sink.Lines.Count);
        Assert.Equal(0, world.Ledger.Take().DeadLettered.Records);
    }

    private static Delivery? RefusesPoison(string[] lines) => lines.Any(line => line.StartsWith("poison", StringComparison.Ordinal)) ? TooLarge : null;
}
