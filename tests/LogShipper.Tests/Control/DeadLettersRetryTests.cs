using System.Text;
using LogShipper.Cli;
using LogShipper.Configuration;
using LogShipper.Payloads;
using LogShipper.Shipping;
using LogShipper.Sinks.Elasticsearch;
using LogShipper.Tests.Shipping;
using static LogShipper.Tests.Shipping.FleetWorld;

namespace LogShipper.Tests.Control;

public sealed class DeadLettersRetryTests
{
    private static readonly Delivery Rejected = Delivery.Answered([new ItemOutcome(0, ItemFate.Rejected, "mapper_parsing_exception")]);

    [Fact]
    public async Task What_the_sink_takes_now_is_sent_under_its_old_id_and_removed()
    {
        await using var fleet = await RefusedAsync("""{"n":1}""", """{"n":2}""");
        var ids = Letters(fleet).Select(letter => letter.Id).ToArray();
        fleet.World.Sink("es").Answer = null;

        Assert.Equal(2, fleet.World.Lane("access", "es").DeadLetters.Kept);
        Assert.Equal(ExitCode.Success, await RetryAsync(fleet));
        Assert.Equal(0, fleet.World.Lane("access", "es").DeadLetters.Kept);
        Assert.Equal("2 dead letters sent again: 2 taken and removed\n", fleet.Output.ToString());
        Assert.Empty(Letters(fleet));
        Assert.Equal(ids.Select(id => $$$"""{"create":{"_id":"{{{id}}}"}}"""), fleet.World.Sink("es").Lines.Where(line => line.Contains("create\":{", StringComparison.Ordinal)));
        Assert.Equal(2, fleet.World.Lane("access", "es").Ledger.Take().DeadLettered.Records);
    }

