using System.Diagnostics.Metrics;
using LogShipper.Configuration;
using LogShipper.Shipping;
using LogShipper.Tailing;
using Polly.CircuitBreaker;

namespace LogShipper.Diagnostics;

/// <summary>
/// Every instrument of the shipping. Most observe the ledgers and lanes, which are the only place where anything is
/// counted. Labels are bounded by construction: <c>log</c> (the configuration's key, a glob's matches are one) and
/// <c>sink</c> come from the configuration, all others from enumerations. What a sink or a line says is never a label.
/// </summary>
internal sealed class ShipperMetrics : IDeliveryObserver, IDisposable
{
    /// <summary>Name of the one Meter and of the one ActivitySource.</summary>
    public const string MeterName = "LogShipper";

    private static readonly string[] Lane = ["log", "sink"];
    private static readonly string[] Sink = ["sink"];
    private static readonly CircuitState[] States = [CircuitState.Closed, CircuitState.HalfOpen, CircuitState.Open, CircuitState.Isolated];

    private readonly InstrumentSet _instruments;
    private readonly Histogram<long> _batchSize;
    private readonly Histogram<double> _sendDuration;
    private readonly DeliveryTraces _traces = new();
    private readonly LaneTotals _totals;
    private Func<IReadOnlyList<Shipper>> _lanes = static () => [];
    private Func<ReloadState?> _reload = static () => null;
    private Func<IReadOnlyList<RefusedLog>> _refused = static () => [];

    public ShipperMetrics(TimeProvider time)
    {
        _totals = new LaneTotals(time);
        _instruments = new InstrumentSet(Meter);
        CountLedger("logshipper.read", "taken over from the logs; what is given back to make room counts again when it is read again", counts => counts.Read);
        CountLedger("logshipper.acknowledged", "delivered and acknowledged", counts => counts.Acknowledged);
        CountLedger("logshipper.dead_lettered", "refused for what they contain, kept as dead letters, later dropped ones included", counts => counts.DeadLettered);
        CountLedger("logshipper.filtered", "left out because the configuration says so", counts => counts.Filtered);
        CountLost("logshipper.lost.bytes", "By", "Bytes that are lost for good, by reason", amount => amount.Bytes);
        CountLost("logshipper.lost.records", "{record}", "Records that are known to be lost for good, by reason", amount => amount.Records);
        Count("logshipper.late.records", "{record}", "Records that arrived in a file after a newer one had come", counts => counts.Late);
        Count("logshipper.duplicate.records", "{record}", "Records that the sink already had under their id", counts => counts.Duplicates);
        Count("logshipper.retries", "{attempt}", "Attempts that were not the first of their batch", counts => counts.Retries);
        Count("logshipper.rotations", "{rotation}", "Times that the live name led to another file", counts => counts.Rotations);
        Count("logshipper.truncations", "{truncation}", "Times that a file was truncated", counts => counts.Truncations);
        Sum("logshipper.in_flight.bytes", "By", "Bytes that are read and not settled", lane => lane.Ledger.Take().InFlight.Bytes);
        Sum("logshipper.in_flight.batches", "{batch}", "Batches that are under way", lane => lane.InFlight);
        Sum("logshipper.open_files", "{file}", "Files that are open", lane => lane.OpenFiles);
        Sum("logshipper.lag.bytes", "By", "Bytes of the log that are not settled, as the last look saw it", lane => lane.BytesBehind);
        Most("logshipper.lag.seconds", "How old what is not settled may be, 0 when all of it is; of a glob's matches the oldest", lane => LaneLag.SecondsBehind(lane, time));
        Most("logshipper.checkpoint.age", "How long something has been settled that is not saved, else 0", lane => lane.CheckpointAge.TotalSeconds);
        Sum("logshipper.ledger.mismatch.bytes", "By", "Bytes by which the ledger does not close, else 0; anything else is a defect", lane => lane.Events.LedgerMismatch.Bytes);
        ObserveProblems();
        ObserveDeadLetters();
        ObserveSinks();
        ObserveReload();
        _batchSize = _instruments.Histogram<long>(
            "logshipper.batch.size", "By", "Bytes of the log in one batch", Lane, [1 << 10, 4 << 10, 16 << 10, 64 << 10, 128 << 10, 256 << 10, 512 << 10, 1 << 20, 4 << 20]);
        _sendDuration = _instruments.Histogram(
            "logshipper.send.duration", "s", "How long an attempt to deliver took, by its outcome", ["log", "sink", "outcome"],
            [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]);
    }

