using System.IO.Compression;
using LogShipper.Cli;
using LogShipper.Payloads;
using LogShipper.Shipping;
using LogShipper.Sinks.Elasticsearch;
using LogShipper.Tests.Shipping;
using static LogShipper.Tests.Shipping.FleetWorld;

namespace LogShipper.Tests.Control;

public sealed class ReplayTests
{
    private const string From = "2026-01-01T00:00:02Z";
    private const string To = "2026-01-01T00:00:04Z";

    [Fact]
    public async Task Records_of_the_range_are_sent_again_under_the_same_ids_and_nothing_else_changes()
    {
        await using var fleet = await ShippedAsync(1, 2, 3, 4);
        var lane = fleet.World.Lane("access", "es");
        var (ledger, position) = (lane.Ledger.Take(), lane.Positions[0].Offset);
        var first = IdsOf(fleet);

        Assert.Equal(ExitCode.Success, await ReplayAsync(fleet));
        Assert.Equal(first.Skip(1).Take(2), IdsOf(fleet).Skip(4));
        Assert.Equal("access to es: 2 records of 1 file sent again, 2 delivered, 0 refused\n", fleet.Output.ToString());
        Assert.Equal(ledger.ToString(), lane.Ledger.Take().ToString());
        Assert.Equal(position, lane.Positions[0].Offset);
        Assert.Equal(4, fleet.World.Sink("out").Lines.Count);
    }

    [Fact]
    public async Task Rotated_files_are_read_as_well()
    {
        await using var fleet = await ShippedAsync(1, 2);
        var first = IdsOf(fleet);
        File.Move(fleet.World.LogPath("access.log"), fleet.World.LogPath("access.log.1"));
        fleet.World.Append("access.log", Line(3), Line(5));
        await ShippedAsync(fleet, 4);
        Assert.Equal(ExitCode.Success, await ReplayAsync(fleet));
        Assert.Contains("2 records of 2 files sent again", fleet.Output.ToString(), StringComparison.Ordinal);
        Assert.Equal(first.Skip(1).Take(1), IdsOf(fleet).Skip(4).Take(1));
    }

