using LogShipper.Payloads;
using LogShipper.Tailing;

namespace LogShipper.Shipping;

/// <summary>
/// Carries one log to one sink. A turn settles what came back, looks at the files when that is due, and sends what
/// there is; it never waits. The loop around it waits for the next look or for whatever comes first.
/// </summary>
internal sealed class Shipper : IPositions, IMemoryWaiter, IDisposable
{
    /// <summary>A turn ends after so many batches, so that a long catching-up shows signs of life.</summary>
    private const int MaxBatchesATurn = 64;

    private static readonly TimeSpan RestAfterGivingBack = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StoppingPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StateRetry = TimeSpan.FromSeconds(1);

    private readonly SinkCircuit _circuit;
    private readonly MemoryShare _share;
    private readonly TimeProvider _time;
    private readonly IRecordWriter _writer;
    private readonly BatchEncoder _encoder;
    private readonly LogReader _reader;
    private readonly Checkpoint _checkpoint;
    private readonly Courier _courier;
    private readonly LaneEvents _events;
    private readonly Window _window = new();
    private readonly Dictionary<FileId, Mark> _nextRead = [];
    private readonly CancellationTokenSource _abort = new();
    private readonly WakeSignal _wake;
    private readonly int _estimate;
    private LaneSettings _settings;
    private LookSchedule _looks;
    private LaneSettings? _adopting;
    private long _saveDue = long.MinValue;
    private long _restUntil = long.MinValue;
    private long _deadline;
    private long _unsavedSince;
    private long _behindSince;
    private bool _oversize;
    private bool _isOver;
    private bool _saveFailed;
    private bool _waitsForQuiet = true;
    private volatile bool _stopping;

    /// <summary>Of what the last look saw nothing is left to be read but torn lines that may not be taken.</summary>
    private bool _readToTheEnd;

    public Shipper(
        LogSource log, SinkCircuit circuit, MemoryShare share, IStateDirectory state, LaneSettings settings, TimeProvider time, Random random, LaneEvents events, Ledger ledger)
    {
        Log = log;
        _settings = settings;
        _circuit = circuit;
        _share = share;
        _time = time;
        _events = events;
        Ledger = ledger;
        _writer = circuit.Sink.CreateWriter(new SinkLog(log.Name, log.Parser.Dataset, log.KeepOriginal));
        _encoder = new BatchEncoder(log.Parser, _writer);
        var stateName = $"{Uri.EscapeDataString(log.Name)}.{circuit.Name}";
        _checkpoint = new Checkpoint($"{stateName}.json", log.Path, state);
        DeadLetters = new DeadLetters($"{stateName}.deadletters.ndjson", circuit.Name, state, settings.DeadLetters, time);
        _courier = new Courier(circuit, DeadLetters, ledger, events, time, random);
        var limits = settings.Limits with
        {
            BatchBytes = circuit.Sink.MaxBatchBytes > 0 ? Math.Min(circuit.Sink.MaxBatchBytes, settings.Limits.BatchBytes) : settings.Limits.BatchBytes,
        };
        _estimate = (int)Math.Min(int.MaxValue, LaneSettings.Estimate(_writer, limits.BatchBytes));
        _reader = new LogReader(
            log.Name, settings.Instance, log.LiveName, log.Directory, log.Parser, limits, settings.RotationGrace, this, events, time);
        _wake = new WakeSignal(time);
        _looks = new LookSchedule(settings.Interval, time);
        _deadline = time.GetTimestamp();
    }

    public LogSource Log { get; }

    /// <summary>Who watches what is settled; null: nobody can.</summary>
    public RecordTaps? Taps { get; init; }

    public string Sink => _circuit.Name;

    /// <summary>The sink's health, shared by all of its lanes.</summary>
    public SinkCircuit Circuit => _circuit;

    /// <summary>The sink's memory, shared by all of its lanes.</summary>
    public MemoryShare Memory => _share;

    public Ledger Ledger { get; }

    public LaneEvents Events => _events;

    /// <summary>What its sink refused for what it contains.</summary>
    public DeadLetters DeadLetters { get; }

