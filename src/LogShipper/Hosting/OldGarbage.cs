namespace LogShipper.Hosting;

/// <summary>
/// Has old garbage collected in time. The runtime does so when about as much as there is was added to it: in a process of 10 MiB some MiB lie for
/// hours, and with hundreds of lanes tens of MiB come in a minute. It is asked after each collection of the young, which comes
/// with traffic: an idle process is not woken for it.
/// </summary>
internal sealed class OldGarbage : IDisposable
{
    private const long LeastGrowthBytes = 512 * 1024;
    private const int GrowthPart = 16;

    /// <summary>A collection takes some milliseconds, with hundreds of lanes some tens: never more than a few thousandths of the time.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(10);

    private readonly TimeProvider _time;
    private long _level = -1;
    private int _collections = -1;
    private long _collectedAt;
    private volatile bool _isOver;

    public OldGarbage(TimeProvider time) => _time = time;

    /// <summary>From now on, until disposed.</summary>
    public static OldGarbage Watch(TimeProvider time)
    {
        var garbage = new OldGarbage(time);
        Signal.Raise(garbage);
        return garbage;
    }

    /// <summary>Whether it has grown enough since the last collection of all generations, whoever asked for that.</summary>
    /// <param name="bytes">What is old, dead or alive.</param>
    /// <param name="collections">How often all generations were collected.</param>
    public bool IsDue(long bytes, int collections)
    {
        var now = _time.GetTimestamp();
        if (collections != _collections)
        {
            (_level, _collections, _collectedAt) = (bytes, collections, now);
            return false;
        }

        return bytes - _level >= Math.Max(LeastGrowthBytes, _level / GrowthPart) && _time.GetElapsedTime(_collectedAt, now) >= Rest;
    }

    public void Dispose() => _isOver = true;

    private void Look()
    {
        var generations = GC.GetGCMemoryInfo(GCKind.Any).GenerationInfo;
        var bytes = 0L;
        for (var generation = GC.MaxGeneration; generation < generations.Length; generation++)
        {
            bytes += generations[generation].SizeAfterBytes;
        }

        if (IsDue(bytes, GC.CollectionCount(GC.MaxGeneration)))
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
        }
    }

    /// <summary>Nobody holds it: the next collection of the young finds it, and its finalizer is the word that there was one.</summary>
    private sealed class Signal
    {
        private readonly OldGarbage _garbage;

        private Signal(OldGarbage garbage) => _garbage = garbage;

#pragma warning disable MA0055 // It holds nothing to be freed: the runtime has no other word for this.
        ~Signal()
#pragma warning restore MA0055
        {
            if (!_garbage._isOver && !Environment.HasShutdownStarted)
            {
                _garbage.Look();
                Raise(_garbage);
            }
        }

        public static void Raise(OldGarbage garbage) => _ = new Signal(garbage);
    }
}
