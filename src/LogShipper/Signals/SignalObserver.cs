using LogShipper.Parsing;
using LogShipper.Shipping;

namespace LogShipper.Signals;

/// <summary>Counts the records of one log while they are parsed for another sink. Their durations are taken in at once.</summary>
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

    public IObservations Take(IObservations? before)
    {
        var observations = before as Observations ?? new Observations(log);
        observations.Add(_numbers);
        Array.Clear(_numbers);
        return observations;
    }

    private sealed class Observations(LogSignals log) : IObservations
    {
        private readonly long[] _numbers = new long[SignalTally.Count];

        public void Add(long[] numbers)
        {
            for (var index = 0; index < numbers.Length; index++)
            {
                _numbers[index] += numbers[index];
            }
        }

        public void Count() => log.Add(_numbers);
    }
}
