using System.Diagnostics.Metrics;
using LogShipper.Configuration;
using LogShipper.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace LogShipper.Hosting;

/// <summary>
/// Where metrics and traces go. Prometheus' text is served with the admin port. Over OTLP, metrics go out once the standard
/// variables name an endpoint, traces only when <c>OTEL_TRACES_EXPORTER=otlp</c> asks for them as well.
/// </summary>
internal sealed record TelemetryExport(bool Prometheus, bool OtlpMetrics, bool OtlpTraces)
{
    /// <summary>What the library sets aside for each instrument: 2,000 series of 72 bytes and their index, 12 MiB in all. Ours are fewer, and their labels bounded.</summary>
    private const int SeriesOfRuntime = 64;

    /// <summary>Logs of the configuration times sinks. A changed configuration may have more of them, and what an instrument has room for is settled at the start.</summary>
    private const int LeastLanes = 60;

    /// <summary>Of those instruments that have a third label.</summary>
    private const int SeriesOfLane = 8;

    /// <summary>The library's own two: without labels, and for what there is no room for.</summary>
    private const int SpareSeries = 4;

    internal static readonly string[] WithThirdLabel = ["logshipper.lost.bytes", "logshipper.lost.records", "logshipper.problems", "logshipper.send.duration", "logshipper.sink.breaker"];

    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    public static TelemetryExport From(Plan plan, Func<string, string?> environment)
    {
        string Read(string name) => environment(name)?.Trim() ?? "";
        bool Names(string variable, string exporter) => Read(variable).Split(',', StringSplitOptions.TrimEntries).Contains(exporter, StringComparer.OrdinalIgnoreCase);
        var disabled = Read("OTEL_SDK_DISABLED").Equals("true", StringComparison.OrdinalIgnoreCase);
        var everything = Read(Endpoint).Length > 0;
        var metrics = everything || Read("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT").Length > 0;
        var traces = everything || Read("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").Length > 0;
        return new TelemetryExport(
            plan.Admin.Enabled,
            !disabled && metrics && (Read("OTEL_METRICS_EXPORTER").Length == 0 || Names("OTEL_METRICS_EXPORTER", "otlp")),
            !disabled && traces && Names("OTEL_TRACES_EXPORTER", "otlp"));
    }

    /// <summary>Anybody reads the metrics.</summary>
    public bool Metrics => Prometheus || OtlpMetrics;

    /// <summary>Adds what is needed. Called before the shipping is added, so that nothing is recorded that nobody hears.</summary>
    public void Add(IHostApplicationBuilder builder, Plan plan, Func<string, string?> environment, ILogger logger)
    {
        if (!Metrics && !OtlpTraces)
        {
            return;
        }

        // Only these: another variable of the container must not become a setting of the web server.
        builder.Configuration.AddInMemoryCollection(Environment.GetEnvironmentVariables().Keys.Cast<string>()
            .Where(name => name.StartsWith("OTEL_", StringComparison.Ordinal))
            .Select(name => new KeyValuePair<string, string?>(name, environment(name))));
        var telemetry = builder.Services.AddOpenTelemetry().ConfigureResource(resource => Describe(resource, plan, environment));
        if (Metrics)
        {
            telemetry.WithMetrics(metrics => AddMetrics(metrics, Math.Max(LeastLanes, 2 * plan.Logs.Length * plan.Sinks.Length), environment, logger));
        }

        if (OtlpTraces)
        {
            telemetry.WithTracing(traces => traces.AddSource(ShipperMetrics.MeterName).AddOtlpExporter(options => CollectorWatch.Watch(options, "spans", environment, logger)));
        }
    }

    /// <summary>Sends what was measured last; a collector that does not answer must not use up the time that the Pod has to end.</summary>
    public static void Flush(IServiceProvider services, TimeSpan longest)
    {
        services.GetService<MeterProvider>()?.Shutdown((int)longest.TotalMilliseconds);
        services.GetService<TracerProvider>()?.Shutdown((int)longest.TotalMilliseconds);
    }

    private void AddMetrics(MeterProviderBuilder metrics, int lanes, Func<string, string?> environment, ILogger logger)
    {
        metrics.AddMeter(ShipperMetrics.MeterName).AddRuntimeInstrumentation()
            .AddView(instrument => instrument.Name.StartsWith("nginx.", StringComparison.Ordinal)
                ? null
                : new MetricStreamConfiguration { CardinalityLimit = SeriesOf(instrument, lanes) });
        if (Prometheus)
        {
            metrics.AddPrometheusExporter();
        }

        if (OtlpMetrics)
        {
            metrics.AddOtlpExporter(options => CollectorWatch.Watch(options, "metrics", environment, logger));
        }
    }

    private static int SeriesOf(Instrument instrument, int lanes) =>
        instrument.Meter.Name != ShipperMetrics.MeterName ? SeriesOfRuntime
        : SpareSeries + (WithThirdLabel.Contains(instrument.Name) ? lanes * SeriesOfLane : lanes);

    /// <summary>What the downward API says of the Pod. CONTAINER_NAME is no part of it: it names nginx's container, and these are our own signals.</summary>
    private static void Describe(ResourceBuilder resource, Plan plan, Func<string, string?> environment)
    {
        (string Attribute, string? Value)[] known =
        [
            ("service.name", "logshipper"),
            ("service.version", StatusReporter.Version),
            ("service.instance.id", plan.Instance),
            ("k8s.pod.name", environment("POD_NAME")),
            ("k8s.pod.uid", environment("POD_UID")),
            ("k8s.namespace.name", environment("POD_NAMESPACE")),
            ("k8s.node.name", environment("NODE_NAME")),
        ];
        resource.Clear()
            .AddAttributes(known.Where(attribute => !string.IsNullOrWhiteSpace(attribute.Value)).Select(attribute => new KeyValuePair<string, object>(attribute.Attribute, attribute.Value!.Trim())))
            .AddTelemetrySdk()

            // Last, so that OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES have the last word.
            .AddEnvironmentVariableDetector();
    }
}
