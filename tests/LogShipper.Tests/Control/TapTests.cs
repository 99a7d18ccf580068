using LogShipper.Cli;
using LogShipper.Shipping;
using LogShipper.Tests.Parsing;
using LogShipper.Tests.Shipping;

namespace LogShipper.Tests.Control;

public sealed class TapTests
{
    [Fact]
    public async Task Records_are_shown_as_they_are_shipped_with_control_characters_escaped()
    {
        await using var fleet = new RunningFleet();
        fleet.Start();
        var tapping = fleet.RunAsync("tap", "--log", "access", "--limit", "2");
        await fleet.World.UntilAsync(() => fleet.World.Fleet.Taps.IsWatched);
        fleet.World.Append("access.log", "{\"status\":200,\"x\":\"\u001b[31m\u009b\U000e0001\u200b\"}", "second", "third");

        Assert.Equal(ExitCode.Success, await fleet.World.UntilDoneAsync(tapping));
        Assert.Equal("{\"status\":200,\"x\":\"\\u001b[31m\\u009b\\udb40\\udc01\\u200b\"}\nsecond\n", fleet.Output.ToString());
        await fleet.World.UntilAsync(() => !fleet.World.Fleet.Taps.IsWatched);
    }

    [Fact]
    public async Task Only_what_the_condition_holds_of_is_shown_as_a_document_if_asked_for()
    {
        await using var fleet = new RunningFleet();
        fleet.Start();
        var tapping = fleet.RunAsync("tap", "--log", "access", "--where", "status >= 500", "--format", "json", "--limit", "1");
        await fleet.World.UntilAsync(() => fleet.World.Fleet.Taps.IsWatched);
        fleet.World.Append("access.log", "{\"status\":200}", "{\"status\":502}");

        Assert.Equal(ExitCode.Success, await fleet.World.UntilDoneAsync(tapping));
        Assert.Contains("\"status_code\":502", fleet.Output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("\"status_code\":200", fleet.Output.ToString(), StringComparison.Ordinal);
        Assert.Contains("\"offset\":15", fleet.Output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("$remote_addr $status $mine", "statsu = 500", "no line of access has a field \"statsu\"; did you mean status?")]
    [InlineData("$remote_addr $status $mine", "mine = 1 or not zzzzzzzz = 2", "no line of access has a field \"zzzzzzzz\"\n")]
    [InlineData("$remote_addr $status $mine", "nginx.access.mine = 1 and level = error", null)]
    [InlineData("json", "statsu = 500", null)]
    public async Task A_field_that_no_line_can_have_is_told_at_once(string format, string where, string? words)
    {
        await using var fleet = new RunningFleet();
        fleet.Start(fleet.World.Plan([fleet.World.Log("access") with { Formats = [format] }]));
        using var interrupt = new CancellationTokenSource();
        var tapping = fleet.RunUntilAsync(interrupt.Token, "tap", "--log", "access", "--where", where);
        await fleet.World.UntilAsync(() => fleet.World.Fleet.Taps.IsWatched && fleet.Error.ToString().Contains(words ?? "as it is settled", StringComparison.Ordinal));
        await interrupt.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => tapping);
        Assert.Equal(words is not null, fleet.Error.ToString().Contains("--where", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("nothing", "out", "no log \"nothing\" is shipped now; there are access")]
    [InlineData("access", "es", "access is not shipped to \"es\"; it goes to out")]
    public async Task A_log_or_sink_that_is_not_there_is_told(string log, string sink, string words)
    {
        await using var fleet = new RunningFleet();
        fleet.Start();
        Assert.Equal(ExitCode.Problems, await fleet.RunAsync("tap", "--log", log, "--sink", sink));
        Assert.Contains(words, fleet.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_no_sink_is_named_one_that_takes_records_is_watched()
    {
        await using var fleet = new RunningFleet();
        fleet.World.Make = sink => sink.Name == "dead" ? new FakeSink { Judge = _ => Delivery.Retry("connection refused", sinkDown: true) } : new FakeSink();
        fleet.Start(fleet.World.Plan(sinks: [FleetWorld.Stdout("dead"), FleetWorld.Stdout("well")]));
        fleet.World.Append("access.log", "{}");
        await fleet.World.UntilAsync(() => fleet.World.Lane("access", "dead").Circuit.Failure is not null);
        var tapping = fleet.RunAsync("tap", "--log", "access", "--limit", "1");
        await fleet.World.UntilAsync(() => fleet.World.Fleet.Taps.IsWatched);
        fleet.World.Append("access.log", "{\"status\":200}");

        Assert.Equal(ExitCode.Success, await fleet.World.UntilDoneAsync(tapping));
        Assert.Contains("what well takes of access", fleet.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watcher_of_a_sink_that_takes_nothing_is_told()
    {
        await using var fleet = new RunningFleet();
        fleet.World.Make = _ => new FakeSink { Judge = _ => Delivery.Retry("connection refused", sinkDown: true) };
        fleet.Start();
        fleet.World.Append("access.log", "{}");
        await fleet.World.UntilAsync(() => fleet.World.Lane("access", "out").Circuit.Failure is not null);
        using var interrupt = new CancellationTokenSource();
        var tapping = fleet.RunUntilAsync(interrupt.Token, "tap", "--log", "access");
        await fleet.World.UntilAsync(() => fleet.Error.ToString().Contains("out takes nothing now (connection refused)", StringComparison.Ordinal));
        await interrupt.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => tapping);
    }

    [Fact]
    public async Task A_condition_that_cannot_be_read_is_a_mistake_of_the_command_line()
    {
        await using var fleet = new RunningFleet();
        Assert.Equal(ExitCode.Usage, await fleet.RunAsync("tap", "--log", "access", "--where", "status >="));
        Assert.Contains("at 10: expected a value after >=", fleet.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watcher_that_goes_away_is_forgotten()
    {
        await using var fleet = new RunningFleet();
        fleet.Start();
        using var interrupt = new CancellationTokenSource();
        var tapping = fleet.RunUntilAsync(interrupt.Token, "tap", "--log", "access");
        await fleet.World.UntilAsync(() => fleet.World.Fleet.Taps.IsWatched);
        await interrupt.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => tapping);
        await fleet.World.UntilAsync(() => !fleet.World.Fleet.Taps.IsWatched);
    }

    [Fact]
    public async Task What_comes_faster_than_it_is_looked_at_is_counted_and_held_in_bounded_memory()
    {
        await using var fleet = new RunningFleet();
        fleet.Start();
        var taps = new RecordTaps();
        using var tap = taps.Open("access", "out")!;
        using var second = taps.Open("error", "out");
        Assert.Null(taps.Open("access", "out"));
        var parser = Lines.Parser("json");
        var log = fleet.World.Lane("access", "out").Log;
        using var batch = Lines.Batch(new string('x', 299_999) + "\n", parser);
        for (var i = 0; i < 20; i++)
        {
            taps.Offer(log, "out", batch);
        }

        Assert.InRange(tap.MissedRecords, 13, 17);
        taps.Offer(log, "other", batch);
        var missed = tap.MissedRecords;
        for (var i = 0; i < 20 - missed; i++)
        {
            var (_, copy) = await tap.TakeAsync(TestContext.Current.CancellationToken);
            Assert.Equal(batch.Bytes, copy.Bytes);
            copy.Dispose();
        }

        taps.Offer(log, "out", batch);
        Assert.Equal(missed, tap.MissedRecords);
    }
}
