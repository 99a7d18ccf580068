using LogShipper.Payloads;
using LogShipper.Tailing;

namespace LogShipper.Shipping;

/// <summary>
/// Carries one log to one sink. A turn settles what came back, looks at the files when that is due, and sends what
/// there is; it never waits. The loop around it (<see cref="LaneLoop"/>) waits for the next look or for whatever comes first.
/// </summary>
internal sealed class Shipper : IDisposable
{
    private readonly TimeProvider _time;
    private readonly IRecordWriter _writer;
    private readonly LogReader _reader;
    private readonly Checkpoint _checkpoint;
    private readonly LanePlaces _places;
    private readonly LaneBooks _books;
    private readonly LaneProgress _progress;
    private readonly Courier _courier;
    private readonly Dispatch _dispatch;
    private readonly WakeSignal _wake;
    private readonly LookRequests _requests;
    private readonly LaneDrain _drain;
    private readonly LaneHandover _handover;
    private LaneSettings _settings;
    private LookSchedule _looks;
    private LaneSettings? _adopting;

    public Shipper(
        LogSource log, SinkCircuit circuit, MemoryShare share, IStateDirectory state, LaneSettings settings, TimeProvider time, Random random, LaneEvents events, Ledger ledger)
    {
        Log = log;
        Circuit = circuit;
        Memory = share;
        Events = events;
        Ledger = ledger;
        _settings = settings;
        _time = time;
        _wake = new WakeSignal(time);
        _requests = new LookRequests(time);
        _looks = new LookSchedule(settings.Interval, time);
        _writer = circuit.Sink.CreateWriter(log.ForSinks);
        var limits = settings.LimitsFor(circuit.Sink);
        _checkpoint = new Checkpoint(Checkpoint.FileNameOf(log.Name, circuit.Name), log.Path, state);
        _places = new LanePlaces(_checkpoint);
        _reader = new LogReader(
            log.Name, settings.Instance, log.LiveName, log.Directory, log.Parser, limits, settings.RotationGrace, _places, events, time);
        _drain = new LaneDrain(_reader, _requests, time);
        _progress = new LaneProgress(_reader, _places, time);
        _books = new LaneBooks(_checkpoint, state, _reader, ledger, events, time, circuit.Sink.CheckpointInterval);
        DeadLetters = new DeadLetters(DeadLetter.FileNameOf(log.Name, circuit.Name), circuit.Name, state, settings.DeadLetters, time) { Dropped = events.DeadLettersDroppedFrom };
        _courier = new Courier(circuit, DeadLetters, ledger, events, time, random);
        _dispatch = new Dispatch(
            circuit, _reader, _places, _books, new BatchEncoder(log.Parser, _writer), limits.BatchBytes,
            (int)Math.Min(int.MaxValue, LaneSettings.Estimate(_writer, limits.BatchBytes)), _courier, share, events, _wake, time)
        {
            Settled = batch => (Taps is { IsWatched: true } taps ? taps : null)?.Offer(log, circuit.Name, batch),
        };
        _handover = new LaneHandover(_reader, _books, _progress, _dispatch, ledger, _wake);
        Loop = new LaneLoop(this, _dispatch, _wake, time);
    }

    public LogSource Log { get; }

    /// <summary>Who watches what is settled; null: nobody can.</summary>
    public RecordTaps? Taps { get; init; }

    /// <inheritdoc cref="Dispatch.Rest"/>
    public BacklogRest? Rest
    {
        init => _dispatch.Rest = value;
    }

    /// <summary>What the lanes that ship this log go through for the one that only observes it, and whether this is that lane; null: nobody does.</summary>
    public (ObservedRanges Ranges, bool IsObserver)? Observed
    {
        init
        {
            if (value is { IsObserver: true } observed)
            {
                _places.Observed = observed.Ranges;
                _dispatch.Observing = new ObservingLane(observed.Ranges, _reader, _places, _books, _time);
            }
            else
            {
                _dispatch.Observed = value?.Ranges;
            }
        }
    }

    public string Sink => Circuit.Name;

    /// <summary>The sink's health, shared by all of its lanes.</summary>
    public SinkCircuit Circuit { get; }

