using LogShipper.Tailing;

namespace LogShipper.Shipping;

/// <summary>
/// A lane's ledger and checkpoint: what became of each batch is entered into both, and the checkpoint is saved when that
/// is due. Only batches that are settled come here, oldest first.
/// </summary>
internal sealed class LaneBooks
{
    private static readonly TimeSpan StateRetry = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Where each batch is saved before the next one is sent, no repeated record is owed to the death of the process; that of
    /// the machine may repeat what was sent for so long.
    /// </summary>
    private static readonly TimeSpan SyncInterval = TimeSpan.FromMilliseconds(250);

    private readonly Checkpoint _checkpoint;
    private readonly IStateDirectory _state;
    private readonly LogReader _reader;
    private readonly Ledger _ledger;
    private readonly LaneEvents _events;
    private readonly TimeProvider _time;
    private readonly TimeSpan _interval;
    private int _stateLosses;
    private long _syncDue = long.MinValue;
    private long _saveDue = long.MinValue;
    private bool _isUnsynced;

    /// <param name="checkpoint">Where the positions are kept.</param>
    /// <param name="state">Where it is saved.</param>
    /// <param name="reader">Knows which contents are still followed.</param>
    /// <param name="ledger">Where the amounts are kept.</param>
    /// <param name="events">Told when the state cannot be written.</param>
    /// <param name="time">The clock.</param>
    /// <param name="interval">The least time between two saves.</param>
    public LaneBooks(Checkpoint checkpoint, IStateDirectory state, LogReader reader, Ledger ledger, LaneEvents events, TimeProvider time, TimeSpan interval)
    {
        _checkpoint = checkpoint;
        _state = state;
        _stateLosses = state.CountLosses();
        _reader = reader;
        _ledger = ledger;
        _events = events;
        _time = time;
        _interval = interval;
    }

    /// <summary>UTC ticks of the last record that is settled; 0: none yet.</summary>
    public long SettledTimeTicks { get; private set; }

    /// <summary>Something was settled that is not saved.</summary>
    public bool IsUnsaved => _checkpoint.IsDirty;

    /// <summary>The last save failed.</summary>
    public bool SaveFailed { get; private set; }

    /// <summary>When what is unsaved may be saved, or what is saved must be synced (timestamp); null: all of it is.</summary>
    public long? SaveDue => _checkpoint.IsDirty ? _saveDue : _isUnsynced ? _syncDue : null;

    /// <summary>In the drain: nothing waits for its interval.</summary>
    public bool SavesAtOnce { get; set; }

    /// <summary>Loads the checkpoint.</summary>
    /// <exception cref="IOException">The state directory cannot be read.</exception>
    public void Load()
    {
        if (_checkpoint.Load(_reader.Chain, _time.GetTimestamp()) is { } why)
        {
            _events.CheckpointUnusable(why);
        }
    }

    /// <summary>Goes on where a stopped lane's books ended; the ledger is the same one.</summary>
    public void GoOnFrom(LaneBooks stopped)
    {
        _checkpoint.GoOnFrom(stopped._checkpoint);
        SettledTimeTicks = stopped.SettledTimeTicks;
    }

    /// <summary>Enters a batch that was read, before anything of it is sent.</summary>
    public void Enter(Batch batch)
    {
        if (_checkpoint.Introduce(batch.File))
        {
            Save();
        }

        _ledger.Read(AmountOf(batch));
        _events.BatchRead(batch);
        if (batch.Flags.HasFlag(RecordFlags.Late))
        {
            _ledger.CountLate(batch.Count);
        }

        if (batch.Flags.HasFlag(RecordFlags.Cut))
        {
            _events.LineTooLong(batch);
        }
    }

    /// <summary>The batch came back unsettled, and is read again.</summary>
    public void TakeBack(Batch batch) => _ledger.GaveBack(AmountOf(batch));

    /// <summary>The oldest batch has ended: what is settled of it, whole or at its beginning, moves the position.</summary>
    public void Settle(Batch batch, Settlement settlement)
    {
        if (settlement.Kind == SettlementKind.Settled)
        {
            var whole = AmountOf(batch);
            var skipped = new Amount(batch.SkippedBytes, 0);
            CountSkipped(batch);
            _ledger.Settled(whole - skipped - settlement.DeadLettered, settlement.DeadLettered, default);
            _events.Settled(batch);
            Advance(batch, batch.EndMark);
        }
        else if (settlement.SettledRecords > 0)
        {
            SettleBeginning(batch, settlement);
        }
    }

    /// <summary>The ledger must close with what is in flight; where it does not, a record was counted twice or not at all.</summary>
    public void Check(Amount inFlight)
    {
        if (_ledger.Closes(inFlight, out var mismatch))
        {
            _events.LedgerCloses();
        }
        else
        {
            _events.LedgerDoesNotClose(mismatch, inFlight);
        }
    }

    /// <summary>Looks whether what was saved is still there, but for its content: a directory that was removed has none of it.</summary>
    public void LookAtState()
    {
        var losses = _state.CountLosses();
        if (losses != _stateLosses)
        {
            _stateLosses = losses;
            _checkpoint.NoteFilesChanged();
        }
    }

    public void SaveIfDue()
    {
        var now = _time.GetTimestamp();
        if (_checkpoint.IsDirty ? SavesAtOnce || now >= _saveDue : _isUnsynced && now >= _syncDue)
        {
            Save(now, isSynced: _interval > TimeSpan.Zero || now >= _syncDue);
        }
    }

    /// <summary>Saves what is not saved, durably.</summary>
    public void Save()
    {
        if (_checkpoint.IsDirty || _isUnsynced)
        {
            Save(_time.GetTimestamp(), isSynced: true);
        }
    }

    /// <summary>Nothing of what is saved is needed any more.</summary>
    public void Forget()
    {
        try
        {
            _checkpoint.Remove();
        }
        catch (IOException exception)
        {
            _events.StateProblem(exception.Message);
        }
    }

    private void Save(long now, bool isSynced)
    {
        if (SaveFailed)
        {
            LookAtState();
        }

        try
        {
            _checkpoint.Save(_reader.Chain, isSynced);
            _events.StateWritten();
            SaveFailed = false;
            _isUnsynced = !isSynced;
            _saveDue = now + _time.TimestampTicks(_interval);
            if (isSynced)
            {
                _syncDue = now + _time.TimestampTicks(SyncInterval);
            }
        }
        catch (IOException exception)
        {
            _events.StateProblem(exception.Message);
            SaveFailed = true;
            _saveDue = now + _time.TimestampTicks(StateRetry);
            _syncDue = _saveDue;
        }
    }

    public static Amount AmountOf(Batch batch) => new(batch.End - batch.Start, batch.Count);

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

        CountSkipped(batch);
        _ledger.Settled(new Amount(bytes, settlement.SettledRecords) - settlement.DeadLettered, settlement.DeadLettered, default);
        Advance(batch, settlement.SettledRecords == batch.Count ? batch.EndMark : batch.MarkAfter(bytes));
    }

    private void CountSkipped(Batch batch)
    {
        if (batch.SkippedBytes > 0)
        {
            _ledger.LostInFlight(LossReason.LineTooLong, new Amount(batch.SkippedBytes, 0));
            _events.LineRestLost(batch);
        }
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
}
