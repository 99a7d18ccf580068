using System.Text;
using LogShipper.Configuration;
using LogShipper.Diagnostics;
using LogShipper.Shipping;
using LogShipper.Tests.Control;
using LogShipper.Tests.Shipping;

namespace LogShipper.Tests.Diagnostics;

public sealed class StatusReporterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_tells_how_far_every_lane_is()
    {
        await File.WriteAllTextAsync(_folder["access.log"], ObservedFleet.Lines(100), TestContext.Current.CancellationToken);
        await using var fleet = new ObservedFleet(_folder);
        await fleet.ShipAsync();
        var report = StatusReport.Parse(fleet.Status.TakeJson().ToArray())!;
        Assert.Equal(["access one", "access two", "error one", "error two"], report.Lanes.Select(lane => $"{lane.Log} {lane.Sink}").Order(StringComparer.Ordinal));
        var lane = report.Lanes.Single(lane => (lane.Log, lane.Sink) == ("access", "one"));
        var length = new FileInfo(_folder["access.log"]).Length;
        Assert.Equal((LaneState.Current, 0L, 0.0), (lane.State, lane.BytesBehind, lane.SecondsBehind));
        Assert.Equal(new FileStatus("access.log", length, length), Assert.Single(lane.Files));
        Assert.Equal(new AmountStatus(length, 100), lane.Ledger.Acknowledged);
        Assert.Equal(["dead_letter_dropped", "gone", "line_too_long", "skipped", "truncated"], lane.Ledger.LostByReason.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(["one closed", "two closed"], report.Sinks.Select(sink => $"{sink.Name} {sink.Breaker}"));
        Assert.Equal(fleet.Plan.MemoryBudgetBytes, report.MemoryLimitBytes);
    }

    [Fact]
    public async Task Of_an_error_it_tells_the_code_and_never_what_the_sink_said_or_what_stands_in_a_line()
    {
        await File.WriteAllTextAsync(_folder["access.log"], ObservedFleet.Lines(2, "secret-in-line"), TestContext.Current.CancellationToken);
        await using var fleet = new ObservedFleet(
            _folder, _ => Delivery.Answered([new ItemOutcome(1, ItemFate.Rejected, "document_parsing_exception", "failed to parse secret-in-detail")]));
        await fleet.ShipAsync();
        var json = Encoding.UTF8.GetString(fleet.Status.TakeJson().ToArray());
        Assert.DoesNotContain("secret", json, StringComparison.Ordinal);
        var lane = fleet.Status.Take().Lanes.First(lane => lane.Log == "access");
        Assert.Equal("document_parsing_exception", lane.LastError?.Reason);
        Assert.Equal(1, lane.Ledger.DeadLettered.Records);
    }

    [Fact]
    public async Task A_refused_configuration_is_told_and_read_back()
    {
        await using var fleet = new ObservedFleet(_folder);
        var refused = new ReloadState("hash", DateTimeOffset.UnixEpoch, Applied: 1, Refused: 2, DateTimeOffset.UnixEpoch, ["LogShipper:Interval: not a duration"], ["LogShipper:Admin"]);
        var status = new StatusReporter(() => [], () => fleet.Plan, () => true, () => true, TimeProvider.System) { Reload = () => refused };
        var read = StatusReport.Parse(status.TakeJson().ToArray())!.Configuration!;
        Assert.Equal((1, 2, "hash"), (read.Applied, read.Refused, read.AppliedHash));
        Assert.Equal(refused.Problems, read.Problems);
        Assert.Contains("the changed configuration is not applied: LogShipper:Interval: not a duration", LogShipper.Cli.StatusText.Faults(status.Take()));
        Assert.Contains("LogShipper:Admin has changed, which takes effect at the next start", LogShipper.Cli.StatusText.Faults(status.Take()));
    }

    [Fact]
    public async Task A_lane_whose_sink_takes_nothing_is_failing()
    {
        await File.WriteAllTextAsync(_folder["access.log"], ObservedFleet.Lines(2), TestContext.Current.CancellationToken);
        await using var fleet = new ObservedFleet(_folder, _ => Delivery.Retry("http 401"));
        await fleet.ShipAsync(TimeSpan.FromSeconds(1));
        var report = fleet.Status.Take();
        Assert.Equal(LaneState.Failing, report.Lanes.First(lane => lane.Log == "access").State);
        Assert.Equal("http 401", report.Sinks[0].Failure);
    }

    [Fact]
    public async Task A_sink_that_failed_and_has_nothing_left_to_take_is_not_failing()
    {
        await using var fleet = new RunningFleet();
        fleet.World.Make = _ => new FakeSink { Judge = _ => Delivery.Retry("http 503", sinkDown: true) };
        fleet.World.Append("access.log", "{}");
        fleet.Start();
        await fleet.World.UntilAsync(() => fleet.World.Lane("access", "out").Circuit.Failure is not null);
        var status = new StatusReporter(() => fleet.World.Fleet.Lanes, () => fleet.World.Fleet.Plan, () => true, () => true, fleet.World.Time);
        Assert.Equal("http 503", status.Take().Sinks[0].Failure);

        Assert.Equal(LogShipper.Cli.ExitCode.Success, await fleet.World.UntilDoneAsync(fleet.RunAsync("reset", "--log", "access", "--sink", "out", "--to", "end", "--yes")));
        await fleet.World.UntilAsync(() => fleet.World.Lane("access", "out") is { BytesBehind: 0, InFlight: 0 });
        Assert.NotNull(fleet.World.Lane("access", "out").Circuit.Failure);
        Assert.Null(status.Take().Sinks[0].Failure);
    }

    [Fact]
    public async Task Who_asks_again_at_once_gets_the_answer_before()
    {
        await using var fleet = new ObservedFleet(_folder);
        await fleet.ShipAsync();
        Assert.Same(fleet.Status.TakeJson(), fleet.Status.TakeJson());
    }
}
