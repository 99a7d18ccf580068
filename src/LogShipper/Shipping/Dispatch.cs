using LogShipper.Payloads;
using LogShipper.Tailing;

namespace LogShipper.Shipping;

/// <summary>
/// What one lane has under way: batches are read while there is room, sent, and settled oldest first when they come
/// back. Used by the lane's loop alone; anybody may abort it.
/// </summary>
internal sealed class Dispatch : IDisposable
{
    /// <summary>A turn ends after so many batches, so that a long catching-up shows signs of life.</summary>
    private const int MaxBatchesATurn = 64;

    private static readonly TimeSpan RestAfterGivingBack = TimeSpan.FromSeconds(1);

    private readonly SinkCircuit _circuit;
    private readonly LogReader _reader;
    private readonly LanePlaces _places;
    private readonly LaneBooks _books;
    private readonly BatchEncoder _encoder;
    private readonly Courier _courier;
    private readonly LaneEvents _events;
    private readonly WakeSignal _wake;
    private readonly TimeProvider _time;
    private readonly Window _window = new();
    private readonly SinkProof _proof;
    private readonly BatchIntake _intake;
    private readonly CancellationTokenSource _abort = new();
    private int _merges;
    private bool _isOver;

    /// <summary>Until when nothing is read, after a batch was given back (timestamp).</summary>
    private long _restUntil = long.MinValue;

    public Dispatch(
        SinkCircuit circuit, LogReader reader, LanePlaces places, LaneBooks books, BatchEncoder encoder, int batchBytes, int estimate, Courier courier, MemoryShare share, LaneEvents events, WakeSignal wake, TimeProvider time)
    {
        _circuit = circuit;
        _reader = reader;
        _places = places;
        _books = books;
        _encoder = encoder;
        _proof = new SinkProof(circuit, reader, courier, _window, batchBytes);
        _intake = new BatchIntake(reader, share, _proof, wake, estimate);
        _courier = courier;
        _events = events;
        _wake = wake;
        _time = time;
    }

    /// <summary>Told of each batch that is settled whole, before it is freed.</summary>
    public Action<Batch>? Settled { get; init; }

    /// <summary>The rest that it takes with other lanes while there is a backlog; null: it takes none. May be taken away by anybody.</summary>
    public BacklogRest? Rest { get; set; }

    /// <summary>Where it notes what of its batches it goes through for the lane that only observes the log; null: for nobody.</summary>
    public ObservedRanges? Observed { get; set; }

    /// <summary>It is that lane; null: it ships.</summary>
    public ObservingLane? Observing
    {
        get => _intake.Observing;
        set => _intake.Observing = value;
    }

    /// <summary>Batches under way.</summary>
    public int Count => _window.Count;

    /// <summary>When the lane must turn again because it read nothing for the sake of a rest (timestamp); it may be over by now.</summary>
    public long? RestEnd { get; private set; }

    /// <summary>The sink has said that it will never take anything again.</summary>
    public bool HasEnded { get; private set; }

    public bool IsAborted => _abort.IsCancellationRequested;

    /// <summary>Of what the last look saw nothing is left to be read but torn lines that may not be taken.</summary>
    public bool ReadToTheEnd { get; private set; }

    /// <summary>Every attempt has ended, well or not.</summary>
    public bool IsAtRest => _window.Parcels.All(parcel => parcel.Completion.IsCompleted);

    /// <summary>What has not ended waits for another attempt.</summary>
    public bool OnlyPauses => _window.Parcels.All(parcel => parcel.IsPausing || parcel.Completion.IsCompleted);

    /// <summary>What stands in the window; null: a gap stays there, and what is behind it is settled for nobody.</summary>
    public Amount? InFlight
    {
        get
        {
            if (_isOver)
            {
                return null;
            }

            var sum = default(Amount);
            foreach (var parcel in _window.Parcels)
            {
                sum += LaneBooks.AmountOf(parcel.Batch);
            }

            return sum;
        }
    }

    /// <summary>Time of the first record of the oldest batch under way; 0: there is none, or records are not parsed on this way.</summary>
    public long OldestTimeTicks => _window.Oldest?.Batch.FirstTimeTicks ?? 0;

    public bool Holds(FileId file) => _window.Holds(file);

    /// <summary>A look was begun: nobody may say that nothing is left until that is read.</summary>
    public void Looked()
    {
        ReadToTheEnd = false;
        _intake.Looked();
    }

