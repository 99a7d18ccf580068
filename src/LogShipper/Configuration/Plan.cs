using System.Collections.Immutable;
using System.Net;
using LogShipper.Sinks.Elasticsearch;
using LogShipper.Sinks.Stdout;
using Serilog.Events;

namespace LogShipper.Configuration;

/// <summary>The configuration, resolved, validated and immutable.</summary>
internal sealed record Plan
{
    public required TimeSpan Interval { get; init; }

    public required string StateDirectory { get; init; }

    /// <summary>Salts every document id: two instances never collide.</summary>
    public required string Instance { get; init; }

    public required TimeSpan DrainTimeout { get; init; }

    public required TimeSpan RotationGrace { get; init; }

    public required TimeSpan DrainQuiet { get; init; }

    public required long MemoryBudgetBytes { get; init; }

    public required int BatchBytes { get; init; }

    public required int MaxLineBytes { get; init; }

    public required string TerminationMessagePath { get; init; }

    public required AdminPlan Admin { get; init; }

    /// <summary>Enabled logs only.</summary>
    public required ImmutableArray<LogPlan> Logs { get; init; }

    /// <summary>Enabled sinks only.</summary>
    public required ImmutableArray<SinkPlan> Sinks { get; init; }

    public required DeadLetterPlan DeadLetters { get; init; }

    public required DiagnosticsPlan Diagnostics { get; init; }
}

/// <summary>What is told over HTTP.</summary>
/// <param name="Enabled">Whether anything is.</param>
/// <param name="Address">Where it listens.</param>
/// <param name="Port">0: any free one.</param>
/// <param name="Signals">Whether nginx's own signals are derived from the lines.</param>
internal sealed record AdminPlan(bool Enabled, IPAddress Address, int Port, bool Signals = true);

/// <summary>One log of the configuration; its path may be a glob.</summary>
/// <param name="Name">Its key.</param>
/// <param name="Path">Full path, or a glob.</param>
/// <param name="Formats">Names of formats or whole <c>log_format</c> strings, tried in order.</param>
/// <param name="TimeZone">Zone of times that carry none (error.log).</param>
/// <param name="KeepOriginal">Whether documents carry <c>event.original</c>.</param>
internal sealed record LogPlan(string Name, string Path, ImmutableArray<string> Formats, TimeZoneInfo TimeZone, bool KeepOriginal)
{
    /// <summary>Whether symbolic links among what the path leads to are followed: only where whoever writes there is trusted.</summary>
    public bool FollowSymlinks { get; init; }

    /// <summary>What has its lanes look, beside the interval.</summary>
    public LogWake Wake { get; init; }
}

/// <summary>What has the lanes of a log look at its files.</summary>
internal enum LogWake : byte
{
    /// <summary>Each interval, nothing else.</summary>
    Interval,

    /// <summary>The kernel's word that something was written, and the interval.</summary>
    Inotify,
}

/// <summary>One sink of the configuration.</summary>
/// <param name="Name">Its key.</param>
/// <param name="Logs">The names of the logs that it gets.</param>
internal abstract record SinkPlan(string Name, ImmutableArray<string> Logs);

internal sealed record StdoutSinkPlan(string Name, ImmutableArray<string> Logs, StdoutOptions Options) : SinkPlan(Name, Logs);

internal sealed record ElasticsearchSinkPlan(string Name, ImmutableArray<string> Logs, ElasticsearchOptions Options) : SinkPlan(Name, Logs);

/// <summary>A sink of the program's own, beside the configured ones: it gets every log.</summary>
internal sealed record ObservingSinkPlan(string Name) : SinkPlan(Name, []);

/// <summary>What happens when a dead letter file has no room left.</summary>
internal enum WhenFull : byte
{
    /// <summary>The lane stops until there is room: nothing is lost.</summary>
    Stop,

    /// <summary>The oldest dead letters make room and are counted as lost.</summary>
    DropOldest,
}

internal sealed record DeadLetterPlan(long MaxBytes, WhenFull WhenFull);

/// <summary>How diagnostics look on stderr.</summary>
internal enum DiagnosticsFormat : byte
{
    Json,
    Text,
}

internal sealed record DiagnosticsPlan(LogEventLevel Level, DiagnosticsFormat Format);
