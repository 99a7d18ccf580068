using System.Net;
using System.Net.Sockets;
using LogShipper.Hosting;

namespace LogShipper.Tests.Hosting;

public sealed class CollectorWatchTests
{
    [Fact]
    public async Task A_collector_that_takes_nothing_is_told_once_and_once_when_it_is_back_without_its_address()
    {
        var messages = new RecordedMessages();
        var handler = new Collector();
        using var client = new HttpClient(new CollectorWatch(handler, "metrics", messages));
        handler.Answer = () => throw new HttpRequestException("http://secret@collector:4318", new SocketException((int)SocketError.ConnectionRefused));
        for (var export = 0; export < 3; export++)
        {
            Assert.Throws<HttpRequestException>(() => client.Send(new HttpRequestMessage(HttpMethod.Post, "http://secret@collector:4318/v1/metrics"), CancellationToken.None));
        }

        handler.Answer = () => new HttpResponseMessage(HttpStatusCode.OK);
        await client.SendAsync(new HttpRequestMessage(HttpMethod.Post, "http://collector/"), TestContext.Current.CancellationToken);
        client.Send(new HttpRequestMessage(HttpMethod.Post, "http://collector/"), CancellationToken.None);
        Assert.Equal(
            ["The OpenTelemetry collector takes no metrics now (connection refused); it is tried again with every export", "The OpenTelemetry collector takes metrics again"],
            messages.All.Select(message => message.Text));
    }

    [Theory]
    [InlineData(HttpStatusCode.Unauthorized, "0", "http 401")]
    [InlineData(HttpStatusCode.OK, "14", "grpc status 14")]
    public void An_answer_that_refuses_is_told(HttpStatusCode status, string grpc, string reason)
    {
        var messages = new RecordedMessages();
        var handler = new Collector();
        using var client = new HttpClient(new CollectorWatch(handler, "spans", messages));
        handler.Answer = () =>
        {
            var response = new HttpResponseMessage(status);
            response.TrailingHeaders.Add("grpc-status", grpc);
            return response;
        };
        client.Send(new HttpRequestMessage(HttpMethod.Post, "http://collector/"), CancellationToken.None);
        Assert.Contains($"({reason})", Assert.Single(messages.All).Text, StringComparison.Ordinal);
    }

    private sealed class Collector : HttpMessageHandler
    {
        public Func<HttpResponseMessage> Answer { get; set; } = static () => new HttpResponseMessage();

        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) => Answer();

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(Answer());
    }
}
