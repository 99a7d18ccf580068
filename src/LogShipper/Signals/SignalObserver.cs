using LogShipper.Parsing;
using LogShipper.Shipping;

namespace LogShipper.Signals;

/// <summary>Counts the records of one log while they are parsed for another sink.</summary>
internal sealed class SignalObserver(LogSignals log, NginxMetrics metrics) : IRecordObserver
{
    private readonly long[] _numbers = new long[SignalTally.Count];

    public void Observe(ref Record record)
    {
        var item = RecordSignals.ItemOf(ref record, log.IsErrorLog);
        new SignalTally(_numbers).Add(item);
        if ((item.RequestMilliseconds & item.UpstreamMilliseconds) >= 0)
        {
            metrics.Record(log.Log, item.RequestMilliseconds, item.UpstreamMilliseconds);
        }
    }

    public void Count()
    {
        log.Add(_numbers);
        Array.Clear(_numbers);
    }
}
