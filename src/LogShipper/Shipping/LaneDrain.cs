using LogShipper.Tailing;

namespace LogShipper.Shipping;

/// <summary>
/// How a lane ends that ships what is left: it is over when everything was read and is settled, and nobody writes the log any more. Who writes is asked before each look:
/// who closes the file after it has written nothing that the look does not see.
/// </summary>
internal sealed class LaneDrain(LogReader reader, LookRequests requests, TimeProvider time)
{
    private volatile bool _waitsForQuiet = true;
    private bool _waitsInThisTurn;
    private bool _hadInFlight;
    private bool? _nobodyWrites;

    /// <summary>Begun: everything that there is is shipped without waiting for the interval.</summary>
    public bool IsBegun { get; private set; }

    /// <summary>Nobody writes the log any more, everything is settled and saved.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Begins it, or changes one under way; on any thread.</summary>
    /// <param name="waitForQuiet">False: what is there now is enough.</param>
    public void Begin(bool waitForQuiet)
    {
        // A turn that knows the new answer has taken this look, or takes it.
        requests.Ask();
        _waitsForQuiet = waitForQuiet;
        IsBegun = true;
    }

    /// <summary>Before the hints are taken: who no longer waits for quiet wants a last look, and must not end without it.</summary>
    public void BeginTurn() => _waitsInThisTurn = _waitsForQuiet;

    /// <summary>Whether the last batch came back since the last turn: only a new look can say that nothing is left, and the end waits for that alone.</summary>
    public bool WantsLook(int inFlight) => _hadInFlight && inFlight == 0;

    public void AskWriters(bool draining) => _nobodyWrites = draining ? reader.NobodyWrites() : false;

    /// <summary>What was written since the last look is not seen yet: this turn cannot say that all is read.</summary>
    public void LookIsNotDue() => _nobodyWrites = false;

    /// <param name="draining">It was begun before the look.</param>
    /// <param name="inFlight">Batches under way.</param>
    /// <param name="isRead">Everything is read, and saved or cannot be.</param>
    /// <param name="quiet">How long nothing may have been written where the kernel does not say who writes.</param>
    public void EndTurn(bool draining, int inFlight, bool isRead, TimeSpan quiet)
    {
        _hadInFlight = inFlight > 0;
        IsOver = draining && inFlight == 0 && isRead && (!_waitsInThisTurn || IsQuiet(quiet));
    }

    private bool IsQuiet(TimeSpan quiet) => _nobodyWrites ?? time.GetElapsedTime(Math.Max(reader.LastGrowth(), 0), time.GetTimestamp()) >= quiet;
}
