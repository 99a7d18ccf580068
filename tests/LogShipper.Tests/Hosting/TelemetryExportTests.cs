using LogShipper.Diagnostics;
using LogShipper.Hosting;
using LogShipper.Tests.Configuration;

namespace LogShipper.Tests.Hosting;

public sealed class TelemetryExportTests
{
    [Theory]
    [InlineData("", false, false)]
    [InlineData("OTEL_TRACES_EXPORTER=otlp", false, false)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317", true, false)]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=http://collector:4317", true, false)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317 OTEL_TRACES_EXPORTER=otlp", true, true)]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://collector:4317 OTEL_TRACES_EXPORTER=console,OTLP", false, true)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317 OTEL_METRICS_EXPORTER=none", false, false)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317 OTEL_TRACES_EXPORTER=otlp OTEL_SDK_DISABLED=true", false, false)]
    public void Nothing_goes_out_unless_the_standard_variables_ask_for_it(string variables, bool metrics, bool traces)
    {
        var environment = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(variable => variable.Split('=')).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        var export = TelemetryExport.From(new FakeSurroundings().Load().Plan!, name => environment.GetValueOrDefault(name));
        Assert.Equal(new TelemetryExport(Prometheus: true, metrics, traces), export);
    }

    [Fact]
    public void Every_instrument_with_a_third_label_has_room_for_it()
    {
        using var metrics = new ShipperMetrics(TimeProvider.System);
        Assert.Empty(metrics.Notes.Where(note => note.Labels.Length > 2).Select(note => note.Name).Except(TelemetryExport.WithThirdLabel, StringComparer.Ordinal));
    }
}
