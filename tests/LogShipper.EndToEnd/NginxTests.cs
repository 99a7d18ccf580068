using System.Text;
using System.Text.Json;

namespace LogShipper.EndToEnd;

public sealed class NginxTests : EndToEndTest
{
    [Fact]
    public async Task Under_load_every_access_and_error_line_of_nginx_reaches_both_sinks_once()
    {
        var nginx = await StartNginxAsync();
        var receiver = await StartReceiverAsync();
        var shipper = await ShipAsync([.. Logs(nginx), .. ToElasticsearch(receiver), .. ToStdout]);
        var load = new Load(nginx.Port);
        await load.RunAsync(40_000);
        await nginx.QuitAsync();
        shipper.Signal(Signals.Terminate);
        await ExitAsync(shipper, 0);

        Contents.AssertAll(receiver, load);
        Assert.Equal(LinesOf(nginx.AccessLog).Count, receiver.Indexes[Contents.AccessStream]);
        Assert.Equal(LinesOf(nginx.ErrorLog).Count, receiver.Indexes[Contents.ErrorStream]);
        Assert.Equal(0, receiver.Tally.Conflicts);
        Contents.AssertSameLines([.. LinesOf(nginx.AccessLog), .. LinesOf(nginx.ErrorLog)], LinesOf(shipper.OutputPath));
    }

    [Fact]
    public async Task Documents_carry_the_fields_of_the_formats_main_and_combined_and_of_error_lines()
    {
        var nginx = await StartNginxAsync($"access_log {Folder}/nginx/logs/access.log main; access_log {Folder}/nginx/logs/combined.log combined;");
        var receiver = await StartReceiverAsync(new() { KeepsDocuments = true });
        var shipper = await ShipAsync(
            [.. Log("access", nginx.AccessLog, "main"), .. Log("combined", Path.Combine(nginx.Logs, "combined.log"), "combined"), .. Log("error", nginx.ErrorLog, "error"), .. ToElasticsearch(receiver)]);
        using var client = new HttpClient(new SocketsHttpHandler { RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8 }) { BaseAddress = new Uri($"http://127.0.0.1:{nginx.Port}") };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/missing/1.png?q=%C3%A9");
        request.Headers.TryAddWithoutValidation("User-Agent", "Ünder \"test\" \\ agent");
        request.Headers.TryAddWithoutValidation("X-Forwarded-For", "203.0.113.9, 10.0.0.1");
        request.Headers.Referrer = new Uri("http://pod.test/from");
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        var length = (await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).Length;
        await nginx.QuitAsync();
        shipper.Signal(Signals.Terminate);
        await ExitAsync(shipper, 0);

        var documents = receiver.Documents.Values.Select(document => JsonDocument.Parse(document).RootElement).ToList();
        foreach (var path in (string[])[nginx.AccessLog, Path.Combine(nginx.Logs, "combined.log")])
        {
            var access = Assert.Single(documents, document => At(document, "log.file.path") == path);
            Assert.Equal("GET", At(access, "http.request.method"));
            Assert.Equal("/missing/1.png?q=%C3%A9", At(access, "url.original"));
            Assert.Equal("/missing/1.png", At(access, "url.path"));
            Assert.Equal("q=%C3%A9", At(access, "url.query"));
            Assert.Equal("png", At(access, "url.extension"));
            Assert.Equal("1.1", At(access, "http.version"));
            Assert.Equal("404", At(access, "http.response.status_code"));
            Assert.Equal($"{length}", At(access, "http.response.body.bytes"));
            Assert.Equal("http://pod.test/from", At(access, "http.request.referrer"));
            Assert.Equal("Ünder \"test\" \\ agent", At(access, "user_agent.original"));
            Assert.Equal("127.0.0.1", At(access, "source.ip"));
            Assert.Equal("failure", At(access, "event.outcome"));
            Assert.Equal("nginx.access", At(access, "event.dataset"));
            Assert.Equal("0", At(access, "log.offset"));
            Assert.True(TimeSpan.FromMinutes(5) > (DateTimeOffset.UtcNow - access.GetProperty("@timestamp").GetDateTimeOffset()).Duration());
        }

        var error = Assert.Single(documents, document => At(document, "url.path") is not null && At(document, "event.dataset") == "nginx.error");
        Assert.Equal("error", At(error, "log.level"));
        Assert.Equal("127.0.0.1", At(error, "client.ip"));
        Assert.Equal("pod.test", At(error, "server.domain"));
        Assert.Equal("GET", At(error, "http.request.method"));
        Assert.Equal("/missing/1.png", At(error, "url.path"));
        Assert.Equal("2", At(error, "error.code"));
        Assert.Equal("No such file or directory", At(error, "error.message"));
        Assert.Contains("open() ", At(error, "message"), StringComparison.Ordinal);
        Assert.True(long.Parse(At(error, "process.pid")!) > 0);
        Assert.Equal(2, receiver.Indexes[Contents.AccessStream]);
    }

    [Fact]
    public async Task An_error_line_into_which_a_client_forged_a_second_one_is_one_document()
    {
        var nginx = await StartNginxAsync();
        var receiver = await StartReceiverAsync(new() { KeepsDocuments = true });
        var shipper = await ShipAsync([.. Log("error", nginx.ErrorLog, "error"), .. ToElasticsearch(receiver)]);
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{nginx.Port}") };
        using var answer = await client.GetAsync(new Uri("/forged%0a2026/01/01%2000:00:00%20%5Bemerg%5D%201%231:%20*1%20forged", UriKind.Relative), TestContext.Current.CancellationToken);
        await nginx.QuitAsync();
        shipper.Signal(Signals.Terminate);
        await ExitAsync(shipper, 0);

        var documents = receiver.Documents.Values.Select(document => JsonDocument.Parse(document).RootElement).ToList();
        Assert.DoesNotContain(documents, document => At(document, "log.level") == "emerg");
        var forged = Assert.Single(documents, document => At(document, "message")!.Contains("forged", StringComparison.Ordinal));
        Assert.Equal("error", At(forged, "log.level"));
        Assert.Contains("multiline", At(forged, "log.flags"), StringComparison.Ordinal);
        Assert.Equal(LinesOf(nginx.ErrorLog).Count - 1, documents.Count);
    }

    private static string? At(JsonElement document, string path)
    {
        foreach (var name in path.Split('.'))
        {
            if (document.ValueKind != JsonValueKind.Object || !document.TryGetProperty(name, out document))
            {
                return null;
            }
        }

        return document.ToString();
    }
}