    /// <summary>Attempts that were not the first of their batch.</summary>
    public long Retries => _courier.Retries;

    /// <summary>Batches under way.</summary>
    public int InFlight => _window.Count;

    /// <summary>Told to stop, and nothing is under way any more.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>It was stopped and its loop has ended: another lane may go on from here.</summary>
    public bool CanBeContinued => _stopping && !HasEnded;

    /// <summary>The sink has said that it will never take anything again.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Stopping: everything that there is is shipped without waiting for the interval.</summary>
    public bool Draining { get; private set; }

    /// <summary>Nobody writes the log any more, everything is settled and saved.</summary>
    public bool IsDrained { get; private set; }

    /// <summary>When the loop must have turned again (timestamp).</summary>
    public long Deadline => Interlocked.Read(ref _deadline);

    /// <summary>Bytes of the log that are not settled, as far as the last look saw.</summary>
    public long BytesBehind { get; private set; }

    /// <summary>Files that are open.</summary>
    public int OpenFiles { get; private set; }

    /// <summary>UTC ticks of the last record that is settled; 0: none yet.</summary>
    public long SettledTimeTicks { get; private set; }

    /// <summary>What is settled of each file, as of the last turn.</summary>
    public IReadOnlyList<LanePosition> Positions { get; private set; } = [];

    /// <summary>Whether records are parsed on their way, so that <see cref="SettledTimeTicks"/> is a record's own time.</summary>
    public bool KnowsTimes => _writer.Parses;

    /// <summary>How long it is since everything that the last look saw was settled; zero: it is.</summary>
    public TimeSpan BehindFor => Interlocked.Read(ref _behindSince) is > 0 and var since ? _time.GetElapsedTime(since) : TimeSpan.Zero;

    /// <summary>How long something has been settled that is not saved; zero: all of it is.</summary>
    public TimeSpan CheckpointAge => Interlocked.Read(ref _unsavedSince) is > 0 and var since ? _time.GetElapsedTime(since) : TimeSpan.Zero;

    /// <summary>Followed but there is no file at all.</summary>
    public bool IsEmpty => _reader.Files.Count == 0 && _window.Count == 0;

    public Mark NextRead(FileId file) => _nextRead.TryGetValue(file, out var mark) ? mark : _checkpoint.Settled(file);

    public long SettledOffset(FileId file) => _checkpoint.Settled(file).Offset;

    public void RoomMayBeFree() => _wake.Set();

    /// <summary>For who drives the turns without a loop: whether something has woken the lane since this was last asked.</summary>
    public bool WasWoken() => _wake.TryTake();

    /// <summary>Loads the checkpoint. Called once, before the first turn.</summary>
    /// <exception cref="IOException">The state directory cannot be read.</exception>
    public void Load()
    {
        if (_checkpoint.Load(_reader.Chain, _time.GetTimestamp()) is { } why)
        {
            _events.CheckpointUnusable(why);
        }
    }

    /// <summary>
    /// Called in the place of <see cref="Load"/>: goes on where a stopped lane of the same log and sink stood, with its
    /// files still open. A file that was removed meanwhile has no other way back.
    /// </summary>
    public void GoOnFrom(Shipper stopped)
    {
        foreach (var (fingerprint, generation) in stopped._reader.Chain.Forgotten)
        {
            _reader.Chain.Forget(fingerprint, generation);
        }

        _reader.Chain.Files.AddRange(stopped._reader.Chain.Files);
        stopped._reader.Chain.Files.Clear();
        _checkpoint.GoOnFrom(stopped._checkpoint);
        SettledTimeTicks = stopped.SettledTimeTicks;
    }

