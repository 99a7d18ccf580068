using LogShipper.Configuration;
using LogShipper.Tailing;
using Microsoft.Extensions.Logging;

namespace LogShipper.Shipping;

/// <summary>
/// What happens to one lane, told once each: losses into the ledger and the log, problems when they begin and when they
/// end. Content of lines never, names of files with control characters escaped by the log's format.
/// </summary>
internal sealed partial class LaneEvents : ITailEvents, ICourierEvents
{
    private readonly string _log;
    private readonly string _sink;
    private readonly Ledger _ledger;
    private readonly ILogger _logger;
    private readonly IDeliveryObserver? _observer;
    private readonly FileNews _news;
    private LaneError? _lastError;
    private string? _problem;
    private string? _stateProblem;
    private volatile bool _full;
    private WaitingLetters? _waitingLetters;
    private Amount _mismatch;
    private long _ledgerMismatchBytes;
    private long _ledgerMismatchRecords;
    private long _retries;
    private long _rotations;
    private long _truncations;
    private long _lineRestStart;
    private long _lineRestBytes;

    public LaneEvents(string log, string sink, Ledger ledger, ILogger logger, IDeliveryObserver? observer = null, FileNews? news = null)
    {
        _log = log;
        _sink = sink;
        _ledger = ledger;
        _logger = logger;
        _observer = observer;
        _news = news ?? new FileNews();
    }

    public string Log => _log;

    public string Sink => _sink;

    public Ledger Ledger => _ledger;

    /// <summary>Pauses after which a batch, or a part of it, was tried again.</summary>
    public long Retries => Interlocked.Read(ref _retries);

    public void Retrying() => Interlocked.Increment(ref _retries);

    public long Rotations => Interlocked.Read(ref _rotations);

    public long Truncations => Interlocked.Read(ref _truncations);

    /// <summary>Why the log cannot be read now, or not all of it; null: it can.</summary>
    public string? ReadProblem => Volatile.Read(ref _problem);

    /// <summary>Why the state directory cannot be written now; null: it can.</summary>
    public string? WriteProblem => Volatile.Read(ref _stateProblem);

    /// <summary>By how much the ledger does not close; zero: it does.</summary>
    public Amount LedgerMismatch => new(Interlocked.Read(ref _ledgerMismatchBytes), Interlocked.Read(ref _ledgerMismatchRecords));

    /// <summary>There is no room for a dead letter, and the lane waits for it.</summary>
    public bool DeadLettersAreFull => _full;

    /// <summary>Why the disk does not take a dead letter, for which the lane waits; null: it waits for none.</summary>
    public string? DeadLettersProblem => Volatile.Read(ref _waitingLetters)?.Problem;

    /// <summary>The last attempt that was not delivered whole; null: there was none.</summary>
    public LaneError? LastError => Volatile.Read(ref _lastError);

    public void BatchRead(Batch batch) => _observer?.BatchRead(_log, _sink, batch.End - batch.Start);

    public void Attempted(Parcel parcel, Delivery delivery, DateTimeOffset started, TimeSpan duration)
    {
        if (delivery.Result != DeliveryResult.Answered || delivery.Items.Count > 0)
        {
            Volatile.Write(ref _lastError, new LaneError(delivery.Failure, started + duration));
        }

        _observer?.Attempted(new Attempt(_log, _sink, parcel.Batch, parcel.PartCount, parcel.Payload.Body.Length, delivery, started, duration));
    }

    public void NothingAccepted(string reason) => LogNothingAccepted(_log, _sink, reason);

    public void AcceptedAgain() => LogAcceptedAgain(_log, _sink);

    public void Lost(TrackedFile file, LossReason reason, long from, long bytes)
    {
        _ledger.LostUnread(reason, new Amount(bytes, 0));
        LogLost(_log, _sink, file.LastName, from, from + bytes, bytes, reason.Name());
    }

    public void Rotated(TrackedFile file)
    {
        Interlocked.Increment(ref _rotations);
        // Its name is the old one still where it has no other.
        if (file.IsLive)
        {
            if (_news.IsNew(FileNews.Kind.Removed, file.Identity, this))
            {
                LogRemoved(_log, file.LastName);
            }
        }
        else if (_news.IsNew(FileNews.Kind.Rotated, file.Identity, this))
        {
            LogRotated(_log, file.LastName);
        }
    }

