using System.Text;
using System.Text.Json;
using LogShipper.Demo;
using LogShipper.Shipping;
using LogShipper.Sinks.Elasticsearch;

namespace LogShipper.Tests.Sinks.Elasticsearch;

public sealed class IndexTemplateTests
{
    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_installed_before_the_first_request_and_only_then()
    {
        await using var receiver = await BulkReceiver.StartAsync(null, Test);
        await using var sink = Sink(receiver);
        using var first = HandMade.Documents(1);
        using var second = HandMade.Documents(1, from: 1);

        Assert.Same(Delivery.Complete, await sink.SendAsync(first, Test));
        Assert.Same(Delivery.Complete, await sink.SendAsync(second, Test));

        Assert.Equal(
            ["GET /_ingest/pipeline/logshipper", "PUT /_ingest/pipeline/logshipper", "GET /_index_template/logshipper", "PUT /_index_template/logshipper", "POST /logs-nginx.access-default/_bulk", "POST /logs-nginx.access-default/_bulk"],
            receiver.Requests.Select(request => $"{request.Method} {request.Path}"));
        Assert.Contains("pipeline=logshipper&", receiver.Requests[^1].Query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_there_in_our_version_is_left_alone()
    {
        await using var receiver = await BulkReceiver.StartAsync(null, Test);
        using var payload = HandMade.Documents(1);
        for (var i = 0; i < 2; i++)
        {
            await using var sink = Sink(receiver);
            await sink.SendAsync(payload, Test);
        }

        Assert.Equal(2, receiver.Requests.Count(request => request.Method == "PUT"));
    }

    [Theory]
    [InlineData("", "logshipper", "logs-nginx.*-*", true)]
    [InlineData("web", "logshipper-web", "web", true)]
    [InlineData("web-{0:yyyy.MM}", "logshipper-web", "web-*", false)]
    public async Task It_is_made_for_the_index_that_is_configured(string index, string name, string pattern, bool isDataStream)
    {
        await using var receiver = await BulkReceiver.StartAsync(null, Test);
        await using var sink = Sink(receiver, index);
        using var payload = HandMade.Documents(1, "web");

        await sink.SendAsync(payload, Test);

        using var template = JsonDocument.Parse(receiver.Installed[$"_index_template/{name}"]);
        Assert.Equal(pattern, template.RootElement.GetProperty("index_patterns")[0].GetString());
        Assert.Equal(isDataStream, template.RootElement.TryGetProperty("data_stream", out _));
        Assert.Equal("ip", template.RootElement.GetProperty("template").GetProperty("mappings").GetProperty("properties").GetProperty("source").GetProperty("properties").GetProperty("ip").GetProperty("type").GetString());
    }

    [Fact]
    public async Task A_processor_that_is_not_known_there_is_left_out()
    {
        await using var receiver = await BulkReceiver.StartAsync(new BulkReceiverOptions { UnknownProcessors = ["geoip"] }, Test);
        await using var sink = Sink(receiver);
        using var payload = HandMade.Documents(1);

        Assert.Same(Delivery.Complete, await sink.SendAsync(payload, Test));

        var pipeline = Encoding.UTF8.GetString(receiver.Installed["_ingest/pipeline/logshipper"]);
        Assert.Contains("user_agent", pipeline, StringComparison.Ordinal);
        Assert.DoesNotContain("geoip", pipeline, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Until_it_is_installed_nothing_is_sent()
    {
        var allowed = false;
        await using var receiver = await BulkReceiver.StartAsync(new BulkReceiverOptions { Authorization = () => allowed ? "" : "ApiKey x" }, Test);
        await using var sink = Sink(receiver);
        using var payload = HandMade.Documents(1);

        var refused = await sink.SendAsync(payload, Test);
        allowed = true;

        Assert.Equal((DeliveryResult.Retry, "pipeline: http 401 security_exception"), (refused.Result, refused.Reason));
        Assert.Same(Delivery.Complete, await sink.SendAsync(payload, Test));
    }

    private static ElasticsearchSink Sink(BulkReceiver receiver, string index = "") =>
        new(new ElasticsearchOptions { Nodes = [receiver.Address], InstallTemplate = true, Index = index }, TimeProvider.System);
}
