using LogShipper.Tailing;

namespace LogShipper.Shipping;

/// <summary>What became of taking in a batch.</summary>
internal enum IntakeResult : byte
{
    /// <summary>There is nothing (more) to read in what the last look saw.</summary>
    Nothing,

    /// <summary>A batch, and the lease of its memory.</summary>
    Batch,

    /// <summary>The next record is larger than a batch: the next try takes the room of an oversize line for it.</summary>
    Oversize,

    /// <summary>The sink's memory has no room: the lane is woken when there may be some.</summary>
    NoRoom,

    /// <summary>Other lanes go through what comes next.</summary>
    LeftToOthers,

    /// <summary>The disk failed: nothing is known.</summary>
    Failed,
}

/// <summary>Takes in the next batch of a lane: room for it in the sink's memory first, then its bytes.</summary>
internal sealed class BatchIntake(LogReader reader, MemoryShare share, SinkProof proof, WakeSignal wake, int estimate) : IMemoryWaiter
{
    private bool _oversize;

    /// <summary>With the room of a long line nothing was found that could prove that the sink works: it is not asked for that again before the next look.</summary>
    private bool _hasNoProof;

    /// <summary>The lane only observes; null: it ships.</summary>
    public ObservingLane? Observing { get; set; }

    /// <summary>How long what comes next is left to others (timestamp).</summary>
    public long LeftUntil { get; private set; }

    /// <summary>Other lanes of the sink wait for memory.</summary>
    public bool KeepsOthersWaiting => share.IsAwaitedByOthers(this);

    public void Looked() => _hasNoProof = false;

    public IntakeResult TryTake(out Batch? batch, out MemoryLease? lease)
    {
        batch = null;
        lease = TryLease();
        if (lease is null)
        {
            return IntakeResult.NoRoom;
        }

        var result = Read(out batch);
        switch (result)
        {
            case IntakeResult.Batch:
                _oversize = false;
                return result;
            case IntakeResult.Oversize:
                _oversize = true;
                break;
            case IntakeResult.Nothing or IntakeResult.Failed:
                _hasNoProof = lease.IsOversize;
                break;
        }

        lease.Dispose();
        lease = null;
        return result;
    }

    /// <summary>It waits for memory no more.</summary>
    public void Withdraw() => share.Withdraw(this);

    public void RoomMayBeFree() => wake.Set();

    private MemoryLease? TryLease()
    {
        var lease = share.TryLease(this, estimate, _oversize);
        if (lease is null && !_oversize && !_hasNoProof && proof.IsNeeded())
        {
            // Refused records hold all there is, and the batch that would free them finds no room: it takes that of the long line.
            lease = share.TryLease(this, estimate, oversize: true);
        }

        return lease;
    }

    private IntakeResult Read(out Batch? batch)
    {
        ReadResult result;
        if (Observing is null)
        {
            result = reader.TryRead(_oversize, out batch);
        }
        else if (!Observing.TryRead(_oversize, out result, out batch, out var until))
        {
            LeftUntil = until;
            return IntakeResult.LeftToOthers;
        }

        return result switch
        {
            ReadResult.Batch => IntakeResult.Batch,
            ReadResult.Oversize => IntakeResult.Oversize,
            ReadResult.Failed => IntakeResult.Failed,

            // Also where the file holds something else now: the next look says what.
            _ => IntakeResult.Nothing,
        };
    }
}
