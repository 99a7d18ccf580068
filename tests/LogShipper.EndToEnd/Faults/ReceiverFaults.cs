using System.Text;
using System.Text.Json;
using LogShipper.Demo;

namespace LogShipper.EndToEnd.Faults;

public sealed class ReceiverFaults : FaultTest
{
    private const string KnownIds = "a place and its bytes make the id: what comes again is known";
    private const string Untouched = "nothing is settled before the sink has said so";

    [Fact]
    public Task Nobody_listens_and_connections_are_reset() => PlayAsync(
        new(Part.Receiver, "receiver down", $"nobody listens for {Scale.Outage.InWords()}, connections are reset for {Scale.Outage.InWords()} later on", "the log is the buffer; " + Untouched) { Listens = false },
        async () =>
        {
            var shipper = await StartAsync();
            await WaitAsync(Scale.Outage);
            Assert.True(shipper.StdoutBytes > 10_000, "stdout waited for Elasticsearch");
            await ListenAsync();
            await CaughtUpAsync();
            Assert.Equal((1, 1), (Times("takes nothing now"), Times("takes records again")));
            await FailAsync(BulkFault.DropUnread);
            await CaughtUpAsync();
            Assert.Equal((2, 2), (Times("takes nothing now"), Times("takes records again")));

            int Times(string what) => shipper.Messages.Count(message => message.Contains(what, StringComparison.Ordinal));
        });

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    [InlineData(401)]
    public Task Every_request_is_refused_for_a_while(int status) => PlayAsync(
        new(Part.Receiver, $"{status}, then well", $"every request is answered {status} for {Scale.Outage.InWords()}", Untouched),
        async () =>
        {
            await StartAsync();
            await CaughtUpAsync();
            await FailAsync(BulkFault.Status(status));
            await CaughtUpAsync();
        });

    [Fact]
    public Task Every_second_request_is_refused_with_429() => PlayAsync(
        new(Part.Receiver, "429 for every second request", "every second request is answered 429", Untouched) { LinesPerSecond = 1000 },
        async () =>
        {
            Receiver.Fault = BulkFault.EveryNth(2, BulkFault.Status(429));
            await ManyRequestsAsync();
        });

    [Fact]
    public Task Every_second_item_is_refused_with_429() => PlayAsync(
        new(Part.Receiver, "429 for every second item", "every second item of each bulk is answered 429", "item by item: those alone are sent again") { LinesPerSecond = 200 },
        async () =>
        {
            Receiver.ItemFault = BulkItemFault.EveryNth(2, BulkItemFault.Busy);
            await ManyRequestsAsync();
            Assert.Equal(0, Receiver.Tally.Conflicts);
        });

    [Fact]
    public Task Requests_over_a_limit_are_refused_with_413() => PlayAsync(
        new(Part.Receiver, "413", "every request of over 64 KiB (before compression) is answered 413", "the batch is halved until it is taken") { LinesPerSecond = 1000 },
        async () =>
        {
            Receiver.BodyFault = static body => body.Length > 64 * 1024 ? BulkFault.Status(413) : null;
            await ManyRequestsAsync();
        });

    [Fact]
    public Task One_item_is_refused_with_400() => PlayAsync(
        new(Part.Receiver, "400 for one item", "one document is refused for what is in it", "it is kept as a dead letter, with the reason; all others are delivered") { DeadLetters = 1 },
        async () =>
        {
            Receiver.ItemFault = BulkItemFault.Where(static item => Holds(item.Document, "\"/n/77\""), BulkItemFault.Unparsable);
            await StartAsync();
            await GrowAsync(500);
            await CaughtUpAsync();
            await AssertOneDeadLetterAsync();
        });

    [Theory]
    [InlineData(400)]
    [InlineData(413)]
    public Task Requests_with_one_line_in_them_are_refused(int status) => PlayAsync(
        new(Part.Receiver, $"{status} for one line", $"every request that holds a certain line is answered {status}", "the batch is halved until the line stands alone; it is a dead letter, all others are delivered") { DeadLetters = 1 },
        async () =>
        {
            Receiver.BodyFault = body => Holds(body, "\"/n/77\"") ? BulkFault.Status(status) : null;
            await StartAsync();
            await GrowAsync(500);
            await CaughtUpAsync();
            await AssertOneDeadLetterAsync();
        });

    [Fact]
    public Task Half_an_answer_comes() => ShipThroughAsync(
        new(Part.Receiver, "half an answer", "every second request is stored, and its answer breaks off in the middle", KnownIds), BulkFault.HalfAnswer);