    public void Truncated(TrackedFile file)
    {
        Interlocked.Increment(ref _truncations);
        if (_news.IsNew(FileNews.Kind.Truncated, file.Identity, this))
        {
            LogTruncated(_log, file.LastName);
        }
    }

    public void Problem(string? what)
    {
        if (Interlocked.Exchange(ref _problem, what) is var before && before == what)
        {
            return;
        }

        if (what is null)
        {
            LogReadAgain(_log, _sink, before);
        }
        else
        {
            LogProblem(_log, _sink, what);
        }
    }

    public void LineTooLong(Batch batch)
    {
        LogLineTooLong(_log, _sink, batch.Path, batch.Start);
    }

    /// <summary>Called as batches are settled, oldest first; told once for each line, when its end was reached.</summary>
    public void LineRestLost(Batch batch)
    {
        _lineRestStart = _lineRestBytes == 0 ? batch.Start : _lineRestStart;
        _lineRestBytes += batch.SkippedBytes;
        // A batch with records that ends in a skipped line ends in the next one.
        if (!batch.EndsInSkippedLine || batch.Count > 0)
        {
            LogLost(_log, _sink, batch.Path, _lineRestStart, _lineRestStart + _lineRestBytes, _lineRestBytes, LossReason.LineTooLong.Name());
            _lineRestBytes = 0;
        }
    }

    /// <summary>Called by the lane's loop at every look; told once for each mismatch.</summary>
    public void LedgerDoesNotClose(Amount mismatch, Amount inFlight)
    {
        if (mismatch == _mismatch)
        {
            return;
        }

        NoteMismatch(mismatch);
        var reading = _ledger.Take();
        LogLedgerDoesNotClose(
            _log, _sink, reading.Read, reading.Acknowledged, reading.DeadLettered, reading.Filtered, reading.Lost, inFlight, mismatch.Bytes, mismatch.Records);
    }

    public void LedgerCloses()
    {
        if (_mismatch != default)
        {
            NoteMismatch(default);
        }
    }

    private void NoteMismatch(Amount mismatch)
    {
        _mismatch = mismatch;
        Interlocked.Exchange(ref _ledgerMismatchBytes, mismatch.Bytes);
        Interlocked.Exchange(ref _ledgerMismatchRecords, mismatch.Records);
    }

    public void DeadLettered(Batch batch, int records, string firstReason) => LogDeadLettered(_log, _sink, Words.Count(records, "record"), batch.Start, batch.End, batch.Path, firstReason);

    public void DeadLettersFull()
    {
        if (!_full)
        {
            _full = true;
            LogDeadLettersFull(_log, _sink);
        }
    }

    public void DeadLettersNotKept(Batch batch, string what)
    {
        if (Interlocked.Exchange(ref _waitingLetters, new WaitingLetters(batch.File, batch.End, what)) is null)
        {
            LogDeadLettersNotKept(_log, _sink, what);
        }
    }

    /// <summary>Called as batches are settled, oldest first: the one that waited, or what stands behind it, waits no more.</summary>
    public void Settled(Batch batch)
    {
        if (Volatile.Read(ref _waitingLetters) is { } waiting && (waiting.File != batch.File || waiting.End <= batch.End))
        {
            Volatile.Write(ref _waitingLetters, null);
            LogDeadLettersKept(_log, _sink);
        }
    }

    /// <summary>Told before the sum of them.</summary>
    public void DeadLettersDroppedFrom(string file, long from, long to, Amount amount) => LogDeadLettersDroppedFrom(_log, _sink, amount.Records, amount.Bytes, from, to, file);

    public void DeadLettersDropped(Amount amount) => LogDeadLettersDropped(_log, _sink, amount.Records, amount.Bytes);

    public void StateProblem(string what)
    {
        if (Interlocked.Exchange(ref _stateProblem, what) is null)
        {
            LogStateProblem(_log, _sink, what);
        }
    }

