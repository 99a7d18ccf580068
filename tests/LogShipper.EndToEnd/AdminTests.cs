using System.Net;
using System.Net.Sockets;
using System.Text;
using LogShipper.Diagnostics;
using LogShipper.Signals;

namespace LogShipper.EndToEnd;

/// <summary>The admin port of the real process: what it tells, and what it withstands.</summary>
public sealed class AdminTests : EndToEndTest
{
    private static readonly HttpClient Client = new() { Timeout = TimeSpan.FromSeconds(10) };

    private readonly int _port = Ports.Free();

    private string AccessLog => Path.Combine(Folder, "access.log");

    private string[] Settings => [.. Log("access", AccessLog, "main"), .. Log("error", Path.Combine(Folder, "error.log"), "error"), "Admin:Enabled=true", "Admin:Address=127.0.0.1", $"Admin:Port={_port}"];

    [Fact]
    public async Task It_serves_every_metric_under_its_documented_name_and_nothing_of_the_lines_or_of_secrets()
    {
        var receiver = await StartReceiverAsync();
        WriteLines(AccessLog, 0, 1000);
        var shipper = await ShipWithAdminAsync([.. ToElasticsearch(receiver), "Sinks:es:ApiKey=c2VjcmV0LWtleQ=="]);
        var metrics = "";
        await EventuallyAsync(
            async () => (metrics = await GetAsync("/metrics")).Contains("status_class=\"2xx\"} 1000", StringComparison.Ordinal) &&
                metrics.Split('\n').Any(line => line.StartsWith("logshipper_acknowledged_records_total", StringComparison.Ordinal) && line.EndsWith(" 1000", StringComparison.Ordinal)),
            "the lines are counted as delivered and as requests");
        using var shipping = new ShipperMetrics(TimeProvider.System);
        using var process = new ProcessMetrics(TimeProvider.System);
        using var nginx = new NginxMetrics(() => []);
        foreach (var note in shipping.Notes.Concat(process.Notes).Concat(nginx.Notes).Where(note => !note.Name.StartsWith("nginx.", StringComparison.Ordinal) || note.Kind != "histogram"))
        {
            // A format without durations has no histograms of them; every other metric is there from the start.
            Assert.Contains($"# TYPE {note.PrometheusName} {note.Kind}\n", metrics, StringComparison.Ordinal);
        }

        var status = StatusReport.Parse(Encoding.UTF8.GetBytes(await GetAsync("/status")));
        Assert.Equal(1000, status!.Lanes.Single(lane => lane.Log == "access").Ledger.Acknowledged.Records);
        foreach (var answer in (string[])[metrics, await GetAsync("/status"), await GetAsync("/livez"), await GetAsync("/readyz"), await GetAsync("/"), await GetAsync("/config")])
        {
            Assert.DoesNotContain("/n/", answer, StringComparison.Ordinal);
            Assert.DoesNotContain("written by the test", answer, StringComparison.Ordinal);
            Assert.DoesNotContain("c2VjcmV0", answer, StringComparison.Ordinal);
        }

        await StopAsync(shipper);
    }

