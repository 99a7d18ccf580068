namespace LogShipper.Shipping;

/// <summary>
/// The bytes that all batches and payloads together may hold, in equal shares by sink: a dead sink can starve only
/// itself. Beside its share each sink may hold one oversize line at a time.
/// </summary>
internal sealed class MemoryBudget
{
    private readonly long _shareBytes;

    public MemoryBudget(long bytes, int sinks) => _shareBytes = bytes / Math.Max(1, sinks);

    public long ShareBytes => _shareBytes;

    public MemoryShare CreateShare() => new(_shareBytes);
}

/// <summary>One sink's share of the memory. Lanes that find no room are told, first come first served, when there may be some.</summary>
internal sealed class MemoryShare
{
    private readonly Lock _lock = new();
    private readonly List<IMemoryWaiter> _waiters = [];
    private readonly List<IMemoryWaiter> _oversizeWaiters = [];
    private readonly List<IMemoryWaiter> _holders = [];
    private long _limit;
    private long _held;
    private bool _oversizeHeld;

    public MemoryShare(long limit) => _limit = limit;

    public long Limit => Interlocked.Read(ref _limit);

    public long HeldBytes => Interlocked.Read(ref _held);

    /// <summary>Another lane of the sink waits for room.</summary>
    public bool IsAwaitedByOthers(IMemoryWaiter self)
    {
        lock (_lock)
        {
            return _waiters.Exists(waiter => waiter != self) || (_oversizeHeld && _oversizeWaiters.Exists(waiter => waiter != self));
        }
    }

    /// <summary>Takes <paramref name="bytes"/>, or queues the lane and returns null. A single lease larger than the whole share is given when nothing else is held.</summary>
    public MemoryLease? TryLease(IMemoryWaiter lane, long bytes, bool oversize)
    {
        lock (_lock)
        {
            var waiters = oversize ? _oversizeWaiters : _waiters;
            var isNext = waiters.Count == 0 || waiters[0] == lane;
            var fits = oversize ? !_oversizeHeld : _held == 0 || _held + bytes <= Limit;
            if (isNext && fits)
            {
                // Whoever has room waits for none, of either kind: it would wake itself when it returns this.
                _waiters.Remove(lane);
                _oversizeWaiters.Remove(lane);
                _oversizeHeld |= oversize;
                _held += oversize ? 0 : bytes;
                _holders.Add(lane);
                return new MemoryLease(this, lane, oversize ? 0 : bytes, oversize);
            }

            if (waiters.Contains(lane))
            {
                return null;
            }

            waiters.Add(lane);
        }

        WakeHolders();
        return null;
    }

    /// <summary>The lane wants nothing any more.</summary>
    public void Withdraw(IMemoryWaiter lane)
    {
        lock (_lock)
        {
            if (!(_waiters.Remove(lane) | _oversizeWaiters.Remove(lane)))
            {
                return;
            }
        }

        WakeNext();
    }

    /// <summary>The number of sinks has changed. What is held beyond a smaller limit is not taken away: nothing more is given until it came back.</summary>
    public void Resize(long limit)
    {
        Interlocked.Exchange(ref _limit, limit);
        WakeNext();
    }

    public void Resize(MemoryLease lease, long bytes)
    {
        lock (_lock)
        {
            _held += bytes - lease.Bytes;
        }

        WakeNext();
    }

    public void Return(MemoryLease lease)
    {
        lock (_lock)
        {
            _held -= lease.Bytes;
            _holders.Remove(lease.Lane);
            if (lease.IsOversize)
            {
                _oversizeHeld = false;
            }
        }

        WakeNext();
    }

    /// <summary>A lane that only waits out a pause can give its memory back.</summary>
    private void WakeHolders()
    {
        IMemoryWaiter[] holders;
        lock (_lock)
        {
            holders = [.. _holders];
        }

        foreach (var holder in holders)
        {
            holder.RoomMayBeFree();
        }
    }

    private void WakeNext()
    {
        IMemoryWaiter? next;
        IMemoryWaiter? nextOversize;
        lock (_lock)
        {
            next = _waiters.Count > 0 ? _waiters[0] : null;
            nextOversize = _oversizeWaiters.Count > 0 && !_oversizeHeld ? _oversizeWaiters[0] : null;
        }

        next?.RoomMayBeFree();
        nextOversize?.RoomMayBeFree();
    }
}

/// <summary>Who waits for room in a share.</summary>
internal interface IMemoryWaiter
{
    /// <summary>A hint to ask again; called from any thread, must return at once.</summary>
    void RoomMayBeFree();
}

/// <summary>Bytes that one batch and its payload may hold until it is settled.</summary>
internal sealed class MemoryLease : IDisposable
{
    private MemoryShare? _share;

    public MemoryLease(MemoryShare share, IMemoryWaiter lane, long bytes, bool oversize)
    {
        _share = share;
        Lane = lane;
        Bytes = bytes;
        IsOversize = oversize;
    }

    public IMemoryWaiter Lane { get; }

    public long Bytes { get; private set; }

    public bool IsOversize { get; }

    /// <summary>What is really held is known now.</summary>
    public void Resize(long bytes)
    {
        if (!IsOversize && bytes != Bytes)
        {
            _share?.Resize(this, bytes);
            Bytes = bytes;
        }
    }

    public void Dispose() => Interlocked.Exchange(ref _share, null)?.Return(this);
}
