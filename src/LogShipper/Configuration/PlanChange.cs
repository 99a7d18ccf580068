using LogShipper.Sinks.Elasticsearch;

namespace LogShipper.Configuration;

/// <summary>In what two plans differ. Lists are compared by what stands in them: two plans loaded from one text are the same.</summary>
internal static class PlanChange
{
    /// <summary>What of <paramref name="next"/> can be in force in this process: some of it waits for the next start.</summary>
    public static Plan Become(this Plan inForce, Plan next) => next with
    {
        StateDirectory = inForce.StateDirectory,
        Instance = inForce.Instance,
        Admin = inForce.Admin,
        Diagnostics = next.Diagnostics with { Format = inForce.Diagnostics.Format },
    };

    /// <summary>The keys of what differs and waits for the next start.</summary>
    public static IReadOnlyList<string> WaitingForNextStart(Plan inForce, Plan next)
    {
        var keys = new List<string>();
        AddIf(inForce.StateDirectory != next.StateDirectory, Settings.StateDirectory.Name);
        AddIf(inForce.Instance != next.Instance, Settings.Instance.Name);
        AddIf(inForce.Admin != next.Admin, Settings.Admin.Name);
        AddIf(inForce.Diagnostics.Format != next.Diagnostics.Format, $"{Settings.Diagnostics.Name}:{Settings.DiagnosticsFormat.Name}");
        return keys;

        void AddIf(bool differs, string key)
        {
            if (differs)
            {
                keys.Add($"{Settings.Root.Name}:{key}");
            }
        }
    }

    /// <summary>Whether the lines of both are read alike (where their files are is another question).</summary>
    public static bool ReadsAs(this LogPlan log, LogPlan other) =>
        log.TimeZone.Equals(other.TimeZone) && log.Formats.SequenceEqual(other.Formats, StringComparer.Ordinal);

    /// <summary>Whether both are one sink, whatever logs they get: then its connections and what is known of its health stay.</summary>
    public static bool IsSameSinkAs(this SinkPlan sink, SinkPlan other) => sink.Name == other.Name && (sink, other) switch
    {
        (StdoutSinkPlan left, StdoutSinkPlan right) => left.Options == right.Options,
        (ElasticsearchSinkPlan left, ElasticsearchSinkPlan right) => AreSame(left.Options, right.Options),
        _ => false,
    };

    /// <summary>A new member of the options is compared by itself; of lists the record knows only whether they are one object.</summary>
    private static bool AreSame(ElasticsearchOptions left, ElasticsearchOptions right) =>
        left == right with { Nodes = left.Nodes } && left.Nodes.SequenceEqual(right.Nodes);
}
