using System.Collections.Concurrent;
using LogShipper.Payloads;
using LogShipper.Shipping;

namespace LogShipper.Signals;

/// <summary>
/// Counts what the records say about nginx. A sink like any other, so that each record counts once whatever the other
/// sinks do; its counts are applied when a batch is delivered, and begin at zero with the process while the positions go on.
/// </summary>
internal sealed class SignalsSink : IObservingSink
{
    /// <summary>Its name in state files and messages; a configured sink cannot have it, since names hold no dash.</summary>
    public const string Name = "nginx-signals";

    /// <summary>What its lanes may hold together, beside the budget that the configured sinks share.</summary>
    public const long MemoryBytes = 1024 * 1024;

    private readonly ConcurrentDictionary<string, LogSignals> _logs = new(StringComparer.Ordinal);
    private readonly NginxMetrics _metrics;

    public SignalsSink()
    {
        _metrics = new NginxMetrics(() => _logs.Values);
    }

    /// <summary>The counts by key of the configuration.</summary>
    public IEnumerable<LogSignals> Logs => _logs.Values;

    public NginxMetrics Metrics => _metrics;

    public int MaxInFlight => 1;

    public int MaxBatchBytes => 256 * 1024;

    public TimeSpan? AttemptTimeout => null;

    // To save after each batch was a third of what these counts cost. Who adds up two processes, the first of which was killed, misses what that had
    // counted since it was last asked for its metrics, and may find the lines of its last quarter of a second in the second one as well.
    public TimeSpan CheckpointInterval => TimeSpan.FromMilliseconds(250);

    public IRecordWriter CreateWriter(SinkLog log)
    {
        var signals = SignalsOf(log);
        return new SignalWriter(signals.Log, signals.IsErrorLog);
    }

    public IRecordObserver CreateObserver(SinkLog log) => new SignalObserver(SignalsOf(log), _metrics);

    public ValueTask<Delivery> SendAsync(Payload payload, CancellationToken cancellation)
    {
        var log = _logs[payload.Target];
        log.Add(payload.Body.Span);
        _metrics.Record(log.Log, SignalBody.Durations(payload.Body.Span));

        return ValueTask.FromResult(Delivery.Complete);
    }

    public ValueTask<string?> ContactAsync(CancellationToken cancellation) => ValueTask.FromResult<string?>(null);

    public ValueTask DisposeAsync()
    {
        _metrics.Dispose();
        return ValueTask.CompletedTask;
    }

    private LogSignals SignalsOf(SinkLog log) =>
        _logs.GetOrAdd(LogSource.KeyOf(log.Name), static (name, isErrorLog) => new LogSignals(name, isErrorLog), log.Dataset == "nginx.error");
}