    /// <summary>Reads and sends while there is room. True: there is more to be done at once.</summary>
    public bool Fill()
    {
        RestEnd = null;
        for (var batches = 0; !HasEnded && !IsAborted; batches++)
        {
            var began = _time.GetTimestamp();
            Settle();
            // Before the next batch: a death repeats the batch under way and none before it.
            _books.SaveIfDue();
            if (began < _restUntil)
            {
                RestEnd = _restUntil;
                return false;
            }

            if (_window.Newest is { IsGivingBack: true })
            {
                return false;
            }

            if (_window.Count >= _circuit.Sink.MaxInFlight && !_proof.MayReadAhead())
            {
                return false;
            }

            if (TryPass())
            {
                continue;
            }

            if (!_reader.HasUnread())
            {
                EndOfWhatIsSeen();
                return false;
            }

            if (Rest is { } rest && began < rest.Until)
            {
                RestEnd = rest.Until;
                return false;
            }

            if (batches >= MaxBatchesATurn)
            {
                return true;
            }

            switch (_intake.TryTake(out var batch, out var lease))
            {
                case IntakeResult.Batch:
                    Send(batch!, lease!);
                    Rest?.Took(began);
                    break;
                case IntakeResult.Oversize:
                    break;
                case IntakeResult.Nothing:
                    // What is left is the beginning of a line: nobody waits for memory for that.
                    EndOfWhatIsSeen();
                    return false;
                case IntakeResult.LeftToOthers:
                    RestEnd = _intake.LeftUntil;
                    return false;
                default:
                    return false;
            }
        }

        return false;
    }

    /// <summary>Enters what came back into the books: given back from the newest, settled from the oldest.</summary>
    public void Settle()
    {
        while (_window.Newest is { Completion: { IsCompletedSuccessfully: true, Result.Kind: SettlementKind.GivenBack } } newest)
        {
            _places.ReadAgain(newest.Batch);
            _books.TakeBack(newest.Batch);
            ReadToTheEnd = false;
            _restUntil = _time.GetTimestamp() + (long)(RestAfterGivingBack.TotalSeconds * _time.TimestampFrequency);
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

            _books.Settle(oldest.Batch, settlement);
            if (settlement.Kind == SettlementKind.Settled)
            {
                Settled?.Invoke(oldest.Batch);
                _window.Remove(oldest);
                continue;
            }

            // What stands behind the gap stays unsettled, delivered or not.
            _isOver = true;
            if (settlement.Kind == SettlementKind.Ended)
            {
                HasEnded = true;
                _events.SinkEnded(_events.Sink);
                Abort();
            }
        }
    }

    /// <summary>Another lane of the sink waits for memory while this one only waits out a pause: its newest batch can be read again.</summary>
    public void TakeBackTheNewest()
    {
        if (!_courier.Draining && _window.Newest is { CanBeGivenBack: true, IsGivingBack: false } newest
            && _intake.KeepsOthersWaiting && _reader.CanReadAgain(newest.Batch.File))
        {
            newest.RequestGiveBack();
        }
    }

    /// <summary>From now on pauses are short, and those under way are over.</summary>
    public void Drain()
    {
        _courier.Draining = true;
        _window.EndPauses();
    }

    /// <summary>From now on nothing is left to other lanes at first: they have ended, or nobody waits for them.</summary>
    public void GoFirst()
    {
        Rest = null;
        if (Observing is { } observing)
        {
            observing.IsPatient = false;
        }
    }

    /// <summary>Ends every attempt and pause now.</summary>
    public void Abort()
    {
        _abort.Cancel();
        _window.EndPauses();
    }

    /// <summary>Every attempt has ended.</summary>
    public async Task EndAsync()
    {
        foreach (var parcel in _window.Parcels)
        {
            await parcel.Completion;
        }
    }

    /// <summary>Frees what is left when nothing is under way any more.</summary>
    public void Clear()
    {
        while (_window.Oldest is { } parcel)
        {
            _window.Remove(parcel);
        }
    }

    /// <inheritdoc cref="BatchIntake.Withdraw"/>
    public void Withdraw() => _intake.Withdraw();

    /// <summary>It may still be aborted: whoever drains does not know which lanes have ended.</summary>
    public void Dispose() => Withdraw();

    /// <summary>The last thing that a lane does: whoever comes after it need not go through that again.</summary>
    public void PassOver()
    {
        while (TryPass())
        {
        }
    }

    /// <summary>Of what the last look saw nothing is left to be read.</summary>
    private void EndOfWhatIsSeen()
    {
        _intake.Withdraw();
        RestEnd = Observing?.ComesAgain();
        ReadToTheEnd = RestEnd is null && !_reader.LookFailed;
    }

    private bool TryPass() => _window.Count == 0 && Observing?.TryPass() == true;

    private Payload Encode(Batch batch)
    {
        if (Observed is not { } observed || !_encoder.Parses || !observed.TryBegin(batch))
        {
            return _encoder.Encode(batch);
        }

        var payload = _encoder.Encode(batch, observed: observed);
        observed.End(batch);
        return payload;
    }

    private void Send(Batch batch, MemoryLease lease)
    {
        var payload = batch.IsEmpty ? null : Encode(batch);
        lease.Resize(batch.Capacity + (payload?.Capacity ?? 0));
        _places.ReadOn(batch);
        _books.Enter(batch);
        var parcel = new Parcel(batch, payload, lease, _encoder) { Pausing = _wake.Set, MergesBefore = _merges, Merged = () => Interlocked.Increment(ref _merges) };
        _window.Add(parcel);
        if (batch.IsEmpty)
        {
            parcel.Completion = Task.FromResult(parcel.Settle(SettlementKind.Settled));
            return;
        }

        parcel.Completion = _courier.DeliverAsync(parcel, _abort.Token);
        _ = parcel.Completion.ContinueWith(
            static (_, state) => ((WakeSignal)state!).Set(), _wake, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }
}