    public Meter Meter { get; } = new(MeterName);

    public IReadOnlyList<InstrumentNote> Notes => _instruments.Notes;

    /// <summary>The lanes that are observed from now on.</summary>
    public void Observe(Func<IReadOnlyList<Shipper>> lanes) => _lanes = lanes;

    /// <summary>The globs without a log that are observed from now on: they have no lane.</summary>
    public void Observe(Func<IReadOnlyList<RefusedLog>> refused) => _refused = refused;

    /// <summary>What is told of changes of the configuration from now on.</summary>
    public void Observe(Func<ReloadState?> reload) => _reload = reload;

    public void BatchRead(string log, string sink, long bytes) => _batchSize.Record(bytes, new("log", LogSource.KeyOf(log)), new("sink", sink));

    public void Attempted(in Attempt attempt)
    {
        _sendDuration.Record(
            attempt.Duration.TotalSeconds, new("log", LogSource.KeyOf(attempt.Log)), new("sink", attempt.Sink), new("outcome", OutcomeOf(attempt.Delivery)));
        _traces.Record(attempt);
    }

    public void Dispose()
    {
        Meter.Dispose();
        _traces.Dispose();
    }

    /// <summary>The breaker's state as labels and reports write it.</summary>
    public static string NameOf(CircuitState state) => state switch
    {
        CircuitState.Closed => "closed",
        CircuitState.HalfOpen => "half_open",
        CircuitState.Open => "open",
        _ => "isolated",
    };

    /// <summary>What became of an attempt, as labels write it: a few words, whatever the sink said.</summary>
    public static string OutcomeOf(Delivery delivery) => delivery.Result switch
    {
        DeliveryResult.Answered => delivery.Items.Count == 0 ? "delivered" : "partial",
        DeliveryResult.Retry => "retry",
        DeliveryResult.Refused => "refused",
        _ => "ended",
    };

    private void CountLedger(string name, string meaning, Func<LaneCounts, Amount> amount)
    {
        Count($"{name}.bytes", "By", $"Bytes {meaning}", counts => amount(counts).Bytes);
        Count($"{name}.records", "{record}", $"Records {meaning}", counts => amount(counts).Records);
    }

    private void CountLost(string name, string unit, string meaning, Func<Amount, long> value) =>
        _instruments.Counter(name, unit, meaning, ["log", "sink", "reason"], () =>
            from total in _totals.Take(_lanes())
            from reason in Enum.GetValues<LossReason>()
            select new Measurement<long>(
                value(total.Value.Lost(reason)), new("log", total.Key.Log), new("sink", total.Key.Sink), new("reason", reason.Name())));

    private void Count(string name, string unit, string meaning, Func<LaneCounts, long> value) =>
        _instruments.Counter(name, unit, meaning, Lane, () =>
            _totals.Take(_lanes()).Select(total => new Measurement<long>(value(total.Value), new("log", total.Key.Log), new("sink", total.Key.Sink))));

    private void Sum(string name, string unit, string meaning, Func<Shipper, long> value) =>
        _instruments.Gauge(name, unit, meaning, Lane, () => Pairs().Select(pair => Measure(pair, pair.Sum(value))));

    private void Most(string name, string meaning, Func<Shipper, double> value) =>
        _instruments.Gauge(name, "s", meaning, Lane, () => Pairs().Select(pair => Measure(pair, pair.Max(value))));