    [Fact]
    public async Task Slow_clients_are_sent_away_and_hold_up_neither_probes_nor_lines()
    {
        WriteLines(AccessLog, 0, 10);
        var shipper = await ShipWithAdminAsync([.. ToStdout]);
        var slow = new List<Socket>();
        for (var i = 0; i < 80; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 20_000 };
            slow.Add(socket);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, _port, TestContext.Current.CancellationToken);
                await socket.SendAsync("GET /livez HTTP/1.1\r\nHost: a\r\nX-Slow: "u8.ToArray());
            }
            catch (SocketException)
            {
                // Over the limit: closed at once.
            }
        }

        WriteLines(AccessLog, 10, 2000);
        await EventuallyAsync(() => shipper.StdoutBytes == new FileInfo(AccessLog).Length, "the lines arrive meanwhile");
        Assert.StartsWith("HTTP/1.1 200", await AskAsync(IPAddress.Parse("127.0.0.2"), "GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"), StringComparison.Ordinal);
        await EventuallyAsync(() => Task.FromResult(slow.All(IsClosed)), "those that never finish their headers are sent away", TimeSpan.FromSeconds(20));
        Assert.Equal("alive\n", await GetAsync("/livez"));
        slow.ForEach(socket => socket.Dispose());
        await StopAsync(shipper);
    }

    [Theory]
    [InlineData("\0\u0001\u0002 nonsense\r\n\r\n", "HTTP/1.1 400")]
    [InlineData("GET /livez HTTP/9.9\r\nHost: a\r\n\r\n", "HTTP/1.1 505")]
    [InlineData("GET /<9000> HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 414")]
    [InlineData("GET /livez HTTP/1.1\r\nHost: a\r\nX-Big: <9000>\r\n\r\n", "HTTP/1.1 431")]
    [InlineData("POST /status HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n<9000>", "HTTP/1.1 405")]
    [InlineData("GET /../../etc/passwd HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "HTTP/1.1 404")]
    public async Task Bad_requests_get_a_short_answer(string request, string answer)
    {
        var shipper = await ShipWithAdminAsync([.. ToStdout]);
        var filled = request.Replace("<9000>", new string('x', 9000), StringComparison.Ordinal);
        Assert.StartsWith(answer, await AskAsync(IPAddress.Loopback, filled), StringComparison.Ordinal);
        Assert.Equal("alive\n", await GetAsync("/livez"));
        await StopAsync(shipper);
    }

    [Fact]
    public async Task A_flood_of_requests_stops_no_line()
    {
        WriteLines(AccessLog, 0, 10);
        var shipper = await ShipWithAdminAsync([.. ToStdout]);
        using var flood = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var answers = 0;
        var floods = Enumerable.Range(0, 12).Select(async number =>
        {
            while (!flood.IsCancellationRequested)
            {
                await GetAsync(number % 2 == 0 ? "/metrics" : "/status");
                Interlocked.Increment(ref answers);
            }
        }).ToArray();
        for (var round = 0; round < 5; round++)
        {
            WriteLines(AccessLog, 10 + (round * 2000), 2000);
            await EventuallyAsync(() => shipper.StdoutBytes == new FileInfo(AccessLog).Length, "the lines arrive in the flood", TimeSpan.FromSeconds(20));
        }

        await flood.CancelAsync();
        await Task.WhenAll(floods);
        Assert.True(answers > 100, $"{answers} answers are no flood");
        await StopAsync(shipper);
    }

    [Fact]
    public async Task Metrics_and_spans_reach_a_collector_when_the_standard_variables_name_one()
    {
        WriteLines(AccessLog, 0, 100);
        using var collector = new HttpListener();
        var address = $"http://127.0.0.1:{Ports.Free()}/";
        collector.Prefixes.Add(address);
        collector.Start();
        var received = new List<(string Path, byte[] Body)>();
        var receiving = ReceiveAsync(collector, received);
        string[] settings = [.. Log("access", AccessLog, "main"), .. ToStdout, $"StateDirectory={StateDirectory}", "Admin:Enabled=false", "Interval=100ms"];
        await using var shipper = ShipperProcess.Start(
            Path.Combine(Folder, "stdout"), Reading.All, settings.SelectMany(setting => (string[])["--set", setting]), Folder,
            [("OTEL_EXPORTER_OTLP_ENDPOINT", address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_TRACES_EXPORTER", "otlp"), ("POD_NAME", "the-pod")]);
        await EventuallyAsync(() => shipper.StdoutBytes == new FileInfo(AccessLog).Length, "the lines arrive");
        await StopAsync(shipper);
        collector.Stop();
        await receiving;
        var metrics = Encoding.Latin1.GetString(received.Single(post => post.Path == "/v1/metrics").Body);
        foreach (var part in (string[])["logshipper.acknowledged.records", "nginx.requests", "k8s.pod.name", "the-pod", "service.name"])
        {
            Assert.Contains(part, metrics, StringComparison.Ordinal);
        }

        Assert.Contains(received, post => post.Path == "/v1/traces" && Encoding.Latin1.GetString(post.Body).Contains("deliver", StringComparison.Ordinal));
        Assert.DoesNotContain(received, post => Encoding.Latin1.GetString(post.Body).Contains("written by the test", StringComparison.Ordinal));
    }

    /// <summary>The port opens after the shipping has begun.</summary>
    private async Task<ShipperProcess> ShipWithAdminAsync(params IEnumerable<string> settings)
    {
        var shipper = await ShipAsync([.. Settings, .. settings]);
        await EventuallyAsync(
            async () =>
            {
                try
                {
                    return await GetAsync("/readyz") == "ready\n";
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            "the admin port answers");
        return shipper;
    }

    private static async Task ReceiveAsync(HttpListener collector, List<(string Path, byte[] Body)> received)
    {
        try
        {
            while (true)
            {
                var context = await collector.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                received.Add((context.Request.Url!.AbsolutePath, body.ToArray()));
                context.Response.ContentType = "application/x-protobuf";
                context.Response.Close();
            }
        }
        catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private static bool IsClosed(Socket socket)
    {
        try
        {
            return socket.Poll(0, SelectMode.SelectRead) && (socket.Available > 0 || socket.Receive(new byte[1], SocketFlags.Peek) == 0);
        }
        catch (SocketException)
        {
            return true;
        }
    }

    private async Task<string> AskAsync(IPAddress from, string request)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 15_000 };
        socket.Bind(new IPEndPoint(from, 0));
        await socket.ConnectAsync(IPAddress.Loopback, _port, TestContext.Current.CancellationToken);
        await socket.SendAsync(Encoding.Latin1.GetBytes(request));
        var answer = new byte[4096];
        var length = await socket.ReceiveAsync(answer, TestContext.Current.CancellationToken);
        return Encoding.Latin1.GetString(answer, 0, length);
    }

    private async Task<string> GetAsync(string path) =>
        await Client.GetStringAsync(new Uri($"http://127.0.0.1:{_port}{path}"), TestContext.Current.CancellationToken);
}
