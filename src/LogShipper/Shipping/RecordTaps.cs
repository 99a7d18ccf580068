using System.Threading.Channels;
using LogShipper.Tailing;

namespace LogShipper.Shipping;

/// <summary>Who watches what lanes have settled. A lane asks one field whether anybody does; if so it copies the batch, or counts what found no room: it never waits.</summary>
internal sealed class RecordTaps
{
    /// <summary>Watchers at once.</summary>
    public const int MaxTaps = 2;

    private readonly Lock _lock = new();
    private volatile RecordTap[] _taps = [];

    public bool IsWatched => _taps.Length > 0;

    /// <summary>Watches one log on its way to one sink until it is disposed of; null: too many watch already.</summary>
    public RecordTap? Open(string log, string sink)
    {
        lock (_lock)
        {
            if (_taps.Length >= MaxTaps)
            {
                return null;
            }

            var tap = new RecordTap(this, log, sink);
            _taps = [.. _taps, tap];
            return tap;
        }
    }

    /// <summary>A lane has settled the batch, which stays its own.</summary>
    public void Offer(LogSource log, string sink, Batch batch)
    {
        foreach (var tap in _taps)
        {
            tap.Offer(log, sink, batch);
        }
    }

    internal void Close(RecordTap tap)
    {
        lock (_lock)
        {
            _taps = [.. _taps.Where(other => other != tap)];
        }
    }
}

/// <summary>Copies of the batches that one watcher has not looked at yet, in bounded memory.</summary>
internal sealed class RecordTap : IDisposable
{
    /// <summary>What the copies hold at most; a larger batch is never shown.</summary>
    public const long MaxBytes = 2 << 20;

    private readonly RecordTaps _taps;
    private readonly string _log;
    private readonly string _sink;
    private readonly Channel<(LogSource Log, Batch Batch)> _copies = Channel.CreateUnbounded<(LogSource, Batch)>(new UnboundedChannelOptions { SingleReader = true });
    private long _heldBytes;
    private long _missedRecords;

    internal RecordTap(RecordTaps taps, string log, string sink)
    {
        _taps = taps;
        _log = log;
        _sink = sink;
    }

    /// <summary>Records that came faster than they were looked at.</summary>
    public long MissedRecords => Interlocked.Read(ref _missedRecords);

    /// <summary>The next batch, which is the caller's to dispose of.</summary>
    public async ValueTask<(LogSource Log, Batch Batch)> TakeAsync(CancellationToken cancellation)
    {
        var copy = await _copies.Reader.ReadAsync(cancellation);
        Interlocked.Add(ref _heldBytes, -copy.Batch.Capacity);
        return copy;
    }

    public void Dispose()
    {
        _taps.Close(this);
        _copies.Writer.TryComplete();
        while (_copies.Reader.TryRead(out var copy))
        {
            copy.Batch.Dispose();
        }
    }

    internal void Offer(LogSource log, string sink, Batch batch)
    {
        if (sink != _sink || !(log.Name == _log || (log.Name.Length > _log.Length && log.Name[_log.Length] == '/' && log.Name.StartsWith(_log, StringComparison.Ordinal))))
        {
            return;
        }

        var bytes = batch.Bytes;
        if (bytes.IsEmpty)
        {
            return;
        }

        if (Interlocked.Read(ref _heldBytes) + bytes.Length > MaxBytes)
        {
            Interlocked.Add(ref _missedRecords, batch.Count);
            return;
        }

        var buffer = BytePool.Shared.Rent(bytes.Length);
        bytes.CopyTo(buffer);
        var copy = new Batch(batch.File, batch.Start, batch.End, buffer, 0, bytes.Length, batch.Framing)
        {
            Log = batch.Log,
            Path = batch.Path,
            SkippedBytes = batch.SkippedBytes,
            Flags = batch.Flags,
            ReadAtTicks = batch.ReadAtTicks,
            TimeBeforeTicks = batch.TimeBeforeTicks,
            LastTimeTicks = batch.LastTimeTicks,
        };
        Interlocked.Add(ref _heldBytes, copy.Capacity);
        if (!_copies.Writer.TryWrite((log, copy)))
        {
            copy.Dispose();
        }
    }
}