    [Fact]
    public async Task What_it_refuses_once_more_stays()
    {
        await using var fleet = await RefusedAsync("""{"n":1}""", """{"n":2}""");
        var attempts = 0;
        fleet.World.Sink("es").Answer = _ => Task.FromResult(++attempts == 1 ? Rejected : Delivery.Complete);
        var first = Letters(fleet)[0].Id;

        Assert.Equal(ExitCode.Problems, await RetryAsync(fleet));
        Assert.Equal([first], Letters(fleet).Select(letter => letter.Id));
        Assert.Contains($"access to es: {first} stays: mapper_parsing_exception", fleet.Error.ToString(), StringComparison.Ordinal);
        Assert.Contains("1 dead letter stays", fleet.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sink_that_takes_nothing_is_asked_once()
    {
        await using var fleet = await RefusedAsync("""{"n":1}""", """{"n":2}""", """{"n":3}""");
        var attempts = 0;
        fleet.World.Sink("es").Answer = _ => Task.FromResult(++attempts == 1 ? Delivery.Complete : Delivery.Retry("http 503"));

        Assert.Equal(ExitCode.Problems, await RetryAsync(fleet));
        Assert.Equal(2, attempts);
        Assert.Equal(2, Letters(fleet).Count);
        Assert.Contains("es takes nothing now (http 503); nothing more is tried", fleet.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_can_be_chosen_by_its_id()
    {
        await using var fleet = await RefusedAsync("""{"n":1}""", """{"n":2}""");
        fleet.World.Sink("es").Answer = null;
        var letters = Letters(fleet);
        Assert.Equal(ExitCode.Success, await RetryAsync(fleet, "--log", "access", "--sink", "es", "--id", letters[1].Id));
        Assert.Equal([letters[0].Id], Letters(fleet).Select(letter => letter.Id));
    }

    [Fact]
    public async Task An_id_that_is_not_there_is_told()
    {
        await using var fleet = await RefusedAsync("""{"n":1}""");
        Assert.Equal(ExitCode.Problems, await RetryAsync(fleet, "--id", "nonsense"));
        Assert.Contains("no dead letter here has the id \"nonsense\"", fleet.Error.ToString(), StringComparison.Ordinal);
        Assert.Single(Letters(fleet));
    }

    [Fact]
    public async Task A_letter_that_the_lane_adds_meanwhile_stays()
    {
        await using var fleet = await RefusedAsync("""{"n":1}""");
        var sink = fleet.World.Sink("es");
        var release = new TaskCompletionSource<Delivery>();
        var attempts = 0;
        sink.Answer = cancellation => ++attempts == 1 ? release.Task.WaitAsync(cancellation) : Task.FromResult(Rejected);
        var retrying = fleet.RunAsync("deadletters", "retry");
        await fleet.World.UntilAsync(() => attempts == 1);
        fleet.World.Append("access.log", """{"n":2}""");
        await fleet.World.UntilAsync(() => Letters(fleet).Count == 2);
        release.SetResult(Delivery.Complete);

        Assert.Equal(ExitCode.Success, await fleet.World.UntilDoneAsync(retrying));
        Assert.Equal(["""{"n":2}"""], Letters(fleet).Select(letter => Encoding.UTF8.GetString(letter.Line)));
    }

    [Fact]
    public async Task A_lane_that_waits_for_room_goes_on()
    {
        await using var fleet = await RefusedAsync(fleet => fleet.World.Plan(sinks: [Elasticsearch("es")]) with { DeadLetters = new DeadLetterPlan(400, WhenFull.Stop) }, """{"n":1}""");
        fleet.World.Append("access.log", $$"""{"n":"{{new string('2', 100)}}"}""");
        await fleet.World.UntilAsync(() => fleet.World.Lane("access", "es").Events.DeadLettersAreFull);
        fleet.World.Sink("es").Answer = null;
        Assert.Equal(ExitCode.Success, await RetryAsync(fleet));
        await fleet.World.UntilAsync(() => fleet.World.Lane("access", "es").Ledger.Take().DeadLettered.Records == 2);
    }

    [Fact]
    public async Task A_letter_that_was_tampered_with_is_not_sent()
    {
        await using var fleet = await RefusedAsync("""{"n":1}""");
        fleet.World.Sink("es").Answer = null;
        var file = LetterFile(fleet);
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).Replace("\\u0022n\\u0022:1", "\\u0022n\\u0022:2", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Problems, await RetryAsync(fleet));
        Assert.Contains("does not read as the record that it was", fleet.Error.ToString(), StringComparison.Ordinal);
        Assert.Single(Letters(fleet));
    }

    private static Task<int> RetryAsync(RunningFleet fleet, params string[] arguments) =>
        fleet.World.UntilDoneAsync(fleet.RunAsync(["deadletters", "retry", .. arguments]));

    private static string LetterFile(RunningFleet fleet) => fleet.World.StatePath(DeadLetter.FileNameOf("access", "es"));

    private static List<DeadLetter> Letters(RunningFleet fleet) => File.Exists(LetterFile(fleet)) ? [.. DeadLetter.ReadAll(File.ReadAllBytes(LetterFile(fleet)))] : [];

    private static Task<RunningFleet> RefusedAsync(params string[] lines) => RefusedAsync(fleet => fleet.World.Plan(sinks: [Elasticsearch("es")]), lines);

    /// <summary>Lines that the sink has refused, each in a batch of its own.</summary>
    private static async Task<RunningFleet> RefusedAsync(Func<RunningFleet, Plan> plan, params string[] lines)
    {
        var fleet = new RunningFleet();
        fleet.World.Make = _ => new FakeSink
        {
            Answer = _ => Task.FromResult(Rejected),
            Writer = log => new ElasticsearchRecordWriter(new JsonLayout(log, DocumentContext.None), "logs", null, PayloadCompression.None),
        };
        fleet.Start(plan(fleet));
        for (var count = 1; count <= lines.Length; count++)
        {
            fleet.World.Append("access.log", lines[count - 1]);
            await fleet.World.UntilAsync(() => fleet.World.Lane("access", "es").Ledger.Take().DeadLettered.Records == count);
        }

        return fleet;
    }
}
