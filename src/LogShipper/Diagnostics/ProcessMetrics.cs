using System.Diagnostics.Metrics;

namespace LogShipper.Diagnostics;

/// <summary>What the process takes of its machine, under OpenTelemetry's names.</summary>
internal sealed class ProcessMetrics : IDisposable
{
    private readonly Meter _meter = new(ShipperMetrics.MeterName);
    private readonly InstrumentSet _instruments;

    public ProcessMetrics(TimeProvider time)
    {
        var started = time.GetTimestamp();
        _instruments = new InstrumentSet(_meter);
        _instruments.Counter<double>("process.cpu.time", "s", "Processor time that the process has used", ["cpu.mode"], () =>
        {
            var usage = Environment.CpuUsage;
            return
            [
                new(usage.UserTime.TotalSeconds, new KeyValuePair<string, object?>("cpu.mode", "user")),
                new(usage.PrivilegedTime.TotalSeconds, new KeyValuePair<string, object?>("cpu.mode", "system")),
            ];
        });
        _instruments.Gauge<long>("process.memory.usage", "By", "Memory of the process that is resident", [], () => [new(Environment.WorkingSet)]);
        _instruments.Gauge<long>("process.unix.file_descriptor.count", "{file_descriptor}", "File descriptors that are open", [], CountFileDescriptors);
        _instruments.Gauge<double>("process.uptime", "s", "How long the process has been running", [], () => [new(time.GetElapsedTime(started).TotalSeconds)]);
    }

    public IReadOnlyList<InstrumentNote> Notes => _instruments.Notes;

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<long>> CountFileDescriptors()
    {
        try
        {
            // Listing them takes one itself.
            return [new(Directory.GetFiles("/proc/self/fd").Length - 1)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
