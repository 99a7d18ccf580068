using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using LogShipper.Demo;

namespace LogShipper.Tests.Demo;

public sealed class BulkReceiverTests : IAsyncLifetime
{
    private const string Document = """{"@timestamp":"2026-01-02T03:04:05Z"}""";

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler { UseProxy = false });
    private BulkReceiver _receiver = null!;

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() =>
        _receiver = await BulkReceiver.StartAsync(new BulkReceiverOptions { ContentOf = ContentOf, KeepsDocuments = true }, Test);

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _receiver.DisposeAsync();
    }

    [Theory]
    [InlineData("GET", "application/x-ndjson", "{\"create\":{\"_id\":\"a\"}}\n{}\n", 405)]
    [InlineData("POST", "text/plain", "{\"create\":{\"_id\":\"a\"}}\n{}\n", 406)]
    [InlineData("POST", "application/x-ndjson", "", 400)]
    [InlineData("POST", "application/x-ndjson", "{\"create\":{\"_id\":\"a\"}}\n{}", 400)]
    [InlineData("POST", "application/x-ndjson", "\n{\"create\":{\"_id\":\"a\"}}\n{}\n", 400)]
    [InlineData("POST", "application/x-ndjson", "{\"create\":{\"_id\":\"a\"}}\n\n", 400)]
    [InlineData("POST", "application/x-ndjson", "{\"create\":{\"_id\":\"a\"}}\n{}\n\n", 400)]
    [InlineData("POST", "application/x-ndjson", "{\"create\":{\"_id\":\"a\"}}\n", 400)]
    [InlineData("POST", "application/x-ndjson", "{\"create\":{\"_id\":\"a\",\"x\":1}}\n{}\n", 400)]
    [InlineData("POST", "application/x-ndjson", "{\"make\":{\"_id\":\"a\"}}\n{}\n", 400)]
    [InlineData("POST", "application/x-ndjson", "not json\n{}\n", 400)]
    public async Task A_request_that_breaks_the_protocol_is_refused_whole(string method, string type, string body, int status)
    {
        var (answered, _) = await SendAsync("logs-a-b/_bulk", body, method, type);

        Assert.Equal((status, 0L), (answered, _receiver.Tally.Stored));
    }

    [Fact]
    public async Task An_index_must_stand_somewhere() =>
        Assert.Equal(400, (await SendAsync("_bulk", HandMadePair("a"))).Status);

    [Theory]
    [InlineData("{\"create\":{\"_id\":\"a\"}}\n[]\n", "document_parsing_exception")]
    [InlineData("{\"create\":{\"_id\":\"a\"}}\n{\"a\":1}\n", "document_parsing_exception")]
    [InlineData("{\"create\":{\"_id\":\"a\"}}\n{\"@timestamp\":\"2026-01-02T03:04:05Z\",\"a\":1,\"a\":2}\n", "document_parsing_exception")]
    [InlineData("{\"create\":{\"_id\":\"a\"}}\n{\"@timestamp\":\"2026-01-02T03:04:05Z\",}\n", "document_parsing_exception")]
    [InlineData("{\"create\":{\"_id\":\"\"}}\n{\"@timestamp\":\"2026-01-02T03:04:05Z\"}\n", "illegal_argument_exception")]
    [InlineData("{\"create\":{}}\n{\"@timestamp\":\"2026-01-02T03:04:05Z\"}\n", "illegal_argument_exception")]
    [InlineData("{\"index\":{\"_id\":\"a\"}}\n{\"@timestamp\":\"2026-01-02T03:04:05Z\"}\n", "illegal_argument_exception")]
    [InlineData("{\"create\":{\"_id\":\"a\",\"_index\":\"Upper\"}}\n{\"@timestamp\":\"2026-01-02T03:04:05Z\"}\n", "invalid_index_name_exception")]
    public async Task An_item_that_is_wrong_is_refused_alone(string item, string type)
    {
        var (status, answer) = await SendAsync("logs-a-b/_bulk", item + HandMadePair("good"));

        var items = answer.GetProperty("items");
        Assert.Equal((200, 2, true), (status, items.GetArrayLength(), answer.GetProperty("errors").GetBoolean()));
        Assert.Equal(type, items[0].EnumerateObject().First().Value.GetProperty("error").GetProperty("type").GetString());
        Assert.Equal(201, items[1].GetProperty("create").GetProperty("status").GetInt32());
    }

    [Fact]
    public async Task An_id_over_512_bytes_refuses_the_request()
    {
        Assert.Equal(400, (await SendAsync("logs-a-b/_bulk", HandMadePair(new string('a', 513)))).Status);
        Assert.Equal(200, (await SendAsync("logs-a-b/_bulk", HandMadePair(new string('a', 512)))).Status);
    }

    [Fact]
    public async Task An_id_that_is_there_conflicts_in_its_index_only()
    {
        await SendAsync("logs-a-b/_bulk", HandMadePair("a"));

        var (_, again) = await SendAsync("logs-a-b/_bulk", HandMadePair("a"));
        await SendAsync("logs-a-c/_bulk", HandMadePair("a"));

        var item = again.GetProperty("items")[0].GetProperty("create");
        Assert.Equal((409, "version_conflict_engine_exception"), (item.GetProperty("status").GetInt32(), item.GetProperty("error").GetProperty("type").GetString()));
        Assert.Equal((2L, 1L, 1L), (_receiver.Tally.Stored, _receiver.Tally.Conflicts, _receiver.Tally.RepeatedIds));
    }

    [Fact]
    public async Task One_content_under_two_ids_and_two_contents_under_one_id_are_counted()
    {
        await SendAsync("logs-a-b/_bulk", HandMadePair("a", 1) + HandMadePair("b", 1) + HandMadePair("a", 2));

        Assert.Equal((1L, 1L), (_receiver.Tally.RepeatedContents, _receiver.Tally.Altered));
        Assert.Equal(2, _receiver.TimesStored("1"));
        Assert.Equal(0, _receiver.TimesStored("2"));
        Assert.Equal(["a", "b"], _receiver.Documents.Keys.Order());
    }

    [Fact]
    public async Task Only_what_filter_path_names_is_answered()
    {
        var (_, answer) = await SendAsync("logs-a-b/_bulk?filter_path=errors,items.*.status", HandMadePair("a") + HandMadePair("b"));

        Assert.Equal("""{"errors":false,"items":[{"create":{"status":201}},{"create":{"status":201}}]}""", answer.GetRawText());
    }

    [Fact]
    public async Task A_body_that_is_not_gzip_is_refused() =>
        Assert.Equal(400, (await SendAsync("logs-a-b/_bulk", HandMadePair("a"), encoding: "gzip")).Status);

    [Fact]
    public async Task Waiting_for_documents_ends_when_they_are_there()
    {
        var waiting = _receiver.StoredAsync(2, Test);
        await SendAsync("logs-a-b/_bulk", HandMadePair("a"));
        Assert.False(waiting.IsCompleted);

        await SendAsync("logs-a-b/_bulk", HandMadePair("b"));

        await waiting;
    }

    [Fact]
    public async Task A_fault_for_items_can_happen_once_or_always()
    {
        _receiver.ItemFault = BulkItemFault.Where(item => item.Id == "a", BulkItemFault.Busy, once: true);

        await SendAsync("logs-a-b/_bulk", HandMadePair("a") + HandMadePair("b"));
        await SendAsync("logs-a-b/_bulk", HandMadePair("a"));

        Assert.Equal((2L, 1L), (_receiver.Tally.Stored, _receiver.Tally.Busy));
    }

    [Fact]
    public async Task Every_nth_request_can_fail()
    {
        _receiver.Fault = BulkFault.EveryNth(2, BulkFault.Status(503, "3"));
        var statuses = new List<int>();
        for (var i = 0; i < 4; i++)
        {
            statuses.Add((await SendAsync("logs-a-b/_bulk", HandMadePair($"{i}"))).Status);
        }

        Assert.Equal([200, 503, 200, 503], statuses);
    }

    private static string? ContentOf(ReadOnlyMemory<byte> document)
    {
        using var json = JsonDocument.Parse(document);
        return json.RootElement.TryGetProperty("n", out var number) ? number.GetRawText() : null;
    }

    private static string HandMadePair(string id, int? number = null) =>
        $"{{\"create\":{{\"_id\":\"{id}\"}}}}\n{(number is null ? Document : Document.Insert(1, $"\"n\":{number},"))}\n";

    private async Task<(int Status, JsonElement Answer)> SendAsync(string path, string body, string method = "POST", string type = "application/x-ndjson", string encoding = "")
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(_receiver.Address, path));
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        if (encoding.Length > 0)
        {
            request.Content.Headers.ContentEncoding.Add(encoding);
        }

        using var response = await _http.SendAsync(request, Test);
        using var json = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(Test));
        return ((int)response.StatusCode, json.RootElement.Clone());
    }
}
