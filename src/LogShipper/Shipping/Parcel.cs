using LogShipper.Payloads;
using LogShipper.Tailing;

namespace LogShipper.Shipping;

/// <summary>How a delivery ended.</summary>
internal enum SettlementKind : byte
{
    /// <summary>Every record is delivered or kept as a dead letter.</summary>
    Settled,

    /// <summary>Nothing was settled and the lane wants its memory back: the range is read again later.</summary>
    GivenBack,

    /// <summary>The process is stopping; what stands beyond the settled beginning stays for the next start.</summary>
    Aborted,

    /// <summary>The sink will never take anything again.</summary>
    Ended,
}

/// <summary>What became of a batch.</summary>
/// <param name="Kind">How it ended.</param>
/// <param name="SettledRecords">Records at its beginning that are settled, without a gap.</param>
/// <param name="DeadLettered">Those of them that were kept as dead letters.</param>
internal readonly record struct Settlement(SettlementKind Kind, int SettledRecords, Amount DeadLettered);

/// <summary>
/// One batch under way to its sink: which of its records are still to be sent, in which parts. It owns the batch, the
/// payload and their lease.
/// </summary>
internal sealed class Parcel : IDisposable
{
    private const byte Open = 0;
    private const byte Delivered = 1;
    private const byte DeadLettered = 2;

    private readonly BatchEncoder _encoder;
    private readonly Stack<int[]> _laterParts = [];
    private byte[]? _fates;
    private int _merges;
    private bool _wasRefusedAlone;
    private int[]? _part;
    private Payload? _payload;
    private volatile TaskCompletionSource? _pause;
    private volatile bool _giveBack;
    private volatile bool _needsProof;
    private long _acceptedBefore = -1;

    /// <param name="batch">The batch.</param>
    /// <param name="payload">Its body; null: it is made when it is first needed.</param>
    /// <param name="lease">The memory of both.</param>
    /// <param name="encoder">Makes bodies of parts.</param>
    /// <param name="only">Indexes of the only records that are to be sent (ascending); null: all of them.</param>
    public Parcel(Batch batch, Payload? payload, MemoryLease lease, BatchEncoder encoder, int[]? only = null)
    {
        Batch = batch;
        Lease = lease;
        _payload = payload;
        _encoder = encoder;
        _part = only;
    }

    public Batch Batch { get; }

    public MemoryLease Lease { get; }

    /// <summary>Completes when nothing more is to be done for it.</summary>
    public Task<Settlement> Completion { get; set; } = Task.FromResult(default(Settlement));

    /// <summary>
    /// How many requests the sink had accepted when this round of attempts began: with the first one, or with the pause after
    /// a round that came to nothing; -1: none was made.
    /// </summary>
    public long AcceptedBefore => Interlocked.Read(ref _acceptedBefore);

    /// <summary>
    /// A record of it was refused alone, and by then nothing else had been accepted since: only the acceptance of another
    /// request can tell this record from a sink that refuses everything.
    /// </summary>
    public bool NeedsProof => _needsProof;

    /// <summary>Records refused for what they contain that are not kept as dead letters yet.</summary>
    public Dictionary<int, (string Reason, string? Detail)> Rejected { get; } = [];

    /// <summary>Waits out a pause with nothing settled: may be given back.</summary>
    public bool CanBeGivenBack => _pause is not null && _fates is null && Rejected.Count == 0;

    /// <summary>Waits for its next attempt.</summary>
    public bool IsPausing => _pause is not null;

    public bool IsGivingBack => _giveBack;

    /// <summary>The request that is to be sent now.</summary>
    public Payload Payload => _payload ??= _encoder.Encode(Batch, _part);

    /// <summary>How often the parts of earlier parcels of the lane were put together again: their halving is gone on with.</summary>
    public int MergesBefore { get; init; }

    /// <summary>Called when parts are put together again.</summary>
    public Action? Merged { get; init; }

    /// <summary>Called when a pause begins.</summary>
    public Action? Pausing { get; init; }

    /// <summary>Pauses one after the other between which nothing was settled, but for the first: what the backoff grows with.</summary>
    public int FruitlessPauses { get; private set; } = -1;

    /// <param name="progress">A part was settled since the last pause, so the sink works: the backoff begins anew.</param>
    public void BeginPause(bool progress)
    {
        FruitlessPauses = progress ? 0 : FruitlessPauses + 1;
        _pause = new TaskCompletionSource();
        Pausing?.Invoke();
    }

    /// <summary>Records in the present part.</summary>
    public int PartCount => _part?.Length ?? Batch.Count;

    public bool HasUnsent => PartCount > 0;

    /// <summary>Records that the sink has refused for what they contain.</summary>
    public int RefusedRecords => _fates.AsSpan().Count(DeadLettered);

    /// <summary>Waits out a pause, unless it is ended before.</summary>
    public async Task PauseAsync(TimeSpan pause, TimeProvider time)
    {
        var over = _pause!;
        // Inline: whoever ends the pause sends the next attempt on its way.
        using var timer = time.CreateTimer(static state => ((TaskCompletionSource)state!).TrySetResult(), over, pause, Timeout.InfiniteTimeSpan);
        await over.Task;
    }

