namespace LogShipper.EndToEnd.Faults;

/// <summary>The parts of the table, in its order.</summary>
internal enum Part
{
    Receiver,
    Network,
    Death,
    Rename,
    CopyTruncate,
    Files,
    State,
    LogDirectory,
    Lines,
    Machine,
}

/// <summary>What is played, in the words of the table.</summary>
/// <param name="Part">Where it stands.</param>
/// <param name="Name">The fault.</param>
/// <param name="Done">What is done.</param>
/// <param name="Bound">What keeps the numbers where they are.</param>
internal sealed record Scenario(Part Part, string Name, string Done, string Bound)
{
    /// <summary>Lines that stdout may have twice; 0 unless a position is lost, or the death of a process can tear a batch.</summary>
    public long StdoutRepeats { get; init; }

    /// <summary>Records that the sink refused for what is in them: they are dead letters.</summary>
    public int DeadLetters { get; init; }

    /// <summary>What the ledger must name as lost; empty: nothing.</summary>
    public string LedgerLoses { get; init; } = "";

    /// <summary>Whether somebody listens from the start.</summary>
    public bool Listens { get; init; } = true;

    /// <summary>How fast the log grows.</summary>
    public int LinesPerSecond { get; init; } = 500;

    /// <summary>Whether the log is written all the time.</summary>
    public bool Loads { get; init; } = true;
}

/// <summary>What became of a scenario: counts, or why it could not be played.</summary>
internal sealed record Outcome(Scenario Scenario, int Line)
{
    public int Written { get; init; }

    public int LostInElasticsearch { get; init; }

    public int LostOnStdout { get; init; }

    public long RepeatedIds { get; init; }

    public long RepeatedContents { get; init; }

    /// <summary>Documents that came again and were known by their id.</summary>
    public long Conflicts { get; init; }

    public long RepeatedOnStdout { get; init; }

    public string? Skipped { get; init; }

    public string Note { get; init; } = "";

    public TimeSpan Took { get; init; }
}
