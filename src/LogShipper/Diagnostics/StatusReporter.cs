using System.Reflection;
using LogShipper.Configuration;
using LogShipper.Shipping;
using LogShipper.Tailing;

namespace LogShipper.Diagnostics;

/// <summary>Takes the status of the lanes. Costs nothing until it is asked, and then the same however often it is asked within <see cref="Freshness"/>.</summary>
internal sealed class StatusReporter
{
    /// <summary>Whoever asks more often gets the answer before.</summary>
    private static readonly TimeSpan Freshness = TimeSpan.FromMilliseconds(250);

    private readonly Func<IReadOnlyList<Shipper>> _lanes;
    private readonly Func<Plan> _plan;
    private readonly Func<bool> _isReady;
    private readonly Func<bool> _isAlive;
    private readonly TimeProvider _time;
    private readonly DateTimeOffset _started;
    private readonly long _startedTimestamp;
    private readonly Lock _lock = new();
    private SharedPieces? _json;
    private long _jsonTimestamp;

    public StatusReporter(Func<IReadOnlyList<Shipper>> lanes, Func<Plan> plan, Func<bool> isReady, Func<bool> isAlive, TimeProvider time)
    {
        _lanes = lanes;
        _plan = plan;
        _isReady = isReady;
        _isAlive = isAlive;
        _time = time;
        _started = time.GetUtcNow();
        _startedTimestamp = time.GetTimestamp();
    }

    /// <summary>The globs that lead to no log.</summary>
    public Func<IReadOnlyList<RefusedLog>> RefusedLogs { get; init; } = static () => [];

    /// <summary>How it stands with changes of the configuration.</summary>
    public Func<ReloadState?> Reload { get; init; } = static () => null;

    /// <summary>Of the program, as the build knows it.</summary>
    public static string Version { get; } =
        typeof(StatusReporter).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    /// <summary>The status now, as JSON; whoever takes it disposes of it.</summary>
    public SharedPieces TakeJson()
    {
        lock (_lock)
        {
            var now = _time.GetTimestamp();
            if (_json is null || _time.GetElapsedTime(_jsonTimestamp, now) >= Freshness)
            {
                var json = Take().ToPieces();
                _json?.Dispose();
                _json = json;
                _jsonTimestamp = now;
            }

            return _json.Hold();
        }
    }

    /// <summary>The status now.</summary>
    public StatusReport Take()
    {
        var plan = _plan();
        var lanes = _lanes();
        SinkStatus[] sinks = [.. lanes.GroupBy(lane => lane.Sink).Select(ofSink => new SinkStatus(
            ofSink.Key, ShipperMetrics.NameOf(ofSink.First().Circuit.State), LaneLag.SinkFailure(ofSink), ofSink.First().Memory.HeldBytes, ofSink.First().Memory.Limit))];
        return new StatusReport(
            Version, plan.Instance, _started, _time.GetElapsedTime(_startedTimestamp).TotalSeconds, _isReady(), _isAlive(), plan.Interval.TotalSeconds,
            [.. lanes.Select(StatusOf)], sinks, plan.MemoryBudgetBytes, sinks.Sum(sink => sink.MemoryHeldBytes))
        {
            RefusedLogs = [.. RefusedLogs().Select(log => new RefusedLogStatus(log.Log, log.Path, PrintableText.Escape(log.Reason)))],
            Configuration = Reload(),
        };
    }

    private LaneStatus StatusOf(Shipper lane)
    {
        var ledger = lane.Ledger.Take();
        var problems = LaneLag.ProblemsOf(lane).Select(PrintableText.Escape).ToArray();
        var behind = lane.BytesBehind;
        var state = lane.HasEnded ? LaneState.Ended
            : problems.Length > 0 ? LaneState.Blocked
            : behind == 0 ? LaneState.Current
            : lane.IsRefused || lane.Circuit.Failure is not null ? LaneState.Failing
            : LaneState.Behind;
        return new LaneStatus(
            lane.Log.Name, lane.Sink, lane.Log.Path, state, behind, LaneLag.SecondsBehind(lane, _time),
            lane.LastRecordTicks is > 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null,
            lane.InFlight, ledger.InFlight.Bytes, lane.OpenFiles,
            [.. lane.Positions.Select(position => new FileStatus(position.File, position.Offset, position.Length))],
            lane.CheckpointAge.TotalSeconds, lane.Events.Retries, lane.Events.Rotations, lane.Events.Truncations, problems,
            lane.Events.LastError is { } error ? new ErrorStatus(error.Reason, error.Time) : null, StatusOf(ledger))
        {
            KeptDeadLetters = lane.DeadLetters.Kept,
        };
    }

    private static LedgerStatus StatusOf(LedgerReading ledger) => new(
        StatusOf(ledger.Read), StatusOf(ledger.Acknowledged), StatusOf(ledger.DeadLettered), StatusOf(ledger.Filtered), StatusOf(ledger.Lost),
        Enum.GetValues<LossReason>().ToDictionary(LossReasons.Name, reason => StatusOf(ledger.LostByReason[(int)reason]), StringComparer.Ordinal),
        StatusOf(ledger.InFlight), ledger.LateRecords, ledger.DuplicateRecords);

    private static AmountStatus StatusOf(Amount amount) => new(amount.Bytes, amount.Records);
}
