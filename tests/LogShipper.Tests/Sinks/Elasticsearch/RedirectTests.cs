using System.Net;
using System.Net.Sockets;
using System.Text;
using LogShipper.Configuration;
using LogShipper.Shipping;
using LogShipper.Sinks.Elasticsearch;
using Microsoft.Extensions.Logging.Abstractions;

namespace LogShipper.Tests.Sinks.Elasticsearch;

public sealed class RedirectTests
{
    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_is_not_followed_and_the_credentials_go_nowhere_else(int status)
    {
        using var elsewhere = Listen(out var address);
        using var node = Listen(out var nodeAddress);
        var answering = AnswerAsync(node, $"HTTP/1.1 {status} Moved\r\nLocation: {address}_bulk\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        await using var sink = new ElasticsearchSink(new ElasticsearchOptions { Nodes = [nodeAddress], ApiKey = "c2VjcmV0" }, TimeProvider.System, NullLogger.Instance, "es");
        using var payload = HandMade.Documents(1);

        var delivery = await sink.SendAsync(payload, Test);

        Assert.Equal(DeliveryResult.Retry, delivery.Result);
        Assert.Contains("ApiKey c2VjcmV0", await answering, StringComparison.Ordinal);
        Assert.False(elsewhere.Pending());
    }

    private static TcpListener Listen(out Uri address)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        address = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
        return listener;
    }

    private static async Task<string> AnswerAsync(TcpListener listener, string answer)
    {
        using var client = await listener.AcceptTcpClientAsync(Test);
        var stream = client.GetStream();
        var request = new byte[64 * 1024];
        var length = 0;
        while (Encoding.Latin1.GetString(request, 0, length).IndexOf("\r\n\r\n", StringComparison.Ordinal) < 0)
        {
            length += await stream.ReadAsync(request.AsMemory(length), Test);
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes(answer), Test);
        client.Client.Shutdown(SocketShutdown.Send);

        // What else was sent is read, so that the answer is not lost to a reset.
        while (await stream.ReadAsync(request.AsMemory(0, 1024), Test) > 0)
        {
        }

        return Encoding.Latin1.GetString(request, 0, length);
    }
}