    [Fact]
    public async Task A_file_that_only_the_lane_has_open_is_named()
    {
        await using var fleet = await ShippedAsync(1, 2);
        File.Delete(fleet.World.LogPath("access.log"));
        Assert.Equal(ExitCode.Success, await ReplayAsync(fleet));
        Assert.Contains("access: access.log is not in the directory any more", fleet.Error.ToString(), StringComparison.Ordinal);
        Assert.Contains("0 records of 0 files", fleet.Output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_holds_something_else_by_now_is_not_sent()
    {
        await using var fleet = await ShippedAsync(1, 2);
        File.WriteAllText(fleet.World.LogPath("access.log"), $"{Line(3)}\n{Line(3)}\n{Line(3)}\n");
        Assert.Equal(ExitCode.Success, await ReplayAsync(fleet));
        Assert.Contains("access.log cannot be read (it holds something else by now)", fleet.Error.ToString(), StringComparison.Ordinal);
        Assert.Equal(4, fleet.World.Sink("es").Lines.Count);
    }

    [Fact]
    public async Task Long_lines_and_many_batches_arrive_whole()
    {
        await using var fleet = new RunningFleet();
        fleet.World.Make = MakeSink;
        var lines = Enumerable.Range(0, 300).Select(number => $$"""{"time_iso8601":"2026-01-01T00:00:03+00:00","n":{{number}},"x":"{{new string('x', number == 150 ? 20_000 : 100)}}"}""").ToArray();
        fleet.World.Append("access.log", lines);
        fleet.Start(fleet.World.Plan(sinks: [Elasticsearch("es")]) with { BatchBytes = 4096, MaxLineBytes = 64 * 1024 });
        await ShippedAsync(fleet, 300);
        var first = IdsOf(fleet);

        Assert.Equal(ExitCode.Success, await ReplayAsync(fleet));
        Assert.Equal(first, IdsOf(fleet).Skip(300));
    }

    [Fact]
    public async Task What_the_lane_has_not_settled_is_left_to_it()
    {
        await using var fleet = await ShippedAsync(2);
        fleet.World.Sink("es").Answer = FakeSink.HangAsync;
        fleet.World.Append("access.log", Line(3));
        await fleet.World.UntilAsync(() => fleet.World.Lane("access", "es").InFlight == 1);
        fleet.World.Sink("es").Answer = null;
        Assert.Equal(ExitCode.Success, await ReplayAsync(fleet));
        Assert.Contains("1 record of 1 file", fleet.Output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_lane_goes_on_while_a_replay_waits()
    {
        await using var fleet = await ShippedAsync(2, 3);
        var sink = fleet.World.Sink("es");
        var release = new TaskCompletionSource<Delivery>();
        var held = 0;
        sink.Answer = cancellation => Interlocked.Increment(ref held) == 1 ? release.Task.WaitAsync(cancellation) : Task.FromResult(Delivery.Complete);
        var replaying = ReplayAsync(fleet);
        await fleet.World.UntilAsync(() => held == 1);
        Assert.Equal(ExitCode.Problems, await fleet.World.UntilDoneAsync(fleet.RunAsync("replay", "--sink", "es", "--from", From, "--to", To)));
        Assert.Contains("one runs at a time", fleet.Error.ToString(), StringComparison.Ordinal);
        fleet.World.Append("access.log", Line(5));
        await ShippedAsync(fleet, 3);

        release.SetResult(Delivery.Complete);
        Assert.Equal(ExitCode.Success, await replaying);
    }

    [Fact]
    public async Task A_sink_that_takes_nothing_is_waited_for_and_told()
    {
        await using var fleet = await ShippedAsync(2, 3);
        var sink = fleet.World.Sink("es");
        sink.Answer = _ => Task.FromResult(Delivery.Retry("http 503"));
        var replaying = ReplayAsync(fleet);
        await fleet.World.UntilAsync(() => fleet.Error.ToString().Contains("es takes nothing now (http 503)", StringComparison.Ordinal));
        sink.Answer = null;
        Assert.Equal(ExitCode.Success, await replaying);
        Assert.Contains("2 delivered", fleet.Output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_refused_is_told_with_its_reason_and_kept_nowhere()
    {
        await using var fleet = await ShippedAsync(2, 3);
        fleet.World.Sink("es").Answer = _ => Task.FromResult(Delivery.Answered([new ItemOutcome(1, ItemFate.Rejected, "document_parsing_exception", "secret content")], duplicates: 1));
        Assert.Equal(ExitCode.Problems, await ReplayAsync(fleet));
        Assert.Equal("access to es: 2 records of 1 file sent again, 1 delivered (1 of them were there already), 1 refused (document_parsing_exception 1)\n", fleet.Output.ToString());
        Assert.DoesNotContain("secret content", fleet.Output.ToString() + fleet.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(fleet.Socket)!, $"*{DeadLetter.FileSuffix}"));
    }

    [Fact]
    public async Task A_sink_that_knows_no_ids_wants_to_be_sure()
    {
        await using var fleet = await ShippedAsync(2, 3);
        string[] replay = ["replay", "--log", "access", "--sink", "out", "--from", From, "--to", To];
        Assert.Equal(ExitCode.Problems, await fleet.World.UntilDoneAsync(fleet.RunAsync(replay)));
        Assert.Contains("out knows no ids: each line would be repeated; nothing was done", fleet.Error.ToString(), StringComparison.Ordinal);
        Assert.Equal(2, fleet.World.Sink("out").Lines.Count);
        Assert.Equal(ExitCode.Success, await fleet.World.UntilDoneAsync(fleet.RunAsync([.. replay, "--yes"])));
        Assert.Equal([Line(2), Line(3), Line(2), Line(3)], fleet.World.Sink("out").Lines);
    }

    [Theory]
    [InlineData("nothing", "es", "no log \"nothing\" is shipped now; there are access")]
    [InlineData("access", "kafka", "there is no sink \"kafka\"; there are out, es")]
    public async Task A_log_or_sink_that_is_not_there_is_told(string log, string sink, string words)
    {
        await using var fleet = await ShippedAsync(2);
        Assert.Equal(ExitCode.Problems, await fleet.RunAsync("replay", "--log", log, "--sink", sink, "--from", "2h"));
        Assert.Contains(words, fleet.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_drain_ends_it()
    {
        await using var fleet = await ShippedAsync(2, 3);
        fleet.World.Sink("es").Answer = _ => Task.FromResult(Delivery.Retry("http 503", TimeSpan.FromMinutes(5)));
        var replaying = fleet.RunAsync("replay", "--sink", "es", "--from", From, "--to", To);
        await fleet.World.UntilAsync(() => fleet.World.Sink("es").Attempts > 1);
        await fleet.World.UntilDoneAsync(DrainAsync());
        Assert.Equal(ExitCode.Problems, await fleet.World.UntilDoneAsync(replaying));
        Assert.Contains("the shipper is stopping", fleet.Error.ToString(), StringComparison.Ordinal);

        async Task<bool> DrainAsync()
        {
            await fleet.World.Fleet.DrainAsync(waitForQuiet: false, TimeSpan.FromSeconds(1), CancellationToken.None);
            return true;
        }
    }

    [Fact]
    public async Task A_compressed_file_that_the_lane_still_follows_is_read()
    {
        await using var fleet = await ShippedAsync(2, 3);
        fleet.World.Sink("es").Answer = FakeSink.HangAsync;
        fleet.World.Append("access.log", Line(3));
        await fleet.World.UntilAsync(() => fleet.World.Lane("access", "es").InFlight == 1);
        await fleet.World.DisposeFleetAsync();
        var log = fleet.World.LogPath("access.log");
        using (var plain = File.OpenRead(log))
        using (var compressed = new GZipStream(File.Create($"{log}.1.gz"), CompressionLevel.Fastest))
        {
            plain.CopyTo(compressed);
        }

        File.Delete(log);
        await fleet.StopListeningAsync();
        fleet.Start(fleet.World.Plan(sinks: [Elasticsearch("es")]));
        await fleet.World.UntilAsync(() => fleet.World.Lane("access", "es") is { BytesBehind: 0, Positions: [{ Offset: > 0 }] });
        Assert.Equal(ExitCode.Success, await ReplayAsync(fleet));
        Assert.Contains("3 records of 1 file", fleet.Output.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Of what the sink has taken, in its order.</summary>
    private static string[] IdsOf(RunningFleet fleet) => [.. fleet.World.Sink("es").Lines.Where(line => line.StartsWith("{\"create\"", StringComparison.Ordinal))];

    private static string Line(int second) => $$"""{"time_iso8601":"2026-01-01T00:00:0{{second}}+00:00"}""";

    private static Task<int> ReplayAsync(RunningFleet fleet) =>
        fleet.World.UntilDoneAsync(fleet.RunAsync("replay", "--log", "access", "--sink", "es", "--from", From, "--to", To));

    /// <summary>A line of each of these seconds, which a sink of lines and one of documents with ids have taken.</summary>
    private static async Task<RunningFleet> ShippedAsync(params int[] seconds)
    {
        var fleet = new RunningFleet();
        fleet.World.Make = MakeSink;
        fleet.World.Append("access.log", [.. seconds.Select(Line)]);
        fleet.Start(fleet.World.Plan(sinks: [Stdout("out"), Elasticsearch("es")]));
        await ShippedAsync(fleet, seconds.Length);
        return fleet;
    }

    private static Task ShippedAsync(RunningFleet fleet, int records) =>
        fleet.World.UntilAsync(() => fleet.World.Fleet.Lanes.All(lane => lane.Ledger.Take().Acknowledged is var amount && amount.Records == records && lane.Positions.Sum(position => position.Offset) == amount.Bytes));

    private static FakeSink MakeSink(LogShipper.Configuration.SinkPlan plan) => plan.Name == "out"
        ? new FakeSink()
        : new FakeSink { MaxInFlight = 2, Writer = log => new ElasticsearchRecordWriter(new JsonLayout(log, DocumentContext.None), "logs", null, PayloadCompression.None) };
}