    public void StateWritten()
    {
        _full = false;
        if (Interlocked.Exchange(ref _stateProblem, null) is not null)
        {
            LogStateWritten(_log, _sink);
        }
    }

    public void CheckpointUnusable(string why) => LogCheckpointUnusable(_log, _sink, why);

    public void SinkEnded(string sink) => LogSinkEnded(_log, sink);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Log} to {Sink}: bytes {From} to {To} of {File} are lost ({Bytes} bytes): {Reason}")]
    private partial void LogLost(string log, string sink, string file, long from, long to, long bytes, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Log}: the log was rotated, {File} is read to its end")]
    private partial void LogRotated(string log, string file);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Log}: {File} was removed or replaced; what is not read of it is read through the open handle")]
    private partial void LogRemoved(string log, string file);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Log}: {File} was truncated and is read from its beginning")]
    private partial void LogTruncated(string log, string file);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Log} to {Sink}: {Problem}")]
    private partial void LogProblem(string log, string sink, string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Log} to {Sink}: it can be read again ({Problem})")]
    private partial void LogReadAgain(string log, string sink, string? problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Log} to {Sink}: a line at {Offset} of {File} is longer than MaxLineBytes and is shipped cut")]
    private partial void LogLineTooLong(string log, string sink, string file, long offset);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Log} to {Sink}: {Records} between {From} and {To} of {File} refused ({Reason}), kept as dead letters")]
    private partial void LogDeadLettered(string log, string sink, string records, long from, long to, string file, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Log} to {Sink}: the sink works, but has accepted nothing of this log for a minute ({Reason}); that is tried again until it does")]
    private partial void LogNothingAccepted(string log, string sink, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Log} to {Sink}: the sink accepts this log again")]
    private partial void LogAcceptedAgain(string log, string sink);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Log} to {Sink}: the dead letters have reached DeadLetters:MaxBytes; nothing more is shipped here until there is room")]
    private partial void LogDeadLettersFull(string log, string sink);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Log} to {Sink}: refused records cannot be kept as dead letters ({Problem}); this lane waits with them, and nothing is lost: make room in the state directory, or make it writable")]
    private partial void LogDeadLettersNotKept(string log, string sink, string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Log} to {Sink}: its dead letters no longer keep it waiting")]
    private partial void LogDeadLettersKept(string log, string sink);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Log} to {Sink}: {Records} dead letters ({Bytes} bytes) between bytes {From} and {To} of {File} are lost")]
    private partial void LogDeadLettersDroppedFrom(string log, string sink, long records, long bytes, long from, long to, string file);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Log} to {Sink}: {Records} dead letters ({Bytes} bytes) made room for newer ones and are lost")]
    private partial void LogDeadLettersDropped(string log, string sink, long records, long bytes);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Log} to {Sink}: the state directory cannot be written ({Problem}); shipping goes on, a restart now would repeat lines")]
    private partial void LogStateProblem(string log, string sink, string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Log} to {Sink}: the state directory is written again")]
    private partial void LogStateWritten(string log, string sink);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Log} to {Sink}: the ledger does not close, {Bytes} bytes and {Records} records are missing in it: read {Read}, acknowledged {Acknowledged}, dead-lettered {DeadLettered}, filtered {Filtered}, lost {Lost}, in flight {InFlight}. This is a defect of LogShipper")]
    private partial void LogLedgerDoesNotClose(
        string log, string sink, Amount read, Amount acknowledged, Amount deadLettered, Amount filtered, Amount lost, Amount inFlight, long bytes, long records);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Log} to {Sink}: the checkpoint cannot be used ({Why}); the log is read from its beginning")]
    private partial void LogCheckpointUnusable(string log, string sink, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Log}: {Sink} takes nothing any more, its reader is gone")]
    private partial void LogSinkEnded(string log, string sink);
}

/// <summary>Up to where a batch stands whose refused records the disk does not take.</summary>
internal sealed record WaitingLetters(FileId File, long End, string Problem);

/// <summary>Why an attempt failed, as a short code that quotes no document, and when.</summary>
internal sealed record LaneError(string Reason, DateTimeOffset Time);
