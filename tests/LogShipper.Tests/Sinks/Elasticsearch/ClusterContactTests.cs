using LogShipper.Demo;
using LogShipper.Sinks.Elasticsearch;

namespace LogShipper.Tests.Sinks.Elasticsearch;

public sealed class ClusterContactTests
{
    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("7.17.0", false)]
    [InlineData("8.19.0", false)]
    [InlineData("9.1.2", false)]
    [InlineData("2.19.1", true)]
    [InlineData("1.3.0", true)]
    public async Task A_version_that_is_supported_is_no_problem(string version, bool isOpenSearch) =>
        Assert.Null(await LookAsync(new BulkReceiverOptions { Version = version, IsOpenSearch = isOpenSearch }));

    [Theory]
    [InlineData("6.8.23", "7 is the oldest")]
    [InlineData("strange", "not as Elasticsearch")]
    public async Task Another_one_is_told(string version, string part) =>
        Assert.Contains(part, await LookAsync(new BulkReceiverOptions { Version = version }), StringComparison.Ordinal);

    [Fact]
    public async Task Missing_credentials_are_told() =>
        Assert.Contains("credentials", await LookAsync(new BulkReceiverOptions { Authorization = () => "ApiKey secret" }), StringComparison.Ordinal);

    [Fact]
    public async Task Every_node_that_does_not_answer_is_told()
    {
        await using var receiver = await BulkReceiver.StartAsync(null, Test);
        await using var sink = new ElasticsearchSink(
            new ElasticsearchOptions { Nodes = [new Uri("http://user:secret@no-such-host.invalid:9200"), receiver.Address] }, TimeProvider.System);

        Assert.Equal("http://no-such-host.invalid:9200: name not known", await sink.ContactAsync(Test));
    }

    private static async Task<string?> LookAsync(BulkReceiverOptions options)
    {
        await using var receiver = await BulkReceiver.StartAsync(options, Test);
        await using var sink = new ElasticsearchSink(new ElasticsearchOptions { Nodes = [receiver.Address] }, TimeProvider.System);
        return await sink.ContactAsync(Test);
    }
}