    /// <summary>Called before the first turn: moves the position in every file that is there to its beginning, or behind its last whole line; unconfirmed only if that touches no byte.</summary>
    public LaneReset Reset(bool toEnd, bool isConfirmed)
    {
        Look(_time.GetTimestamp(), draining: false);
        var moves = new List<(TrackedFile File, Mark From, Mark To)>();
        foreach (var file in _reader.Files)
        {
            if (file is not { IsIdentified: true, CopyOf: null } || (toEnd && file.IsMissing))
            {
                continue;
            }

            var settled = _checkpoint.Settled(file.Id);
            var place = toEnd ? EndOf(file, settled) : Mark.Beginning;
            if (place.Offset != settled.Offset)
            {
                moves.Add((file, settled, place));
            }
        }

        var bytes = moves.Sum(move => Math.Abs(move.To.Offset - move.From.Offset));
        if (!isConfirmed && bytes > 0)
        {
            return new LaneReset(moves.Count, bytes, IsRefused: true, IsSaved: true);
        }

        foreach (var (file, from, to) in moves)
        {
            _checkpoint.Move(file.Id, to);
            if (toEnd)
            {
                _events.Lost(file, LossReason.Skipped, from.Offset, to.Offset - from.Offset);
            }
            else
            {
                file.ReadAnew();
            }
        }

        SaveIfDue(atOnce: true);
        return new LaneReset(moves.Count, bytes, IsRefused: false, IsSaved: !_checkpoint.IsDirty);
    }

    /// <summary>Turns until the drain is over, it is stopped or it is aborted.</summary>
    public async Task RunAsync()
    {
        while (!HasEnded && !IsDrained && !IsStopped && !_abort.IsCancellationRequested)
        {
            var pause = TakeTurn();
            if (pause > TimeSpan.Zero && !IsDrained && !IsStopped)
            {
                Interlocked.Exchange(ref _deadline, _time.GetTimestamp() + (long)(pause.TotalSeconds * _time.TimestampFrequency));
                await _wake.WaitAsync(pause);
            }
        }

        foreach (var parcel in _window.Parcels)
        {
            await parcel.Completion;
        }

        Close();
    }

    /// <summary>One turn, without waiting.</summary>
    /// <returns>How long nothing is to be done unless something wakes the lane.</returns>
    public TimeSpan TakeTurn()
    {
        Interlocked.Exchange(ref _deadline, _time.GetTimestamp());
        SettleWindow();
        if (_stopping)
        {
            return TakeStoppingTurn();
        }

        if (Interlocked.Exchange(ref _adopting, null) is { } settings)
        {
            _settings = settings;
            _looks = new LookSchedule(settings.Interval, _time);
        }

        // One answer for the whole turn: a drain that begins in its middle has not looked yet, and must not end with it.
        var draining = Draining;
        // Asked before the look: who closes the file after it has written nothing that the look does not see.
        var nobodyWrites = draining ? _reader.NobodyWrites() : false;
        if (_looks.TryTake(draining, out var notBefore))
        {
            Look(notBefore, draining);
        }
        else
        {
            // What was written since the last look is not seen yet: this turn cannot say that all is read.
            nobodyWrites = false;
        }

        TakeBackTheNewest();
        var again = Fill();
        SaveIfDue();
        Measure();
        IsDrained = draining && !HasEnded && _window.Count == 0 && _readToTheEnd && (!_checkpoint.IsDirty || _saveFailed) && IsQuiet(nobodyWrites);
        return again ? TimeSpan.Zero : Pause();
    }

    /// <summary>From now on everything is shipped at once; the lane ends when there is nothing left and nobody writes.</summary>
    /// <param name="waitForQuiet">False: what is there now is enough.</param>
    public void Drain(bool waitForQuiet)
    {
        _waitsForQuiet = waitForQuiet;
        _courier.Draining = true;
        Draining = true;
        _window.EndPauses();
        _wake.Set();
    }

    /// <summary>From now on nothing new is read; the lane ends when the attempts under way have ended, and keeps its files open until it is disposed of.</summary>
    public void Stop()
    {
        _stopping = true;
        _wake.Set();
    }

    /// <summary>Takes over what may change while the lane runs (see <see cref="LaneSettings.CanBecome"/>), at its next turn, which comes now.</summary>
    public void Adopt(LaneSettings settings)
    {
        Interlocked.Exchange(ref _adopting, settings);
        _wake.Set();
    }

