using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using LogShipper.Diagnostics;
using LogShipper.Signals;

namespace LogShipper.Tests.Diagnostics;

/// <summary>Holds the documentation, the dashboard and the alert rules to the metrics that exist. With LOGSHIPPER_WRITE_DOCS=1 the tables are written instead.</summary>
public sealed partial class ObservabilityTests
{
    [Theory]
    [InlineData("shipping")]
    [InlineData("nginx")]
    [InlineData("process")]
    public void The_documentation_has_every_metric(string section)
    {
        var document = Path.Combine(Root(), "docs", "metrics.md");
        var text = File.ReadAllText(document).ReplaceLineEndings("\n");
        var start = $"<!-- metrics of {section} -->\n";
        var from = text.IndexOf(start, StringComparison.Ordinal) + start.Length;
        var to = text.IndexOf("<!-- end of metrics -->", from, StringComparison.Ordinal);
        Assert.True(from >= start.Length && to >= from, $"docs/metrics.md has no table after {start.Trim()}");
        var expected = Table(Notes().Where(note => note.Section == section).Select(note => note.Note));
        if (Environment.GetEnvironmentVariable("LOGSHIPPER_WRITE_DOCS") == "1")
        {
            File.WriteAllText(document, text[..from] + expected + text[to..]);
            return;
        }

        Assert.Equal(expected, text[from..to]);
    }

    [Fact]
    public void Every_metric_has_a_unit_and_a_meaning() =>
        Assert.All(Notes(), note => Assert.True(note.Note is { Unit.Length: > 0, Meaning.Length: > 0 }, note.Note.Name));

    [Fact]
    public void The_dashboard_asks_for_metrics_that_exist()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Path.Combine(Root(), "k8s", "observability", "dashboard.json")));
        var queries = Strings(dashboard.RootElement, "expr").Concat(Strings(dashboard.RootElement, "query")).ToList();
        Assert.True(queries.Count > 20);
        Assert.Empty(queries.SelectMany(Unknown));
    }

    [Fact]
    public void The_dashboard_shows_nginx_and_the_shipping_alike()
    {
        var asked = MetricNames(File.ReadAllText(Path.Combine(Root(), "k8s", "observability", "dashboard.json"))).ToHashSet(StringComparer.Ordinal);
        foreach (var name in (string[])["logshipper_lag_seconds", "logshipper_lost_bytes_total", "logshipper_sink_failing", "logshipper_dead_letters_kept", "nginx_requests_total", "nginx_alarms_total"])
        {
            Assert.Contains(name, asked);
        }
    }

    [Fact]
    public void The_alert_rules_ask_for_metrics_that_exist()
    {
        var rules = File.ReadAllText(Path.Combine(Root(), "k8s", "observability", "alerts.yaml"));
        Assert.Empty(Unknown(rules));
        Assert.Contains("nginx_alarms_total", MetricNames(rules));
    }

    [Theory]
    [InlineData("check", "alerts.yaml")]
    [InlineData("test", "alerts.test.yaml")]
    public async Task Prometheus_accepts_the_alert_rules_and_they_fire_when_they_should(string command, string file)
    {
        var promtool = Array.Find(["/usr/bin/promtool", "/usr/local/bin/promtool"], File.Exists);
        if (promtool is null)
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", "promtool is not installed (apt-get install prometheus)");
            Assert.Fail("promtool is not installed, and under CI=true it must be");
        }

        using var process = Process.Start(new ProcessStartInfo(promtool, [command, "rules", file])
        {
            WorkingDirectory = Path.Combine(Root(), "k8s", "observability"),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await output + await error);
    }

    private static IEnumerable<(string Section, InstrumentNote Note)> Notes()
    {
        using var shipping = new ShipperMetrics(TimeProvider.System);
        using var nginx = new NginxMetrics(() => []);
        using var process = new ProcessMetrics(TimeProvider.System);
        return
        [
            .. shipping.Notes.Select(note => ("shipping", note)),
            .. nginx.Notes.Select(note => ("nginx", note)),
            .. process.Notes.Select(note => ("process", note)),
        ];
    }

    private static string Table(IEnumerable<InstrumentNote> notes)
    {
        var table = new StringBuilder("| Prometheus | OpenTelemetry | kind | unit | labels | meaning |\n| --- | --- | --- | --- | --- | --- |\n");
        foreach (var note in notes)
        {
            var labels = string.Join(", ", note.Labels.Select(label => $"`{label.Replace('.', '_')}`"));
            table.Append($"| `{note.PrometheusName}` | `{note.Name}` | {note.Kind} | `{note.Unit}` | {labels} | {note.Meaning} |\n");
        }

        return table.ToString();
    }

    private static IEnumerable<string> Unknown(string text)
    {
        var known = Notes().SelectMany(note => note.Note.Kind == "histogram"
            ? (string[])[$"{note.Note.PrometheusName}_bucket", $"{note.Note.PrometheusName}_sum", $"{note.Note.PrometheusName}_count"]
            : [note.Note.PrometheusName]);
        return MetricNames(text).Except(known, StringComparer.Ordinal);
    }

    private static IEnumerable<string> MetricNames(string text) => MetricName().Matches(text).Select(match => match.Value).Distinct(StringComparer.Ordinal);

    private static IEnumerable<string> Strings(JsonElement element, string name) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member =>
            member.Name == name && member.Value.ValueKind == JsonValueKind.String ? [member.Value.GetString()!] : Strings(member.Value, name)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(item => Strings(item, name)),
        _ => [],
    };

    private static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "LogShipper.sln")))
        {
            directory = directory.Parent ?? throw new InvalidOperationException("The repository's root is not above the tests.");
        }

        return directory.FullName;
    }

    [GeneratedRegex(@"\b(?:logshipper|nginx|process)_[a-z0-9_]+\b", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex MetricName();
}