    private void ObserveProblems() =>
        _instruments.Gauge("logshipper.problems", "{problem}", "What stands in a lane's way now", ["log", "sink", "kind"], () =>
            (from pair in Pairs()
             from kind in LaneLag.ProblemKinds
             select ProblemsOf(pair.Key.Log, pair.Key.Sink, kind, pair.Count(lane => LaneLag.HasProblem(lane, kind))))
            .Concat(
                from log in _refused()
                from sink in log.Sinks
                where !_lanes().Any(lane => lane.Sink == sink && LogSource.KeyOf(lane.Log.Name) == log.Log)
                select ProblemsOf(log.Log, sink, LaneLag.ReadProblem, 1)));

    private static Measurement<long> ProblemsOf(string log, string sink, string kind, int count) => new(count, new("log", log), new("sink", sink), new("kind", kind));

    private void ObserveDeadLetters()
    {
        Sum("logshipper.dead_letters.kept", "{record}", "Dead letters that are kept now", lane => lane.DeadLetters.Kept ?? 0);
        Sum("logshipper.dead_letters.size", "By", "Bytes of the file of dead letters", lane => lane.DeadLetters.Bytes);
        Sum("logshipper.dead_letters.limit", "By", "Bytes that the file of dead letters may have (DeadLetters:MaxBytes)", lane => lane.DeadLetters.MaxBytes);
    }

    private void ObserveSinks()
    {
        _instruments.Gauge("logshipper.sink.failing", "{sink}", "1 while the sink's last attempt failed and something is left for it, else 0", Sink, () =>
            _lanes().GroupBy(lane => lane.Sink).Select(ofSink => new Measurement<long>(LaneLag.SinkFailure(ofSink) is null ? 0 : 1, new KeyValuePair<string, object?>("sink", ofSink.Key))));
        _instruments.Gauge("logshipper.sink.breaker", "{state}", "1 for the state that the sink's circuit breaker is in, 0 for the others", ["sink", "state"], () =>
            from circuit in Circuits()
            from state in States
            select new Measurement<long>(circuit.State == state ? 1 : 0, new("sink", circuit.Name), new("state", NameOf(state))));
        _instruments.Gauge("logshipper.memory.held", "By", "Memory that a sink's batches and payloads hold", Sink, () =>
            Shares().Select(share => new Measurement<long>(share.Share.HeldBytes, new KeyValuePair<string, object?>("sink", share.Sink))));
        _instruments.Gauge("logshipper.memory.limit", "By", "Memory that a sink's batches and payloads may hold", Sink, () =>
            Shares().Select(share => new Measurement<long>(share.Share.Limit, new KeyValuePair<string, object?>("sink", share.Sink))));
    }

    private void ObserveReload()
    {
        _instruments.Gauge<long>("logshipper.configuration.refused", "{configuration}", "1 while the configuration file that lies there is refused and what was in force goes on, else 0", [], () =>
            _reload() is { } state ? [new Measurement<long>(state.IsGood ? 0 : 1)] : []);
        _instruments.Counter<long>("logshipper.configuration.changes", "{change}", "Changed configurations, by what became of them", ["outcome"], () => _reload() is { } state
            ? [new Measurement<long>(state.Applied, new KeyValuePair<string, object?>("outcome", "applied")), new Measurement<long>(state.Refused, new KeyValuePair<string, object?>("outcome", "refused"))]
            : []);
    }

    private static Measurement<T> Measure<T>(IGrouping<(string Log, string Sink), Shipper> pair, T value)
        where T : struct => new(value, new("log", pair.Key.Log), new("sink", pair.Key.Sink));

    private IEnumerable<IGrouping<(string Log, string Sink), Shipper>> Pairs() => _lanes().GroupBy(lane => (LogSource.KeyOf(lane.Log.Name), lane.Sink));

    private IEnumerable<SinkCircuit> Circuits() => _lanes().Select(lane => lane.Circuit).DistinctBy(circuit => circuit.Name);

    private IEnumerable<(string Sink, MemoryShare Share)> Shares() => _lanes().Select(lane => (lane.Sink, lane.Memory)).DistinctBy(share => share.Sink);
}
