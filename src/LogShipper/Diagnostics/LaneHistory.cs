using LogShipper.Shipping;

namespace LogShipper.Diagnostics;

/// <summary>
/// The last quarter of an hour of every lane, so that who opens the page sees what happened before. A sample every half
/// minute, which is as often as logs are looked at (each is a wake-up of an idle process), 24 bytes each; the lanes beyond
/// <see cref="MostLanes"/> have none.
/// </summary>
internal sealed class LaneHistory
{
    /// <summary>Between two samples.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(30);

    /// <summary>A quarter of an hour of them.</summary>
    public const int Samples = 30;

    /// <summary>180 KiB in all.</summary>
    public const int MostLanes = 256;

    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Log, string Sink), Ring> _lanes = [];
    private long _tick;
    private long _newest;

    public LaneHistory(TimeProvider time) => _time = time;

    /// <summary>Takes a sample of the lanes from time to time, until disposed.</summary>
    public ITimer Watch(Func<IReadOnlyList<Shipper>> lanes)
    {
        ITimer? timer = null;
        timer = _time.CreateTimer(_ =>
        {
            Sample(lanes().Select(MarkOf));

            // At the moments at which lanes look as well; a period of its own would drift away from them.
            timer?.Change(_time.UntilNext(Every), Timeout.InfiniteTimeSpan);
        }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        timer.Change(_time.UntilNext(Every), Timeout.InfiniteTimeSpan);
        return timer;
    }

    /// <summary>Takes one sample of each lane; a lane that is not among them is forgotten.</summary>
    public void Sample(IEnumerable<LaneMark> marks)
    {
        lock (_lock)
        {
            _tick++;
            _newest = _time.GetTimestamp();
            foreach (var mark in marks)
            {
                if (!_lanes.TryGetValue((mark.Log, mark.Sink), out var ring))
                {
                    if (_lanes.Count == MostLanes)
                    {
                        continue;
                    }

                    _lanes.Add((mark.Log, mark.Sink), ring = new Ring());
                }

                ring.Add(mark, _tick);
            }

            foreach (var (lane, ring) in _lanes)
            {
                if (ring.LastTick != _tick)
                {
                    _lanes.Remove(lane);
                }
            }
        }
    }

    public HistoryReport Take()
    {
        lock (_lock)
        {
            return new HistoryReport(
                Every.TotalSeconds,
                _tick == 0 ? 0 : _time.GetElapsedTime(_newest).TotalSeconds,
                [.. _lanes.Select(lane => lane.Value.Report(lane.Key.Log, lane.Key.Sink))]);
        }
    }

    private static LaneMark MarkOf(Shipper lane)
    {
        var ledger = lane.Ledger.Take();
        var settled = ledger.Read - ledger.InFlight;
        return new LaneMark(lane.Log.Name, lane.Sink, settled.Bytes, settled.Records, lane.BytesBehind);
    }

    private sealed class Ring
    {
        private readonly (long Bytes, long Records, long Behind)[] _samples = new (long, long, long)[Samples];
        private int _next;
        private int _count;

        public long LastTick { get; private set; }

        public void Add(in LaneMark mark, long tick)
        {
            _samples[_next] = (mark.SettledBytes, mark.SettledRecords, mark.BytesBehind);
            _next = (_next + 1) % Samples;
            _count = Math.Min(_count + 1, Samples);
            LastTick = tick;
        }

        public LanePast Report(string log, string sink)
        {
            var (bytes, records, behind) = (new long[_count], new long[_count], new long[_count]);
            for (var i = 0; i < _count; i++)
            {
                (bytes[i], records[i], behind[i]) = _samples[(_next - _count + i + Samples) % Samples];
            }

            return new LanePast(log, sink, bytes, records, behind);
        }
    }
}

/// <summary>Where a lane stands at one moment: what is settled since the start, and what is not.</summary>
internal readonly record struct LaneMark(string Log, string Sink, long SettledBytes, long SettledRecords, long BytesBehind);

/// <summary>The last quarter of an hour.</summary>
/// <param name="EverySeconds">Between two samples.</param>
/// <param name="NewestAgeSeconds">How old the last sample of each lane is.</param>
/// <param name="Lanes">Those that are known.</param>
internal sealed record HistoryReport(double EverySeconds, double NewestAgeSeconds, IReadOnlyList<LanePast> Lanes);

/// <summary>Samples of one lane, oldest first: what was settled since the start, and what was behind.</summary>
internal sealed record LanePast(string Log, string Sink, long[] Bytes, long[] Records, long[] Behind);