    /// <summary>The sink's memory, shared by all of its lanes.</summary>
    public MemoryShare Memory { get; }

    public Ledger Ledger { get; }

    public LaneEvents Events { get; }

    /// <summary>Takes the turns, where nobody else does.</summary>
    public LaneLoop Loop { get; }

    /// <summary>What its sink refused for what it contains.</summary>
    public DeadLetters DeadLetters { get; }

    /// <inheritdoc cref="Courier.IsRefused"/>
    public bool IsRefused => _courier.IsRefused;

    /// <summary>Batches under way.</summary>
    public int InFlight => _dispatch.Count;

    /// <inheritdoc cref="LaneHandover.IsAtRest"/>
    public bool IsStopped => _handover.IsAtRest;

    /// <summary>It was stopped and its loop has ended: another lane may go on from here.</summary>
    public bool CanBeContinued => _handover.LeavesTheRest;

    /// <summary>The sink has said that it will never take anything again.</summary>
    public bool HasEnded => _dispatch.HasEnded;

    /// <inheritdoc cref="LaneDrain.IsOver"/>
    public bool IsDrained => _drain.IsOver;

    /// <inheritdoc cref="LaneProgress.BytesBehind"/>
    public long BytesBehind => _progress.BytesBehind;

    /// <inheritdoc cref="LaneProgress.OpenFiles"/>
    public int OpenFiles => _progress.OpenFiles;

    /// <inheritdoc cref="LaneProgress.Positions"/>
    public IReadOnlyList<LanePosition> Positions => _progress.Positions;

    /// <inheritdoc cref="LaneProgress.BehindFor"/>
    public TimeSpan BehindFor => _progress.BehindFor;

    /// <inheritdoc cref="LaneProgress.CheckpointAge"/>
    public TimeSpan CheckpointAge => _progress.CheckpointAge;

    /// <summary>UTC ticks of the last record that is settled; 0: none yet, or records are not parsed on their way.</summary>
    public long LastRecordTicks => _writer.Parses ? _books.SettledTimeTicks : 0;

    /// <summary>Followed but there is no file at all.</summary>
    public bool IsEmpty => _reader.Files.Count == 0 && _dispatch.Count == 0;

    /// <summary>For who drives the turns without a loop: whether something has woken the lane since it was last asked.</summary>
    public bool WasWoken() => _wake.TryTake();

    /// <summary>Loads the checkpoint. Called once, before the first turn.</summary>
    /// <exception cref="IOException">The state directory cannot be read.</exception>
    public void Load() => _books.Load();

    /// <summary>Called in the place of <see cref="Load"/>: goes on where a stopped lane of the same log and sink stood, with its files still open.</summary>
    public void GoOnFrom(Shipper stopped) => _handover.TakeOver(stopped._handover);

    /// <summary>Called before the first turn: moves the position in every file that is there to its beginning, or behind its last whole line; unconfirmed only if that touches no byte.</summary>
    public LaneReset Reset(bool toEnd, bool isConfirmed)
    {
        Look(_time.GetTimestamp(), draining: false);
        var position = new HandWrittenPosition(_reader, _checkpoint, Events, toEnd);
        position.Find(_settings.Limits.MaxLineBytes);
        if (!isConfirmed && position.Bytes > 0)
        {
            return new LaneReset(position.Files, position.Bytes, IsRefused: true, IsSaved: true);
        }

        position.Write();
        _books.Save();
        return new LaneReset(position.Files, position.Bytes, IsRefused: false, IsSaved: !_books.IsUnsaved);
    }

