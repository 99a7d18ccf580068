using System.Diagnostics.Metrics;
using LogShipper.Shipping;
using LogShipper.Tailing;

namespace LogShipper.Diagnostics;

/// <summary>
/// Every instrument. They observe the ledgers and lanes, which are the only place where anything is counted. Labels:
/// <c>log</c> and <c>sink</c> from the configuration, <c>reason</c> from <see cref="LossReason"/>: bounded by construction.
/// </summary>
internal sealed class ShipperMetrics : IDisposable
{
    /// <summary>Name of the one Meter.</summary>
    public const string MeterName = "LogShipper";

    private readonly Meter _meter = new(MeterName);
    private readonly Func<IReadOnlyList<Shipper>> _lanes;
    private readonly TimeProvider _time;

    public ShipperMetrics(Func<IReadOnlyList<Shipper>> lanes, TimeProvider time)
    {
        _lanes = lanes;
        _time = time;
        Count("logshipper.read", "Taken over from the logs", reading => reading.Read);
        Count("logshipper.acknowledged", "Delivered and acknowledged", reading => reading.Acknowledged);
        Count("logshipper.dead_lettered", "Refused for what they contain, kept as dead letters", reading => reading.DeadLettered);
        Count("logshipper.filtered", "Left out because the configuration says so", reading => reading.Filtered);
        CountLost("logshipper.lost.bytes", "By", "Bytes that are lost for good, by reason", amount => amount.Bytes);
        CountLost("logshipper.lost.records", "{record}", "Records that are known to be lost for good, by reason", amount => amount.Records);
        _meter.CreateObservableUpDownCounter("logshipper.in_flight.bytes", () => Each(lane => lane.Ledger.Take().InFlight.Bytes), "By", "Read and not settled");
        _meter.CreateObservableCounter("logshipper.late.records", () => Each(lane => lane.Ledger.Take().LateRecords), "{record}", "Records that arrived in a file after a newer one had come");
        _meter.CreateObservableCounter("logshipper.duplicate.records", () => Each(lane => lane.Ledger.Take().DuplicateRecords), "{record}", "Records that the sink already had under their id");
        _meter.CreateObservableCounter("logshipper.retries", () => Each(lane => lane.Retries), "{attempt}", "Attempts that were not the first of their batch");
        _meter.CreateObservableCounter("logshipper.rotations", () => Each(lane => lane.Events.Rotations), "{rotation}", "Times that the live name led to another file");
        _meter.CreateObservableCounter("logshipper.truncations", () => Each(lane => lane.Events.Truncations), "{truncation}", "Times that a file was truncated");
        _meter.CreateObservableGauge("logshipper.lag.bytes", () => Each(lane => lane.BytesBehind), "By", "Bytes of the log that are not settled, as the last look saw it");
        _meter.CreateObservableGauge("logshipper.lag.seconds", () => Each(LagSeconds), "s", "Age of the last settled record while bytes are behind it, else 0");
        _meter.CreateObservableGauge("logshipper.open_files", () => Each(lane => (long)lane.OpenFiles), "{file}", "Files that are open");
    }

    public void Dispose() => _meter.Dispose();

    private double LagSeconds(Shipper lane) =>
        lane.BytesBehind == 0 || lane.SettledTimeTicks == 0 ? 0 : Math.Max(0, TimeSpan.FromTicks(_time.GetUtcNow().UtcTicks - lane.SettledTimeTicks).TotalSeconds);

    private void Count(string name, string description, Func<LedgerReading, Amount> amount)
    {
        _meter.CreateObservableCounter($"{name}.bytes", () => Each(lane => amount(lane.Ledger.Take()).Bytes), "By", $"{description}: bytes");
        _meter.CreateObservableCounter($"{name}.records", () => Each(lane => amount(lane.Ledger.Take()).Records), "{record}", $"{description}: records");
    }

    private void CountLost(string name, string unit, string description, Func<Amount, long> value) =>
        _meter.CreateObservableCounter(name, () => EachLoss(value), unit, description);

    private IEnumerable<Measurement<long>> EachLoss(Func<Amount, long> value)
    {
        foreach (var lane in _lanes())
        {
            var lost = lane.Ledger.Take().LostByReason;
            foreach (var reason in Enum.GetValues<LossReason>())
            {
                yield return new Measurement<long>(value(lost[(int)reason]), new("log", lane.Log.Name), new("sink", lane.Sink), new("reason", NameOf(reason)));
            }
        }
    }

    /// <summary>The reason as labels and reports write it.</summary>
    public static string NameOf(LossReason reason) => reason switch
    {
        LossReason.Truncated => "truncated",
        LossReason.Gone => "gone",
        LossReason.LineTooLong => "line_too_long",
        _ => "dead_letter_dropped",
    };

    private IEnumerable<Measurement<T>> Each<T>(Func<Shipper, T> value)
        where T : struct
    {
        foreach (var lane in _lanes())
        {
            yield return new Measurement<T>(value(lane), new("log", lane.Log.Name), new("sink", lane.Sink));
        }
    }
}
