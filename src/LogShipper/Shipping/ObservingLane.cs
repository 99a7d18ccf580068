using LogShipper.Tailing;

namespace LogShipper.Shipping;

/// <summary>
/// What the lane that only observes a log does otherwise than those that ship it: it passes over what they have gone through, leaves what is new to them at first,
/// and reads for itself what they do not come to.
/// </summary>
internal sealed class ObservingLane(ObservedRanges ranges, LogReader reader, LanePlaces places, LaneBooks books, TimeProvider time)
{
    /// <summary>It leaves what is new to others at first; may be changed by anybody.</summary>
    public bool IsPatient { get; set; } = true;

    /// <summary>Passes over what others have gone through. Only with nothing under way: a position moves for the oldest alone.</summary>
    public bool TryPass()
    {
        if (reader.Pass(ranges.TryPass) is not { } batch)
        {
            return false;
        }

        places.ReadOn(batch);
        books.Enter(batch);
        books.Settle(batch, new Settlement(SettlementKind.Settled, batch.Count, default));
        return true;
    }

    /// <summary>Reads the next batch; false: that is left to others for now.</summary>
    /// <param name="oversize">Whether the next line may be longer than a batch.</param>
    /// <param name="result">What became of it.</param>
    /// <param name="batch">What was read; null: nothing.</param>
    /// <param name="until">How long it is left to others (timestamp).</param>
    public bool TryRead(bool oversize, out ReadResult result, out Batch? batch, out long until)
    {
        if (!ranges.TryBeginReading(IsPatient, out until))
        {
            (result, batch) = (ReadResult.Nothing, null);
            return false;
        }

        result = reader.TryRead(oversize, out batch);
        ranges.EndReading(batch);
        return true;
    }

    /// <summary>Nothing is left to be read. Not null: others go through more of it, and this lane comes again then (timestamp).</summary>
    public long? ComesAgain()
    {
        if (ranges.HasMoreSoon)
        {
            return time.GetTimestamp() + time.TimestampTicks(ObservedRanges.Patience);
        }

        ranges.CaughtUp();
        return null;
    }
}
