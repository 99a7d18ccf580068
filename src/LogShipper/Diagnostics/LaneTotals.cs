using LogShipper.Shipping;
using LogShipper.Tailing;

namespace LogShipper.Diagnostics;

/// <summary>What was counted of lanes; only sums that never fall.</summary>
internal readonly record struct LaneCounts
{
    private readonly IReadOnlyList<Amount>? _lost;

    private LaneCounts(IReadOnlyList<Amount> lost) => _lost = lost;

    /// <summary>What was given back and is read again counts again.</summary>
    public Amount Read { get; private init; }

    public Amount Acknowledged { get; private init; }

    /// <summary>Those that were dropped later included.</summary>
    public Amount DeadLettered { get; private init; }

    public Amount Filtered { get; private init; }

    public long Late { get; private init; }

    public long Duplicates { get; private init; }

    public long Retries { get; private init; }

    public long Rotations { get; private init; }

    public long Truncations { get; private init; }

    public Amount Lost(LossReason reason) => _lost?[(int)reason] ?? default;

    public static LaneCounts Of(LaneEvents lane)
    {
        var ledger = lane.Ledger.Take();
        return new LaneCounts(ledger.LostByReason)
        {
            Read = ledger.Read + ledger.GivenBack,
            Acknowledged = ledger.Acknowledged,
            DeadLettered = ledger.DeadLettered + ledger.LostByReason[(int)LossReason.DeadLetterDropped],
            Filtered = ledger.Filtered,
            Late = ledger.LateRecords,
            Duplicates = ledger.DuplicateRecords,
            Retries = lane.Retries,
            Rotations = lane.Rotations,
            Truncations = lane.Truncations,
        };
    }

    public static LaneCounts operator +(LaneCounts left, LaneCounts right) =>
        new([.. Enum.GetValues<LossReason>().Select(reason => left.Lost(reason) + right.Lost(reason))])
        {
            Read = left.Read + right.Read,
            Acknowledged = left.Acknowledged + right.Acknowledged,
            DeadLettered = left.DeadLettered + right.DeadLettered,
            Filtered = left.Filtered + right.Filtered,
            Late = left.Late + right.Late,
            Duplicates = left.Duplicates + right.Duplicates,
            Retries = left.Retries + right.Retries,
            Rotations = left.Rotations + right.Rotations,
            Truncations = left.Truncations + right.Truncations,
        };
}

/// <summary>
/// The counts of each log and sink of the configuration, over all of their lanes. What a lane counted stays in the sum
/// when it ends (a glob's match that is gone): a sum that fell would look like a restart, and its rest like new counts.
/// </summary>
internal sealed class LaneTotals(TimeProvider time)
{
    /// <summary>A lane that a new plan replaces is away for some seconds and comes back with its counts.</summary>
    private static readonly TimeSpan Absence = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<LaneEvents, long> _lastSeen = [];
    private readonly Dictionary<(string Log, string Sink), LaneCounts> _ended = [];

    /// <summary>The sums of those logs and sinks that have a lane now.</summary>
    public Dictionary<(string Log, string Sink), LaneCounts> Take(IReadOnlyList<Shipper> lanes)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            var totals = new Dictionary<(string Log, string Sink), LaneCounts>();
            foreach (var lane in lanes)
            {
                _lastSeen[lane.Events] = now;
                totals.TryAdd(KeyOf(lane.Events), default);
            }

            foreach (var (lane, seen) in _lastSeen)
            {
                if (time.GetElapsedTime(seen, now) >= Absence)
                {
                    _lastSeen.Remove(lane);
                    _ended[KeyOf(lane)] = _ended.GetValueOrDefault(KeyOf(lane)) + LaneCounts.Of(lane);
                }
                else if (totals.TryGetValue(KeyOf(lane), out var sum))
                {
                    totals[KeyOf(lane)] = sum + LaneCounts.Of(lane);
                }
            }

            foreach (var key in totals.Keys)
            {
                totals[key] += _ended.GetValueOrDefault(key);
            }

            return totals;
        }
    }

    private static (string Log, string Sink) KeyOf(LaneEvents lane) => (LogSource.KeyOf(lane.Log), lane.Sink);
}
