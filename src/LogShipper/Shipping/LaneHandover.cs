using LogShipper.Tailing;

namespace LogShipper.Shipping;

/// <summary>
/// How a lane ends in whose place another one goes on: nothing new is begun, what is under way may settle, what waits for another attempt is left to the next lane.
/// The files stay open until that has taken them over: one that was removed meanwhile has no other way back.
/// </summary>
internal sealed class LaneHandover(LogReader reader, LaneBooks books, LaneProgress progress, Dispatch dispatch, Ledger ledger, WakeSignal wake)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly LogReader _reader = reader;
    private readonly LaneBooks _books = books;
    private readonly LaneProgress _progress = progress;
    private volatile bool _isBegun;

    /// <summary>The lane was told to stop.</summary>
    public bool IsBegun => _isBegun;

    /// <summary>Begun, and nothing is under way any more.</summary>
    public bool IsAtRest { get; private set; }

    /// <summary>There is something to go on with: the sink has not ended.</summary>
    public bool LeavesTheRest => _isBegun && !dispatch.HasEnded;

    /// <summary>Begins it; on any thread.</summary>
    public void Begin()
    {
        _isBegun = true;
        wake.Set();
    }

    /// <summary>In the place of a turn that reads and sends.</summary>
    /// <returns>How long nothing is to be done unless something wakes the lane.</returns>
    public TimeSpan TakeTurn()
    {
        if (!dispatch.IsAborted && dispatch.OnlyPauses)
        {
            dispatch.Abort();
            wake.Set();
        }

        IsAtRest = dispatch.IsAtRest;
        _progress.Measure(_books.IsUnsaved, dispatch.OldestTimeTicks);
        return Pause;
    }

    /// <summary>The last turn is over: what is not settled is read again by the next lane.</summary>
    public void LeaveTheRest()
    {
        ledger.GaveBackTheRest();
        dispatch.Withdraw();
    }

    /// <summary>The other side of it: takes over what a stopped lane of the same log and sink left.</summary>
    public void TakeOver(LaneHandover stopped)
    {
        _reader.Chain.TakeOver(stopped._reader.Chain);
        _books.GoOnFrom(stopped._books);
        _progress.GoOnFrom(stopped._progress);
    }
}