    /// <summary>One turn, without waiting.</summary>
    /// <returns>How long nothing is to be done unless something wakes the lane.</returns>
    public TimeSpan TakeTurn()
    {
        _dispatch.Settle();
        if (_handover.IsBegun)
        {
            return _handover.TakeTurn();
        }

        if (Interlocked.Exchange(ref _adopting, null) is { } settings)
        {
            _settings = settings;
            _looks = new LookSchedule(settings.Interval, _time);
        }

        _drain.BeginTurn();
        if (_requests.TryTake(out var asked))
        {
            _looks.Hasten(asked);
        }

        // One answer for the whole turn: a drain that begins in its middle has not looked yet, and must not end with it.
        var draining = _drain.IsBegun;
        if (draining && _drain.WantsLook(_dispatch.Count))
        {
            _looks.Hasten(_time.GetTimestamp());
        }

        _drain.AskWriters(draining);
        if (_looks.TryTake(draining, out var notBefore))
        {
            Look(notBefore, draining);
        }
        else
        {
            _drain.LookIsNotDue();
        }

        _dispatch.TakeBackTheNewest();
        var again = _dispatch.Fill();
        _books.SaveIfDue();
        _progress.Measure(_books.IsUnsaved, _dispatch.OldestTimeTicks);
        _drain.EndTurn(draining, _dispatch.Count, !HasEnded && _dispatch.ReadToTheEnd && (!_books.IsUnsaved || _books.SaveFailed), _settings.DrainQuiet);
        return again ? TimeSpan.Zero : Pause();
    }

    /// <summary>A hint from any thread that the files have changed: the next turn, which comes now, looks at them.</summary>
    /// <inheritdoc cref="LookRequests.TryHint"/>
    public void LookSoon(long asked, TimeSpan rest = default)
    {
        if (_requests.TryHint(asked, rest))
        {
            _wake.Set();
        }
    }

    /// <summary>From now on everything is shipped at once; the lane ends when there is nothing left and nobody writes.</summary>
    /// <param name="waitForQuiet">False: what is there now is enough; may be said of a drain under way.</param>
    public void Drain(bool waitForQuiet)
    {
        _books.SavesAtOnce = true;
        if (!waitForQuiet)
        {
            _dispatch.GoFirst();
        }

        _dispatch.Drain();
        _drain.Begin(waitForQuiet);
        _wake.Set();
    }

    /// <summary>From now on nothing new is read; the lane ends when the attempts under way have ended, and keeps its files open until it is disposed of.</summary>
    public void Stop() => _handover.Begin();

    /// <summary>Takes over what may change while the lane runs (see <see cref="LaneSettings.CanBecome"/>), at its next turn, which comes now.</summary>
    public void Adopt(LaneSettings settings)
    {
        Interlocked.Exchange(ref _adopting, settings);
        _wake.Set();
    }

    /// <summary>Ends every attempt and pause now.</summary>
    public void Abort()
    {
        _dispatch.Abort();
        _wake.Set();
    }

    /// <summary>The loop has ended: where no file is known, none of what the checkpoint says is needed any more.</summary>
    public void ForgetIfEmpty()
    {
        if (IsEmpty)
        {
            _books.Forget();
        }
    }

    /// <summary>Settles and saves what came back, frees the rest. Called once, after the last turn, when nothing is under way any more.</summary>
    public void Close()
    {
        _dispatch.Settle();
        _dispatch.PassOver();
        _books.Save();
        _progress.Measure(_books.IsUnsaved, _dispatch.OldestTimeTicks);
        _dispatch.Clear();
        if (_handover.LeavesTheRest)
        {
            _handover.LeaveTheRest();
            return;
        }

        Dispose();
    }

    public void Dispose()
    {
        _reader.Dispose();
        _dispatch.Dispose();
    }

    private void Look(long notBefore, bool draining)
    {
        _dispatch.Looked();
        _books.LookAtState();
        if (_dispatch.InFlight is { } inFlight)
        {
            _books.Check(inFlight);
        }

        _reader.Draining = draining;
        _reader.Look(notBefore);
        if (_reader.TakeCarriersMoved())
        {
            _checkpoint.NoteFilesChanged();
        }

        _places.Prune(file => _dispatch.Holds(file) || _reader.Knows(file));
    }

    private TimeSpan Pause()
    {
        var now = _time.GetTimestamp();
        var until = _looks.Next(_drain.IsBegun);
        if (_books.SaveDue is { } due)
        {
            until = Math.Min(until, Math.Max(due, now + 1));
        }

        if (_dispatch.RestEnd is { } end)
        {
            // Also where it has passed since: nothing else may wake the lane before the next look.
            until = Math.Min(until, end);
        }

        return _time.GetElapsedTime(now, Math.Max(until, now + 1));
    }
}
