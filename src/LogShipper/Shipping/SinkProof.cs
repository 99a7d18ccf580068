using LogShipper.Tailing;

namespace LogShipper.Shipping;

/// <summary>What a lane sends beyond its window, so that a sink that works can show it by accepting something: a record that was refused alone is a dead letter only then.</summary>
internal sealed class SinkProof(SinkCircuit circuit, LogReader reader, Courier courier, Window window, int batchBytes)
{
    private Position _lastReread;

    /// <summary>
    /// Where every batch under way has a record that was refused alone, none of them is ever settled unless the sink
    /// accepts something else: one batch beyond the window is that. If it is refused as well, it is read again as soon as
    /// that doubles it, so that lines without fault come to stand in it.
    /// </summary>
    public bool MayReadAhead()
    {
        if (!IsNeeded())
        {
            return false;
        }

        if (window.Count <= circuit.Sink.MaxInFlight)
        {
            return true;
        }

        var newest = window.Newest!;
        var bytes = newest.Batch.End - newest.Batch.Start;
        var end = new Position(newest.Batch.File, newest.Batch.End);
        // What is unread may be the beginning of a line, which does not make it larger: not twice up to the same end.
        if (!courier.Draining && newest.CanBeGivenBack && end != _lastReread && bytes <= batchBytes / 2 && reader.UnreadBytes >= bytes
            && reader.CanReadAgain(newest.Batch.File))
        {
            _lastReread = end;
            newest.RequestGiveBack();
        }

        return false;
    }

    /// <summary>All that is under way waits for something else to be accepted.</summary>
    public bool IsNeeded()
    {
        foreach (var parcel in window.Parcels)
        {
            // What is delivered and waits for the older ones proves nothing any more.
            if (!parcel.Completion.IsCompleted && (!parcel.NeedsProof || parcel.AcceptedBefore != circuit.Accepted))
            {
                return false;
            }
        }

        return window.Count > 0;
    }
}