    [Fact]
    public Task Garbage_comes() => ShipThroughAsync(
        new(Part.Receiver, "garbage", "every second request is stored and answered with a page of HTML", KnownIds), BulkFault.Garbage);

    [Fact]
    public Task An_item_too_few_comes() => ShipThroughAsync(
        new(Part.Receiver, "an item too few", "every second request is stored, and its answer has an item too few", KnownIds), BulkFault.WrongCount(-1));

    [Fact]
    public Task Connections_are_closed_after_the_request_was_stored() => ShipThroughAsync(
        new(Part.Receiver, "closed after storing", "every second request is stored, and the connection is closed without an answer", KnownIds), BulkFault.DropAfterStoring);

    [Fact]
    public Task Answers_are_longer_than_512_KB() => PlayAsync(
        new(Part.Receiver, "answers of over 512 KB", "every answer is longer than 600 KB", "answers are read as a stream"),
        async () =>
        {
            Receiver.Fault = static _ => BulkFault.Huge(600_000);
            await ManyRequestsAsync();
            Assert.Equal(0, Receiver.Tally.Conflicts);
        });

    [Fact]
    public Task A_huge_answer_comes() => PlayAsync(
        new(Part.Receiver, $"{Scale.Of("a 2 GB", "a 64 MB")} answer", Scale.Of("two answers of 2 GB each", "one answer of 64 MB"), "answers are read as a stream, in bounded memory"),
        async () =>
        {
            Receiver.Fault = static arrival => arrival.Number <= Scale.Of(2, 1) ? BulkFault.Flood(Scale.Of(2_000_000_000L, 64_000_000L)) : null;
            await ManyRequestsAsync();
            var megabytes = PeakMegabytes(Shipper.Id);
            Note($"peak memory of the process {megabytes} MB");
            Assert.True(megabytes < 250, $"{megabytes} MB were used.\n{Describe()}");
        });

    [Fact]
    public Task Answers_come_after_a_minute() => PlayAsync(
        new(Part.Receiver, "an answer after a minute", $"the first two requests are stored and answered after {Late.InWords()}; an attempt has 30 s", KnownIds),
        async () =>
        {
            Receiver.Fault = static arrival => arrival.Number <= 2 ? BulkFault.Slow(Late) : null;
            await StartAsync();
            await WaitAsync(Late);
            await CaughtUpAsync();
        });

    private static TimeSpan Late { get; } = Scale.Of(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(33));

    private Task ShipThroughAsync(Scenario scenario, BulkFault fault) => PlayAsync(
        scenario with { LinesPerSecond = 1000 },
        async () =>
        {
            Receiver.Fault = BulkFault.EveryNth(2, fault);
            await ManyRequestsAsync();
            Assert.True(Receiver.Tally.Conflicts > 0, "nothing was sent twice");
        });

    private async Task ManyRequestsAsync()
    {
        Access.Write(Scale.Of(20_000, 4000));
        await StartAsync();
        await WaitAsync(Scale.SomeLooks);
        await CaughtUpAsync();
    }

    private async Task FailAsync(BulkFault fault)
    {
        var (failures, recoveries) = (Times("takes nothing now"), Times("takes records again"));
        Receiver.Fault = _ => fault;
        await EventuallyAsync(() => Times("takes nothing now") > failures, "the outage is told", Scale.Patience);
        await WaitAsync(Scale.Outage);
        Receiver.Fault = null;
        await EventuallyAsync(() => Times("takes records again") > recoveries, "the recovery is told", Scale.Patience);

        int Times(string what) => Shipper.Messages.Count(message => message.Contains(what, StringComparison.Ordinal));
    }

    /// <summary>The line is kept as it is, under its id and with the reason.</summary>
    private async Task AssertOneDeadLetterAsync()
    {
        await EventuallyAsync(() => Shipper.Says("kept as dead letters"), "the dead letter is told", Scale.Patience);
        var letter = JsonDocument.Parse(Assert.Single(File.ReadLines(Path.Combine(StateDirectory, "access.es.deadletters.ndjson")))).RootElement;
        Assert.Equal(File.ReadLines(Access.FilePath).ElementAt(77), letter.GetProperty("line").GetString());
        Assert.Equal(27, letter.GetProperty("id").GetString()!.Length);
        Assert.NotEqual("", letter.GetProperty("reason").GetString());
    }

    internal static long PeakMegabytes(int process)
    {
        var peak = File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmHWM", StringComparison.Ordinal));
        return long.Parse(peak.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture) / 1000;
    }

    private static bool Holds(ReadOnlyMemory<byte> bytes, string text) => bytes.Span.IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;
}