    /// <summary>The next attempt is due at once. No pause: nothing happens.</summary>
    public void EndPause() => _pause?.TrySetResult();

    public void RequestGiveBack()
    {
        _giveBack = true;
        EndPause();
    }

    /// <summary>The pause is over: whether the parcel is given back, and not sent again.</summary>
    public bool EndsInGivingBack()
    {
        var givenBack = _giveBack && CanBeGivenBack;
        _pause = null;
        _giveBack &= givenBack;
        return givenBack;
    }

    /// <summary>An attempt is about to be made.</summary>
    public void NoteAttempt(long acceptedSoFar) => Interlocked.CompareExchange(ref _acceptedBefore, acceptedSoFar, -1);

    /// <summary>Takes in the answer to the present part; what is left of it, else the next part, becomes the present one.</summary>
    /// <returns>Whether records of the present part are to be sent again.</returns>
    public bool Apply(Delivery delivery)
    {
        if (delivery.Items.Count == 0 && _part is null && _fates is null)
        {
            _part = [];
            return false;
        }

        _fates ??= new byte[Batch.Count];
        var again = new List<int>();
        var next = 0;
        for (var i = 0; i < PartCount; i++)
        {
            var index = _part is null ? i : _part[i];
            if (next < delivery.Items.Count && delivery.Items[next].Item == i)
            {
                var item = delivery.Items[next++];
                switch (item.Fate)
                {
                    case ItemFate.Retry:
                        again.Add(index);
                        break;
                    case ItemFate.Rejected:
                        Rejected[index] = (item.Reason, item.Detail);
                        break;
                    default:
                        _fates[index] = DeadLettered;
                        break;
                }
            }
            else
            {
                _fates[index] = Delivered;
            }
        }

        if (again.Count > 0)
        {
            if (again.Count < PartCount)
            {
                Become([.. again]);
            }

            return true;
        }

        Become(_laterParts.Count > 0 ? _laterParts.Pop() : []);
        return false;
    }

    /// <summary>The only record of the present part is at fault.</summary>
    public void RejectPart(string reason)
    {
        _fates ??= new byte[Batch.Count];
        Rejected[Alone] = (reason, null);
        Become(_laterParts.Count > 0 ? _laterParts.Pop() : []);
    }

    /// <summary>
    /// Halves the present part; the first half goes first. After each time that the parts were put together again
    /// another half does: where every batch under way begins with a record at fault, nothing would ever be accepted,
    /// and none of them be told from a sink that refuses everything.
    /// </summary>
    public void Split()
    {
        var whole = _part ?? [.. Enumerable.Range(0, Batch.Count)];
        var secondFirst = (((MergesBefore + _merges) >> Math.Min(_laterParts.Count, 30)) & 1) == 1;
        var (first, second) = (whole[..(whole.Length / 2)], whole[(whole.Length / 2)..]);
        _laterParts.Push(secondFirst ? first : second);
        Become(secondFirst ? second : first);
    }

    /// <summary>The record that stands alone was refused: true the first time, when it goes to the sink again at once.</summary>
    public bool TakeSecondTry()
    {
        var isFirst = !_wasRefusedAlone;
        _wasRefusedAlone = isFirst;
        return isFirst;
    }

    /// <summary>The record that stands alone cannot be judged yet: puts all parts together again, in file order.</summary>
    public void WaitForProof(long accepted)
    {
        _needsProof = true;
        Interlocked.Exchange(ref _acceptedBefore, accepted);
        if (_part is null)
        {
            _wasRefusedAlone = false;
            return;
        }

        _merges++;
        Merged?.Invoke();
        var all = new List<int>(_part);
        while (_laterParts.Count > 0)
        {
            all.AddRange(_laterParts.Pop());
        }

        all.Sort();
        Become(all.Count == Batch.Count ? null : [.. all]);
    }

    /// <summary>What was rejected is kept now.</summary>
    public void RejectedAreKept()
    {
        _fates ??= new byte[Batch.Count];
        foreach (var index in Rejected.Keys)
        {
            _fates[index] = DeadLettered;
        }

        Rejected.Clear();
    }

    public Settlement Settle(SettlementKind kind)
    {
        if (_fates is null)
        {
            return new Settlement(kind, kind == SettlementKind.Settled ? Batch.Count : 0, default);
        }

        var settled = 0;
        var deadLettered = default(Amount);
        foreach (var record in Batch)
        {
            if (_fates[record.Index] == Open)
            {
                break;
            }

            settled++;
            if (_fates[record.Index] == DeadLettered)
            {
                deadLettered += new Amount(record.Bytes.Length, 1);
            }
        }

        return new Settlement(kind, settled, deadLettered);
    }

    public void Dispose()
    {
        _payload?.Dispose();
        Batch.Dispose();
        Lease.Dispose();
    }

    private int Alone => _part is null ? 0 : _part[0];

    private void Become(int[]? part)
    {
        _wasRefusedAlone = false;
        _part = part;
        _payload?.Dispose();
        _payload = null;
    }
}
