using System.Diagnostics.Metrics;
using LogShipper.Diagnostics;
using LogShipper.Shipping;

namespace LogShipper.Signals;

/// <summary>nginx's golden signals, as instruments. All label values exist from the start, so that a first error is a rise and not a new series.</summary>
internal sealed class NginxMetrics : IDisposable
{
    private readonly Meter _meter = new(ShipperMetrics.MeterName);
    private readonly InstrumentSet _instruments;
    private readonly Histogram<double> _requestDuration;
    private readonly Histogram<double> _upstreamDuration;
    private Func<IReadOnlyList<Shipper>> _lanes = static () => [];

    public NginxMetrics(Func<IEnumerable<LogSignals>> logs)
    {
        // OpenTelemetry's buckets for the duration of HTTP requests.
        double[] seconds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
        _instruments = new InstrumentSet(_meter);
        _instruments.Counter("nginx.requests", "{request}", "Requests in access logs, by method and class of status", ["log", "method", "status_class"], () =>
            from log in logs()
            where !log.IsErrorLog
            from method in Enumerable.Range(0, SignalWords.Methods.Length)
            from status in Enumerable.Range(0, SignalWords.StatusClasses.Length)
            select new Measurement<long>(
                log.Requests(method, status), new("log", log.Log), new("method", SignalWords.Methods[method]), new("status_class", SignalWords.StatusClasses[status])));
        _instruments.Counter("nginx.response.size", "By", "Bytes sent to clients: `$bytes_sent`, else `$body_bytes_sent`", ["log"], () =>
            from log in logs()
            where !log.IsErrorLog
            select new Measurement<long>(log.Bytes, new KeyValuePair<string, object?>("log", log.Log)));
        _instruments.Counter("nginx.errors", "{record}", "Records of error logs, by level", ["log", "level"], () =>
            from log in logs()
            where log.IsErrorLog
            from level in Enumerable.Range(0, SignalWords.Levels.Length)
            select new Measurement<long>(log.Errors(level), new("log", log.Log), new("level", SignalWords.Levels[level])));
        _instruments.Counter(
            "nginx.alarms", "{record}", "nginx's complaints that need somebody: a line torn by an incomplete write, a full disk, a worker ended by a signal, too few `worker_connections`", ["log", "alarm"],
            () =>
                from log in logs()
                where log.IsErrorLog
                from alarm in Enumerable.Range(1, SignalWords.Alarms.Length - 1)
                select new Measurement<long>(log.Alarms((NginxAlarm)alarm), new("log", log.Log), new("alarm", SignalWords.Alarms[alarm])));
        _instruments.Counter("nginx.unparsed.records", "{record}", "Records that no format fits; they are shipped whole", ["log"], () =>
            from log in logs()
            select new Measurement<long>(log.Unparsed, new KeyValuePair<string, object?>("log", log.Log)));
        _instruments.Gauge("nginx.signals.lag", "By", "Bytes of the log that these counts do not hold yet", ["log"], () =>
            from lane in _lanes()
            group lane by LogSource.KeyOf(lane.Log.Name) into log
            select new Measurement<long>(log.Sum(lane => lane.BytesBehind), new KeyValuePair<string, object?>("log", log.Key)));
        _requestDuration = _instruments.Histogram("nginx.request.duration", "s", "`$request_time`, where the format has it", ["log"], seconds);
        _upstreamDuration = _instruments.Histogram("nginx.upstream.response.duration", "s", "`$upstream_response_time`, where the format has it; of several upstreams the sum", ["log"], seconds);
    }

    public Meter Meter => _meter;

    public IReadOnlyList<InstrumentNote> Notes => _instruments.Notes;

    /// <summary>The lanes that feed these counts.</summary>
    public void Observe(Func<IReadOnlyList<Shipper>> lanes) => _lanes = lanes;

    /// <summary>Takes in the durations of a batch.</summary>
    public void Record(string log, ReadOnlySpan<byte> durations)
    {
        while (SignalBody.TryTake(ref durations, out var request, out var upstream))
        {
            Record(log, request, upstream);
        }
    }

    /// <summary>Takes in the durations of one request, in milliseconds; either is negative where it is not known.</summary>
    public void Record(string log, int request, int upstream)
    {
        var label = new KeyValuePair<string, object?>("log", log);
        if (request >= 0)
        {
            _requestDuration.Record(request / 1000.0, label);
        }

        if (upstream >= 0)
        {
            _upstreamDuration.Record(upstream / 1000.0, label);
        }
    }

    public void Dispose() => _meter.Dispose();
}
