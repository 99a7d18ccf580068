using LogShipper.Simulation.Sinks;

namespace LogShipper.Simulation;

/// <summary>What one run's world is like, drawn from its seed.</summary>
internal sealed class Scenario
{
    public Scenario(Random random, Random observing)
    {
        Logs = random.Next(3) == 0 ? 2 : 1;
        Sinks = 1 + random.Next(3);
        Interval = TimeSpan.FromSeconds(random.Next(4) switch { 0 => 0.5, 1 => 30, 2 => 12, _ => 4 });
        KnowsWriters = random.Next(3) > 0;
        KnowsBirths = random.Next(4) > 0;
        ReusesInodes = random.Next(2) == 0;
        BatchBytes = 1024 << random.Next(3);
        MaxLineBytes = random.Next(3) == 0 ? 512 : BatchBytes * 3;
        Budget = BatchBytes * Sinks * (4 + random.Next(8));
        Keep = 1 + random.Next(4);
        JoinsLines = random.Next(4) == 0;
        TearsLines = random.Next(3) == 0;
        BeginsAlike = KnowsBirths && random.Next(4) == 0;
        EqualLines = random.Next(4) == 0;
        InOrder = random.Next(2) == 0;
        var happening = Enum.GetValues<WorldAction>().Where(action => Optional(action) && random.Next(3) > 0).ToHashSet();
        if (BeginsAlike)
        {
            // Contents that begin alike cannot be told apart where the state is lost, nor where a file is emptied and
            // has grown past its old length with equal lines.
            happening.ExceptWith([WorldAction.LoseState, WorldAction.Kill, WorldAction.KillInStateWrite, WorldAction.KillMachine, WorldAction.FillState, WorldAction.RunOutOfDescriptors, WorldAction.Reload, WorldAction.EndSink, WorldAction.Drain, WorldAction.DrainWhileWriting, WorldAction.CopyAndTruncate, WorldAction.TruncateLive]);
        }

        if (BeginsAlike)
        {
            // Nor where some of them cannot be looked into.
            happening.ExceptWith([WorldAction.MissFiles, WorldAction.HideDirectory, WorldAction.RefuseFile, WorldAction.SpoilFile]);
        }

        OrdersRenames = BeginsAlike || random.Next(3) > 0;
        TellsLossesExactly = !BeginsAlike && random.Next(5) == 0;
        if (TellsLossesExactly)
        {
            // Of a file that holds nothing but a torn line nobody can prove that its copy carries it on.
            TearsLines = false;
            // A new process knows only what the checkpoint had noted, a fault hides what the look before it had seen.
            happening.RemoveWhere(action => action is (>= WorldAction.EndSink and not WorldAction.ChangeSink and not WorldAction.SetClock) or WorldAction.WriteLongLine);
        }

        if (!TearsLines)
        {
            happening.ExceptWith([WorldAction.WriteTornLine, WorldAction.AbandonTornLine]);
        }

        Refuses = happening.Contains(WorldAction.ChangeSink) || happening.Contains(WorldAction.WritePoison) || happening.Contains(WorldAction.EndSink);
        Actions = [.. Enum.GetValues<WorldAction>().Where(action => !Optional(action) || happening.Contains(action))];
        Steps = 40 + random.Next(120);
        Attempts = TimeSpan.FromSeconds(random.Next(2) == 0 ? 30 : 5);
        SinkKinds = [.. Enumerable.Range(0, Sinks).Select(_ => new SinkKind(
            KnowsIds: random.Next(2) == 0,
            MaxInFlight: InOrder ? 1 : 2 + random.Next(3),
            HasTimeout: random.Next(3) > 0,
            Poison: (PoisonTaste)random.Next(InOrder ? 2 : 4),
            AnswersAtOnce: random.Next(2) == 0))];
        if (Sinks > 1 && observing.Next(2) == 0)
        {
            Observe(observing);
        }
    }

    public string Instance => "pod";

    public int Logs { get; }

    public int Sinks { get; }

    public TimeSpan Interval { get; }

    public TimeSpan RotationGrace => TimeSpan.FromSeconds(10);

    public TimeSpan DrainQuiet => TimeSpan.FromSeconds(1);

    /// <summary>Leases are granted: one can ask who writes a file.</summary>
    public bool KnowsWriters { get; }

