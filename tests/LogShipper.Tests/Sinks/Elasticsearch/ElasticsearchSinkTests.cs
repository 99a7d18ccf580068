using System.Net;
using System.Net.Sockets;
using System.Text;
using LogShipper.Configuration;
using LogShipper.Demo;
using LogShipper.Payloads;
using LogShipper.Shipping;
using LogShipper.Sinks.Elasticsearch;
using Microsoft.Extensions.Time.Testing;

namespace LogShipper.Tests.Sinks.Elasticsearch;

public sealed class ElasticsearchSinkTests : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _open = [];
    private readonly string _directory = Directory.CreateTempSubdirectory("sink-").FullName;

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var open in Enumerable.Reverse(_open))
        {
            await open.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData(nameof(PayloadCompression.Gzip), "gzip")]
    [InlineData(nameof(PayloadCompression.None), "")]
    public async Task Documents_arrive_at_their_data_stream(string compression, string encoding)
    {
        var receiver = await ReceiverAsync();
        using var payload = HandMade.Documents(100, compression: Enum.Parse<PayloadCompression>(compression));

        var delivery = await Sink(receiver).SendAsync(payload, Test);

        Assert.Same(Delivery.Complete, delivery);
        Assert.Equal(100, receiver.Indexes[HandMade.Stream]);
        var request = Assert.Single(receiver.Requests);
        Assert.Equal(("POST", "/logs-nginx.access-default/_bulk", "application/x-ndjson", encoding), (request.Method, request.Path, request.ContentType, request.ContentEncoding));
        Assert.StartsWith("?pipeline=_none&filter_path=", request.Query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_payload_without_a_target_names_the_index_in_each_action()
    {
        var receiver = await ReceiverAsync();
        using var payload = HandMade.Bulk(["{\"create\":{\"_index\":\"nginx-2026.01.02\",\"_id\":\"a\"}}\n{\"@timestamp\":\"2026-01-02T00:00:00Z\"}\n"], "");

        Assert.Same(Delivery.Complete, await Sink(receiver).SendAsync(payload, Test));
        Assert.Equal(1, receiver.Indexes["nginx-2026.01.02"]);
    }

    [Fact]
    public async Task What_is_there_already_is_delivered_and_counted_apart()
    {
        var receiver = await ReceiverAsync();
        var sink = Sink(receiver);
        using var first = HandMade.Documents(3);
        using var more = HandMade.Documents(5);
        await sink.SendAsync(first, Test);

        var delivery = await sink.SendAsync(more, Test);

        Assert.Equal((DeliveryResult.Answered, 3, 0), (delivery.Result, delivery.Duplicates, delivery.Items.Count));
        Assert.Equal(5, receiver.Tally.Stored);
    }

    [Fact]
    public async Task Only_the_items_that_were_refused_are_listed()
    {
        var receiver = await ReceiverAsync();
        receiver.ItemFault = item => item.Id switch
        {
            "id2" => BulkItemFault.Busy,
            "id5" => BulkItemFault.Unparsable,
            "id7" => BulkItemFault.FailureStored,
            _ => null,
        };
        using var payload = HandMade.Documents(10);

        var delivery = await Sink(receiver).SendAsync(payload, Test);

        Assert.Equal([(2, ItemFate.Retry), (5, ItemFate.Rejected), (7, ItemFate.FailureStored)], delivery.Items.Select(item => (item.Item, item.Fate)));
        Assert.Equal(7, receiver.Tally.Stored);
    }

    [Theory]
    [InlineData(400, nameof(DeliveryResult.Refused), false)]
    [InlineData(413, nameof(DeliveryResult.Refused), false)]
    [InlineData(429, nameof(DeliveryResult.Retry), false)]
    [InlineData(401, nameof(DeliveryResult.Retry), true)]
    [InlineData(403, nameof(DeliveryResult.Retry), true)]
    [InlineData(404, nameof(DeliveryResult.Retry), true)]
    [InlineData(302, nameof(DeliveryResult.Retry), true)]
    [InlineData(201, nameof(DeliveryResult.Retry), true)]
    [InlineData(500, nameof(DeliveryResult.Retry), true)]
    [InlineData(503, nameof(DeliveryResult.Retry), true)]
    public async Task A_status_of_the_whole_request_decides(int status, string result, bool sinkDown)
    {
        var receiver = await ReceiverAsync();
        receiver.Fault = _ => BulkFault.Status(status);
        using var payload = HandMade.Documents(2);

        var delivery = await Sink(receiver).SendAsync(payload, Test);

        Assert.Equal((result, sinkDown), (delivery.Result.ToString(), delivery.SinkDown));
        Assert.Equal($"http {status} told_to_misbehave_exception", delivery.Reason);
    }

    [Theory]
    [InlineData("7", 7)]
    [InlineData("Sun, 01 Mar 2026 00:00:20 GMT", 20)]
    [InlineData("Sun, 01 Mar 2020 00:00:20 GMT", 0)]
    public async Task The_pause_that_the_server_wants_is_told(string header, int seconds)
    {
        var receiver = await ReceiverAsync();
        receiver.Fault = _ => BulkFault.Status(429, header);
        using var payload = HandMade.Documents(1);
        var sink = Sink(receiver, time: new FakeTimeProvider(new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero)));

        var delivery = await sink.SendAsync(payload, Test);

        Assert.Equal(TimeSpan.FromSeconds(seconds), delivery.RetryAfter);
    }

    public static TheoryData<string, string> StrangeAnswers => new()
    {
        { "drop unread", "connection closed" },
        { "drop after storing", "connection closed" },
        { "half", "connection closed" },
        { "garbage", "not a bulk answer" },
        { "too few", "wrong number of items" },
        { "too many", "wrong number of items" },
    };

    [Theory]
    [MemberData(nameof(StrangeAnswers))]
    public async Task A_strange_answer_delivers_nothing_and_the_next_attempt_finds_what_is_there(string fault, string reason)
    {
        var receiver = await ReceiverAsync();
        receiver.Fault = BulkFault.InTurn(fault switch
        {
            "drop unread" => BulkFault.DropUnread,
            "drop after storing" => BulkFault.DropAfterStoring,
            "half" => BulkFault.HalfAnswer,
            "garbage" => BulkFault.Garbage,
            "too few" => BulkFault.WrongCount(-1),
            _ => BulkFault.WrongCount(1),
        });
        var sink = Sink(receiver);
        using var payload = HandMade.Documents(50);

        var first = await sink.SendAsync(payload, Test);
        var second = await sink.SendAsync(payload, Test);

        Assert.Equal((DeliveryResult.Retry, reason, true), (first.Result, first.Reason, first.SinkDown));
        Assert.Equal((DeliveryResult.Answered, 0), (second.Result, second.Items.Count));
        Assert.Equal((50, 0), (receiver.Tally.Stored, receiver.Tally.Altered));
    }

    [Fact]
    public async Task A_huge_field_in_the_answer_is_read_over()
    {
        var receiver = await ReceiverAsync();
        receiver.Fault = _ => BulkFault.Huge(2_000_000);
        using var payload = HandMade.Documents(3);

        Assert.Same(Delivery.Complete, await Sink(receiver).SendAsync(payload, Test));
    }

    [Fact]
    public async Task An_answer_without_an_end_lasts_until_the_attempt_is_cancelled()
    {
        var receiver = await ReceiverAsync();
        var arrived = new TaskCompletionSource();
        receiver.Fault = _ =>
        {
            arrived.TrySetResult();
            return BulkFault.Endless;
        };
        using var attempt = new CancellationTokenSource();
        using var payload = HandMade.Documents(3);
        var sending = Sink(receiver).SendAsync(payload, attempt.Token).AsTask();
        await arrived.Task.WaitAsync(Test);

        await attempt.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
    }

    [Fact]
    public async Task Where_nobody_listens_the_connection_is_refused()
    {
        using var payload = HandMade.Documents(1);

        var delivery = await Sink(UnusedAddress()).SendAsync(payload, Test);

        Assert.Equal((DeliveryResult.Retry, "connection refused", true), (delivery.Result, delivery.Reason, delivery.SinkDown));
    }

    [Fact]
    public async Task A_name_that_is_not_known_is_told()
    {
        using var payload = HandMade.Documents(1);

        var delivery = await Sink(new Uri("http://no-such-host.invalid:9200")).SendAsync(payload, Test);

        Assert.Equal("name not known", delivery.Reason);
    }

    [Fact]
    public async Task A_dead_node_costs_one_attempt_and_then_the_other_gets_all()
    {
        var receiver = await ReceiverAsync();
        var sink = Keep(new ElasticsearchSink(new ElasticsearchOptions { Nodes = [UnusedAddress(), receiver.Address] }, new FakeTimeProvider()));
        var results = new List<DeliveryResult>();
        for (var i = 0; i < 6; i++)
        {
            using var payload = HandMade.Documents(1, from: i);
            results.Add((await sink.SendAsync(payload, Test)).Result);
        }

        Assert.Equal([DeliveryResult.Retry, .. Enumerable.Repeat(DeliveryResult.Answered, 5)], results);
    }

    [Theory]
    [InlineData("key", "ApiKey a2V5")]
    [InlineData("bearer", "Bearer token")]
    [InlineData("basic", "Basic ZWxhc3RpYzpww6Rzcw==")]
    [InlineData("address", "Basic ZWxhc3RpYzpww6Rzcw==")]
    [InlineData("none", "")]
    public async Task Credentials_are_shown(string kind, string header)
    {
        var receiver = await ReceiverAsync(new BulkReceiverOptions { Authorization = () => header });
        var options = Options(receiver);
        options = kind switch
        {
            "key" => options with { ApiKey = "a2V5" },
            "bearer" => options with { BearerToken = "token" },
            "basic" => options with { Username = "elastic", Password = "päss" },
            "address" => options with { Nodes = [new UriBuilder(receiver.Address) { UserName = "elastic", Password = Uri.EscapeDataString("päss") }.Uri] },
            _ => options,
        };
        using var payload = HandMade.Documents(1);

        Assert.Same(Delivery.Complete, await Sink(options).SendAsync(payload, Test));
    }

    [Fact]
    public async Task A_key_file_is_read_again_after_a_401()
    {
        var wanted = "ApiKey old";
        var receiver = await ReceiverAsync(new BulkReceiverOptions { Authorization = () => wanted });
        var file = Path.Combine(_directory, "key");
        await File.WriteAllTextAsync(file, " old\n", Test);
        var sink = Sink(Options(receiver) with { ApiKeyFile = file });
        using var payload = HandMade.Documents(1);
        await sink.SendAsync(payload, Test);
        wanted = "ApiKey new";
        await File.WriteAllTextAsync(file, "new\n", Test);

        var refused = await sink.SendAsync(payload, Test);
        var accepted = await sink.SendAsync(payload, Test);

        Assert.Equal((DeliveryResult.Retry, "http 401 security_exception"), (refused.Result, refused.Reason));
        Assert.Equal(1, accepted.Duplicates);
    }

    [Fact]
    public async Task A_key_file_that_is_missing_is_waited_for()
    {
        var receiver = await ReceiverAsync();
        var file = Path.Combine(_directory, "key");
        var sink = Sink(Options(receiver) with { ApiKeyFile = file });
        using var payload = HandMade.Documents(1);

        var without = await sink.SendAsync(payload, Test);
        await File.WriteAllTextAsync(file, "key", Test);

        Assert.Equal((DeliveryResult.Retry, "credentials file"), (without.Result, without.Reason));
        Assert.Same(Delivery.Complete, await sink.SendAsync(payload, Test));
    }

    [Fact]
    public async Task A_missing_pipeline_is_waited_for()
    {
        var receiver = await ReceiverAsync();
        using var payload = HandMade.Documents(2);

        var delivery = await Sink(Options(receiver) with { Pipeline = "mine" }).SendAsync(payload, Test);

        Assert.Equal([ItemFate.Retry, ItemFate.Retry], delivery.Items.Select(item => item.Fate));
    }

    [Fact]
    public void Options_become_what_the_shipper_asks_for()
    {
        var plan = new ElasticsearchSinkPlan("es", ["access"], new ElasticsearchOptions { Nodes = [new Uri("http://es:9200")], MaxInFlight = 5 });

        var sink = Keep(LogShipper.Sinks.SinkCatalog.Create(plan, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance));

        Assert.Equal((5, 0, TimeSpan.FromSeconds(30)), (sink.MaxInFlight, sink.MaxBatchBytes, sink.AttemptTimeout));
    }

    [Theory]
    [InlineData("", "logs-nginx.error-default")]
    [InlineData("mine", "mine")]
    [InlineData("mine-{0:yyyy}", "")]
    public void The_index_is_the_writers_target_unless_it_has_a_date(string index, string target)
    {
        var sink = Sink(new ElasticsearchOptions { Nodes = [new Uri("http://es:9200")], Index = index });

        Assert.Equal(target, sink.CreateWriter(new SinkLog("error", "nginx.error", false)).Target);
    }

    private static Uri UnusedAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
    }

    private static ElasticsearchOptions Options(BulkReceiver receiver) => new() { Nodes = [receiver.Address] };

    private async Task<BulkReceiver> ReceiverAsync(BulkReceiverOptions? options = null) => Keep(await BulkReceiver.StartAsync(options, Test));

    private ElasticsearchSink Sink(BulkReceiver receiver, TimeProvider? time = null) => Keep(new ElasticsearchSink(Options(receiver), time ?? TimeProvider.System));

    private ElasticsearchSink Sink(Uri address) => Sink(new ElasticsearchOptions { Nodes = [address] });

    private ElasticsearchSink Sink(ElasticsearchOptions options) => Keep(new ElasticsearchSink(options, TimeProvider.System));

    private T Keep<T>(T open)
        where T : IAsyncDisposable
    {
        _open.Add(open);
        return open;
    }
}
