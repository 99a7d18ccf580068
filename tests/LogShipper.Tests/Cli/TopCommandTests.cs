using LogShipper.Cli;
using LogShipper.Diagnostics;
using LogShipper.Shipping;
using LogShipper.Tests.Control;
using LogShipper.Tests.Shipping;
using Microsoft.Extensions.Time.Testing;

namespace LogShipper.Tests.Cli;

public sealed class TopCommandTests
{
    [Fact]
    public async Task One_look_shows_the_lanes_the_worst_first_with_what_is_wrong()
    {
        await using var fleet = new RunningFleet();
        fleet.World.Make = plan => new FakeSink { Answer = plan.Name == "es" ? _ => Task.FromResult(Delivery.Retry("http 503")) : null };
        fleet.World.Append("access.log", "one", "two");
        fleet.Start(fleet.World.Plan(sinks: [FleetWorld.Stdout("out"), FleetWorld.Elasticsearch("es")]));
        await fleet.World.UntilAsync(() => fleet.World.Lane("access", "out").Ledger.Take().Acknowledged.Records == 2 && fleet.World.Lane("access", "es").BytesBehind == 8 && fleet.World.Lane("access", "out").BytesBehind == 0);

        Assert.Equal(ExitCode.Success, await fleet.RunAsync("top", "--once"));
        var text = fleet.Output.ToString();
        Assert.Contains("2 lanes: 1 failing, 1 current\n", text, StringComparison.Ordinal);
        Assert.Matches(@"(?s)LOG +SINK +STATE.*access +es +failing .*access +out +current .*\n\nsink es: http 503", text);
    }

    [Fact]
    public async Task Elsewhere_than_on_a_terminal_each_look_is_a_paragraph()
    {
        await using var fleet = new RunningFleet();
        fleet.Start();
        using var interrupt = new CancellationTokenSource();
        var watching = fleet.RunUntilAsync(interrupt.Token, "top", "--interval", "5s");
        await fleet.World.UntilAsync(() => fleet.Output.ToString().Split("\n\nlogshipper").Length == 3);
        await interrupt.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching);
        Assert.DoesNotContain('\e', fleet.Output.ToString());
    }

    [Fact]
    public async Task A_terminal_is_drawn_over_within_its_size_and_given_back()
    {
        await using var fleet = new RunningFleet { Screen = (30, 5) };
        fleet.Start();
        using var interrupt = new CancellationTokenSource();
        var watching = fleet.RunUntilAsync(interrupt.Token, "top");
        await fleet.World.UntilAsync(() => fleet.Output.ToString().Split("\e[J").Length == 4);
        await interrupt.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching);

        var text = fleet.Output.ToString();
        Assert.StartsWith("\e[?1049h\e[?25l\e[H", text, StringComparison.Ordinal);
        Assert.EndsWith("\e[?25h\e[?1049l", text, StringComparison.Ordinal);
        var picture = text.Split("\e[J")[1];
        Assert.Equal(5, picture.Split("\e[K\n").Length);
        Assert.All(picture.Replace("\e[H", "", StringComparison.Ordinal).Split("\e[K\n"), line => Assert.InRange(line.Length, 0, 30));
    }

    [Fact]
    public async Task It_ends_with_1_when_no_shipper_runs()
    {
        await using var fleet = new RunningFleet();
        Assert.Equal(ExitCode.Problems, await fleet.RunAsync("top"));
        Assert.Contains("no shipper runs there", fleet.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_rate_is_that_of_the_last_two_intervals()
    {
        var time = new FakeTimeProvider();
        var rates = new LaneRates(time);
        (long Records, double? Rate)[] looks = [(100, null), (100, 0), (160, 3), (160, 3), (160, 0)];
        foreach (var (records, rate) in looks)
        {
            Assert.Equal(rate, rates.Take(Status(uptime: 100, records)).TryGetValue(("access", "out"), out var seen) ? seen.Records : null);
            time.Advance(TimeSpan.FromSeconds(10));
        }
    }

    private static StatusReport Status(double uptime, long records)
    {
        var none = new AmountStatus(0, 0);
        var ledger = new LedgerStatus(new AmountStatus(records * 10, records), none, none, none, none, new Dictionary<string, AmountStatus>(), none, 0, 0);
        var lane = new LaneStatus("access", "out", "/a", LaneState.Current, 0, 0, null, 0, 0, 0, [], 0, 0, 0, 0, [], null, ledger);
        return new StatusReport("1", "test", DateTimeOffset.UnixEpoch, uptime, true, true, 10, [lane], [], 0, 0);
    }
}