    /// <summary>Ends every attempt and pause now.</summary>
    public void Abort()
    {
        _abort.Cancel();
        _window.EndPauses();
        _wake.Set();
    }

    /// <summary>The loop has ended: where no file is known, none of what the checkpoint says is needed any more.</summary>
    public void ForgetIfEmpty()
    {
        if (!IsEmpty)
        {
            return;
        }

        try
        {
            _checkpoint.Remove();
        }
        catch (IOException exception)
        {
            _events.StateProblem(exception.Message);
        }
    }

    public void Dispose()
    {
        _reader.Dispose();
        _share.Withdraw(this);
    }

    /// <summary>Nothing new is begun: what is under way may settle, what waits for another attempt is left to the next lane.</summary>
    private TimeSpan TakeStoppingTurn()
    {
        if (!_abort.IsCancellationRequested && _window.Parcels.All(parcel => parcel.IsPausing || parcel.Completion.IsCompleted))
        {
            Abort();
        }

        IsStopped = _window.Parcels.All(parcel => parcel.Completion.IsCompleted);
        Measure();
        return StoppingPause;
    }

    private bool IsQuiet(bool? nobodyWrites) =>
        !_waitsForQuiet || (nobodyWrites ?? _time.GetElapsedTime(Math.Max(_reader.LastGrowth(), 0), _time.GetTimestamp()) >= _settings.DrainQuiet);

    private void Look(long notBefore, bool draining)
    {
        _readToTheEnd = false;
        _reader.Draining = draining;
        _reader.Look(notBefore);
        if (_reader.TakeCarriersMoved())
        {
            _checkpoint.NoteFilesChanged();
        }

        _checkpoint.Prune(IsNeeded);
        foreach (var file in _nextRead.Keys.ToArray())
        {
            if (!IsNeeded(file))
            {
                _nextRead.Remove(file);
            }
        }
    }

    private bool IsNeeded(FileId file) => _window.Holds(file) || _reader.Knows(file);

    /// <summary>Reads and sends while there is room. True: there is more to be done at once.</summary>
    private bool Fill()
    {
        for (var batches = 0; !HasEnded && !_abort.IsCancellationRequested; batches++)
        {
            SettleWindow();
            // Before the next batch: a death repeats the batch under way and none before it.
            SaveIfDue();
            if (_window.Count >= _circuit.Sink.MaxInFlight || _time.GetTimestamp() < _restUntil || _window.Newest is { IsGivingBack: true })
            {
                return false;
            }

            if (!_reader.HasUnread())
            {
                _readToTheEnd = !_reader.LookFailed;
                _share.Withdraw(this);
                return false;
            }

            if (batches >= MaxBatchesATurn)
            {
                return true;
            }

            if (_share.TryLease(this, _estimate, _oversize) is not { } lease)
            {
                return false;
            }

            switch (_reader.TryRead(_oversize, out var batch))
            {
                case ReadResult.Batch:
                    _oversize = false;
                    Send(batch!, lease);
                    break;
                case ReadResult.Oversize:
                    lease.Dispose();
                    _oversize = true;
                    break;
                case ReadResult.Failed:
                    lease.Dispose();
                    return false;
                default:
                    // What is left is the beginning of a line: nobody waits for memory for that.
                    lease.Dispose();
                    _share.Withdraw(this);
                    _readToTheEnd = !_reader.LookFailed;
                    return false;
            }
        }

        return false;
    }

