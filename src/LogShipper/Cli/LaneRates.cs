using LogShipper.Diagnostics;

namespace LogShipper.Cli;

/// <summary>What a lane carries each second.</summary>
internal readonly record struct LaneRate(double Bytes, double Records);

/// <summary>
/// Rates from one status to the next. Files are looked at once an interval, and all of it is carried at once then: a rate
/// is taken over the last two intervals. Of a lane that was seen once there is none.
/// </summary>
internal sealed class LaneRates(TimeProvider time)
{
    private static readonly TimeSpan ShortestSpan = TimeSpan.FromSeconds(5);

    private readonly Queue<(long Taken, DateTimeOffset Started, Dictionary<(string Log, string Sink), AmountStatus> Settled)> _past = [];

    public Dictionary<(string Log, string Sink), LaneRate> Take(StatusReport status)
    {
        var now = time.GetTimestamp();
        var settled = status.Lanes.ToDictionary(lane => (lane.Log, lane.Sink), lane => SettledOf(lane.Ledger));
        if (_past.TryPeek(out var first) && first.Started != status.Started)
        {
            // Another process: its counts begin anew.
            _past.Clear();
        }

        var span = Math.Max(ShortestSpan.TotalSeconds, 2 * status.IntervalSeconds);
        while (_past.Count > 1 && time.GetElapsedTime(_past.ElementAt(1).Taken, now).TotalSeconds >= span)
        {
            _past.Dequeue();
        }

        var rates = new Dictionary<(string, string), LaneRate>();
        foreach (var (lane, amount) in settled)
        {
            if (_past.TryPeek(out var past) && time.GetElapsedTime(past.Taken, now).TotalSeconds is > 0 and var seconds && past.Settled.TryGetValue(lane, out var before))
            {
                rates[lane] = new LaneRate(Math.Max(0, amount.Bytes - before.Bytes) / seconds, Math.Max(0, amount.Records - before.Records) / seconds);
            }
        }

        _past.Enqueue((now, status.Started, settled));
        return rates;
    }

    private static AmountStatus SettledOf(LedgerStatus ledger) => new(ledger.Read.Bytes - ledger.InFlight.Bytes, ledger.Read.Records - ledger.InFlight.Records);
}
