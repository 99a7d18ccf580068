using System.Diagnostics;
using System.Text.Json;

namespace LogShipper.EndToEnd;

/// <summary>A real Prometheus scrapes the real process, with the alert rules that come with it.</summary>
public sealed class PrometheusTests : EndToEndTest
{
    private static readonly string? Binary = Array.Find(["/usr/bin/prometheus", "/usr/local/bin/prometheus"], File.Exists);

    [Fact]
    public async Task It_sees_what_is_shipped_and_accepts_the_alert_rules()
    {
        NeedPrometheus();
        var (admin, port) = (Ports.Free(), Ports.Free());
        var log = Path.Combine(Folder, "access.log");
        WriteLines(log, 0, 500);
        var shipper = await ShipAsync([.. Log("access", log, "main"), .. ToStdout, "Admin:Enabled=true", "Admin:Address=127.0.0.1", $"Admin:Port={admin}"]);
        using var prometheus = Start(admin, port);
        try
        {
            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/"), Timeout = TimeSpan.FromSeconds(5) };
            await EventuallyAsync(async () => await QueryAsync(client, "sum(nginx_requests_total{log=\"access\",status_class=\"2xx\"})") == "500", "Prometheus counts 500 requests");
            await EventuallyAsync(async () => await QueryAsync(client, "sum(logshipper_acknowledged_records_total{sink=\"stdout\"})") == "500", "Prometheus counts 500 records");
            Assert.Equal("1", await QueryAsync(client, "count(target_info{service_name=\"logshipper\"})"));
            Assert.Equal("0", await QueryAsync(client, "sum(logshipper_lag_bytes)"));
            Assert.Null(await QueryAsync(client, "ALERTS"));
            using var rules = JsonDocument.Parse(await client.GetStringAsync("api/v1/rules", TestContext.Current.CancellationToken));
            var groups = rules.RootElement.GetProperty("data").GetProperty("groups").EnumerateArray().ToArray();
            Assert.Equal(["logshipper", "nginx"], groups.Select(group => group.GetProperty("name").GetString()));
            Assert.All(groups.SelectMany(group => group.GetProperty("rules").EnumerateArray()), rule => Assert.NotEqual("err", rule.GetProperty("health").GetString()));
        }
        finally
        {
            prometheus.Kill();
            await prometheus.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await StopAsync(shipper);
    }

    [Fact]
    public async Task A_loss_that_nobody_can_help_is_told_with_its_range_shows_in_the_status_and_fires_an_alert()
    {
        NeedPrometheus();
        var (admin, port) = (Ports.Free(), Ports.Free());
        var log = Path.Combine(Folder, "access.log");
        string[] settings = [.. Log("access", log, "main"), .. ToElasticsearch(new Uri($"http://127.0.0.1:{Ports.Free()}")), "DrainTimeout=1s"];
        WriteLines(log, 0, 500);
        var bytes = new FileInfo(log).Length;
        var first = await ShipAsync(settings);
        await EventuallyAsync(() => first.Says("takes nothing now"), "it has seen the lines and cannot ship them");
        await StopAsync(first, expected: 3);
        File.Delete(log);

        var shipper = await ShipAsync([.. settings, "Admin:Enabled=true", "Admin:Address=127.0.0.1", $"Admin:Port={admin}"]);
        // Told and counted before Prometheus is there: a counter that it has never seen at zero.
        await EventuallyAsync(() => shipper.Says($"bytes 0 to {bytes} of"), "the loss is told with its range");
        Assert.Equal(1, shipper.Messages.Count(message => message.Contains(" are lost ", StringComparison.Ordinal)));
        using var prometheus = Start(admin, port);
        try
        {
            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/"), Timeout = TimeSpan.FromSeconds(5) };
            using var status = JsonDocument.Parse(await client.GetStringAsync(new Uri($"http://127.0.0.1:{admin}/status"), TestContext.Current.CancellationToken));
            Assert.Equal(bytes, status.RootElement.GetProperty("lanes")[0].GetProperty("ledger").GetProperty("lostByReason").GetProperty("gone").GetProperty("bytes").GetInt64());
            await EventuallyAsync(async () => await QueryAsync(client, "count(ALERTS{alertname=\"LogShipperLost\",alertstate=\"firing\",reason=\"gone\"})") == "1", "the alert fires");
            Assert.Null(await QueryAsync(client, "ALERTS{alertname=\"LogShipperLedgerMismatch\"}"));
        }
        finally
        {
            prometheus.Kill();
            await prometheus.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await StopAsync(shipper);
    }

    private static void NeedPrometheus()
    {
        if (Binary is null)
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", "prometheus is not installed (apt-get install prometheus)");
            Assert.Fail("prometheus is not installed, and under CI=true it must be");
        }
    }

    private static async Task<string?> QueryAsync(HttpClient client, string query)
    {
        try
        {
            using var answer = JsonDocument.Parse(await client.GetStringAsync($"api/v1/query?query={Uri.EscapeDataString(query)}", TestContext.Current.CancellationToken));
            var result = answer.RootElement.GetProperty("data").GetProperty("result");
            return result.GetArrayLength() == 0 ? null : result[0].GetProperty("value")[1].GetString();
        }
        catch (HttpRequestException)
        {
            // Not up yet.
            return null;
        }
    }

    private static string Rules()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "LogShipper.sln")))
        {
            directory = directory.Parent ?? throw new InvalidOperationException("The repository's root is not above the tests.");
        }

        return Path.Combine(directory.FullName, "k8s", "observability", "alerts.yaml");
    }

    private Process Start(int admin, int port)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Folder, "prometheus")).FullName;
        var configuration = Path.Combine(folder, "prometheus.yml");
        File.WriteAllText(configuration, $$"""
            global: { scrape_interval: 1s, evaluation_interval: 1s }
            rule_files: ["{{Rules()}}"]
            scrape_configs:
              - job_name: logshipper
                static_configs: [{ targets: ["127.0.0.1:{{admin}}"] }]
            """);
        var start = new ProcessStartInfo(
            Binary!, [$"--config.file={configuration}", $"--storage.tsdb.path={folder}/data", $"--web.listen-address=127.0.0.1:{port}", "--log.level=error"])
        {
            UseShellExecute = false,
        };
        return Process.Start(start)!;
    }
}