    /// <summary>The file system keeps birth times.</summary>
    public bool KnowsBirths { get; }

    public bool ReusesInodes { get; }

    public int BatchBytes { get; }

    public int MaxLineBytes { get; }

    public long Budget { get; private set; }

    /// <summary>Rotated files that are kept.</summary>
    public int Keep { get; }

    /// <summary>The logs are error logs: records may span lines.</summary>
    public bool JoinsLines { get; }

    public bool TearsLines { get; }

    /// <summary>Each new file of a log begins with the same lines.</summary>
    public bool BeginsAlike { get; }

    /// <summary>Lines with the same text stand in many places.</summary>
    public bool EqualLines { get; }

    /// <summary>The file system has the bytes of a file on the disk before a rename of it.</summary>
    public bool OrdersRenames { get; }

    /// <summary>Nothing happens to the process and no disk fails: the losses that are told must be those that were made.</summary>
    public bool TellsLossesExactly { get; }

    /// <summary>One request at a time for each log: order must hold.</summary>
    public bool InOrder { get; }

    /// <summary>Sinks may take a part of a request: order does not hold within it.</summary>
    public bool Refuses { get; }

    /// <summary>What was delivered once may be delivered again as a part of another record: a continuation or the rest of a torn line came later, a copy ends inside a line.</summary>
    public bool MayRegroup => JoinsLines || TearsLines || Actions.Contains(WorldAction.CopyAndTruncate);

    /// <summary>No process ends before the end of the history: what was seen once stays known.</summary>
    public bool ProcessLivesOn => !Actions.Any(action => action is WorldAction.EndSink or WorldAction.Kill or WorldAction.KillInStateWrite or WorldAction.KillMachine
        or WorldAction.Drain or WorldAction.DrainWhileWriting or WorldAction.Reload or WorldAction.LoseState);

    public int Steps { get; }

    public TimeSpan Attempts { get; }

    public IReadOnlyList<WorldAction> Actions { get; }

    public IReadOnlyList<SinkKind> SinkKinds { get; private set; }

    /// <summary>The last sink only observes, and what is parsed for another one need not be sent to it.</summary>
    public bool Observes => SinkKinds[^1].Observes;

    public string LogName(int log) => $"log{log}";

    public string LiveName(int log) => $"site{log}.log";

    private void Observe(Random random)
    {
        // At least one of the others is shown the records that it parses.
        var parsing = random.Next(Sinks - 1);
        SinkKinds = [.. SinkKinds.Select((kind, sink) => sink == Sinks - 1
            ? kind with { Observes = true, KnowsIds = false, MaxInFlight = 1, Poison = PoisonTaste.None, AnswersAtOnce = random.Next(2) == 0, SavesAtOnce = random.Next(2) == 0 }
            : kind with { Parses = sink == parsing || random.Next(2) == 0 })];
        // What is parsed is reckoned to need more than twice as much, and the first body takes more yet.
        Budget *= 4;
    }

    private static bool Optional(WorldAction action) => action is not (WorldAction.WriteLines or WorldAction.Wait);

    public override string ToString() =>
        $"{Logs} logs, {Sinks} sinks ({string.Join("; ", SinkKinds)}), interval {Interval}, batch {BatchBytes}, line {MaxLineBytes}, budget {Budget}, keep {Keep}"
        + $"{(KnowsWriters ? ", writers" : "")}{(KnowsBirths ? ", births" : "")}{(ReusesInodes ? ", reuse" : "")}{(JoinsLines ? ", joins" : "")}{(TearsLines ? ", torn" : "")}{(BeginsAlike ? ", alike" : "")}{(EqualLines ? ", equal" : "")}{(OrdersRenames ? ", ordered" : "")}{(TellsLossesExactly ? ", exact losses" : "")}";
}

/// <summary>What one sink is like.</summary>
internal sealed record SinkKind(bool KnowsIds, int MaxInFlight, bool HasTimeout, PoisonTaste Poison, bool AnswersAtOnce)
{
    /// <summary>Repeats would be seen: each batch is saved before the next one.</summary>
    public bool SavesAtOnce { get; init; } = !KnowsIds;

    /// <summary>Records are parsed on their way.</summary>
    public bool Parses { get; init; }

    /// <summary>It only observes the records, here or on their way to another sink.</summary>
    public bool Observes { get; init; }
}