    private void Send(Batch batch, MemoryLease lease)
    {
        var payload = batch.Count > 0 ? _encoder.Encode(batch) : null;
        lease.Resize(batch.Capacity + (payload?.Capacity ?? 0));
        _nextRead[batch.File] = batch.EndMark;
        if (_checkpoint.Introduce(batch.File))
        {
            SaveIfDue(atOnce: true);
        }

        Ledger.Read(AmountOf(batch));
        _events.BatchRead(batch);
        if (batch.Flags.HasFlag(RecordFlags.Late))
        {
            Ledger.CountLate(batch.Count);
        }

        if (batch.Flags.HasFlag(RecordFlags.Cut))
        {
            _events.LineTooLong(batch);
        }

        var parcel = new Parcel(batch, payload, lease, _encoder) { Pausing = _wake.Set };
        _window.Add(parcel);
        if (batch.Count == 0)
        {
            parcel.Completion = Task.FromResult(parcel.Settle(SettlementKind.Settled));
            return;
        }

        parcel.Completion = _courier.DeliverAsync(parcel, _abort.Token);
        _ = parcel.Completion.ContinueWith(
            static (_, state) => ((WakeSignal)state!).Set(), _wake, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private static Amount AmountOf(Batch batch) => new(batch.End - batch.Start, batch.Count);

    private void SettleWindow()
    {
        while (_window.Newest is { Completion: { IsCompletedSuccessfully: true, Result.Kind: SettlementKind.GivenBack } } newest)
        {
            _nextRead[newest.Batch.File] = newest.Batch.StartMark;
            Ledger.GaveBack(AmountOf(newest.Batch));
            _readToTheEnd = false;
            _restUntil = _time.GetTimestamp() + Ticks(RestAfterGivingBack);
            _window.Remove(newest);
        }

        while (!_isOver && _window.Oldest is { Completion.IsCompleted: true } oldest)
        {
            // A fault is a programming error: it is thrown here and ends the process, which starts again from the checkpoint.
            var settlement = oldest.Completion.GetAwaiter().GetResult();
            if (settlement.Kind == SettlementKind.GivenBack)
            {
                // The newest before it are on their way back as well.
                return;
            }

            Settle(oldest.Batch, settlement);
            if (settlement.Kind == SettlementKind.Settled)
            {
                _window.Remove(oldest);
                continue;
            }

            // What stands behind the gap stays unsettled, delivered or not.
            _isOver = true;
            if (settlement.Kind == SettlementKind.Ended)
            {
                HasEnded = true;
                _events.SinkEnded(Sink);
                _abort.Cancel();
                _window.EndPauses();
            }
        }
    }

    private void Settle(Batch batch, Settlement settlement)
    {
        if (settlement.Kind == SettlementKind.Settled)
        {
            var whole = AmountOf(batch);
            var skipped = new Amount(batch.SkippedBytes, 0);
            if (skipped.Bytes > 0)
            {
                Ledger.LostInFlight(LossReason.LineTooLong, skipped);
            }

            Ledger.Settled(whole - skipped - settlement.DeadLettered, settlement.DeadLettered, default);
            Advance(batch, batch.EndMark);
            if (Taps is { IsWatched: true } taps)
            {
                taps.Offer(Log, Sink, batch);
            }
        }
        else if (settlement.SettledRecords > 0)
        {
            SettleBeginning(batch, settlement);
        }
    }

    /// <summary>The process ends within a batch: what is settled at its beginning is not sent again by the next one.</summary>
    private void SettleBeginning(Batch batch, Settlement settlement)
    {
        var bytes = 0;
        foreach (var record in batch)
        {
            if (record.Index == settlement.SettledRecords)
            {
                break;
            }

            bytes += record.Bytes.Length;
        }

        if (batch.SkippedBytes > 0)
        {
            Ledger.LostInFlight(LossReason.LineTooLong, new Amount(batch.SkippedBytes, 0));
        }

        Ledger.Settled(new Amount(bytes, settlement.SettledRecords) - settlement.DeadLettered, settlement.DeadLettered, default);
        Advance(batch, settlement.SettledRecords == batch.Count ? batch.EndMark : batch.MarkAfter(bytes));
    }

    private void Advance(Batch batch, Mark place)
    {
        // A content that was given up while this was in flight has no entry any more.
        if (_reader.Knows(batch.File))
        {
            _checkpoint.Advance(batch.File, batch.Start, place);
        }

        SettledTimeTicks = place.TimeTicks;
    }

    /// <summary>Another lane of the sink waits for memory while this one only waits out a pause: its newest batch can be read again.</summary>
    private void TakeBackTheNewest()
    {
        if (!Draining && _window.Newest is { CanBeGivenBack: true, IsGivingBack: false } newest
            && _share.IsAwaitedByOthers(this) && _reader.CanReadAgain(newest.Batch.File))
        {
            newest.RequestGiveBack();
        }
    }

    private Mark EndOf(TrackedFile file, Mark settled)
    {
        try
        {
            return LineEnd.Last(file, settled, _settings.Limits.MaxLineBytes);
        }
        catch (IOException exception)
        {
            _events.Problem(exception.Message);
            return settled;
        }
    }

    private void SaveIfDue(bool atOnce = false)
    {
        if (!_checkpoint.IsDirty || (!atOnce && !Draining && _time.GetTimestamp() < _saveDue))
        {
            return;
        }

        var now = _time.GetTimestamp();
        try
        {
            _checkpoint.Save(_reader.Chain);
            _events.StateWritten();
            _saveFailed = false;
            _saveDue = now + Ticks(_circuit.Sink.CheckpointInterval);
        }
        catch (IOException exception)
        {
            _events.StateProblem(exception.Message);
            _saveFailed = true;
            _saveDue = now + Ticks(StateRetry);
        }
    }

    private TimeSpan Pause()
    {
        var now = _time.GetTimestamp();
        var until = _looks.Next(Draining);
        if (_checkpoint.IsDirty)
        {
            until = Math.Min(until, Math.Max(_saveDue, now + 1));
        }

        if (_restUntil > now)
        {
            until = Math.Min(until, _restUntil);
        }

        return _time.GetElapsedTime(now, Math.Max(until, now + 1));
    }

    private void Measure()
    {
        long behind = 0;
        var positions = new List<LanePosition>(_reader.Files.Count);
        foreach (var file in _reader.Files)
        {
            if (!file.IsMissing && file.CopyOf is null)
            {
                var settled = file.IsIdentified ? SettledOffset(file.Id) : 0;
                behind += Math.Max(0, file.Length - settled);
                positions.Add(new LanePosition(file.LastName, settled, file.Length) { Content = ContentOf(file) });
            }
        }

        BytesBehind = behind;
        OpenFiles = _reader.OpenFiles;
        Positions = positions;
        Since(ref _unsavedSince, _checkpoint.IsDirty);
        Since(ref _behindSince, behind > 0);
    }

    private SettledContent? ContentOf(TrackedFile file) =>
        file.Fingerprint is { } fingerprint ? new SettledContent(file.Id, fingerprint, file.Generation, file.Identity, _checkpoint.Settled(file.Id)) : null;

    /// <summary>Keeps since when something is so (timestamp); 0: it is not.</summary>
    private void Since(ref long since, bool isSo) => Interlocked.Exchange(ref since, !isSo ? 0 : since > 0 ? since : Math.Max(1, _time.GetTimestamp()));

    /// <summary>Settles and saves what came back, frees the rest. Called once, after the last turn, when nothing is under way any more.</summary>
    public void Close()
    {
        SettleWindow();
        SaveIfDue(atOnce: true);
        Measure();
        while (_window.Oldest is { } parcel)
        {
            _window.Remove(parcel);
        }

        if (_stopping && !HasEnded)
        {
            Ledger.GaveBackTheRest();
            _share.Withdraw(this);
            return;
        }

        Dispose();
    }

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * _time.TimestampFrequency);
}

/// <summary>How far one file of a log is settled.</summary>
/// <param name="File">Its name in the log's directory.</param>
/// <param name="Offset">Up to where it is settled.</param>
/// <param name="Length">Its length, as the last look saw it.</param>
internal readonly record struct LanePosition(string File, long Offset, long Length)
{
    /// <summary>Which content it is; null: too little of it is there to know.</summary>
    public SettledContent? Content { get; init; }
}

/// <summary>What is needed to read again what is settled of one content, with the same ids.</summary>
internal readonly record struct SettledContent(FileId Id, Fingerprint Fingerprint, int Generation, FileIdentity Identity, Mark Settled);
