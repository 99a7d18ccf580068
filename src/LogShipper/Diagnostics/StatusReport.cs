using System.Text.Json;
using System.Text.Json.Serialization;
using LogShipper.Configuration;

namespace LogShipper.Diagnostics;

/// <summary>How everything stands at one moment: what <c>/status</c>, the <c>status</c> command and the page show. No content of a line, no secret.</summary>
/// <param name="Version">Of the program.</param>
/// <param name="Instance">What salts the document ids.</param>
/// <param name="Started">When the process began.</param>
/// <param name="UptimeSeconds">How long ago that is.</param>
/// <param name="Ready">The configuration is applied.</param>
/// <param name="Alive">Every loop turns.</param>
/// <param name="IntervalSeconds">How often the files are looked at.</param>
/// <param name="Lanes">Every log and sink, each with a position of its own.</param>
/// <param name="Sinks">The health of each sink.</param>
/// <param name="MemoryLimitBytes">What all batches and payloads may hold together.</param>
/// <param name="MemoryHeldBytes">What they hold.</param>
internal sealed record StatusReport(
    string Version, string Instance, DateTimeOffset Started, double UptimeSeconds, bool Ready, bool Alive, double IntervalSeconds,
    IReadOnlyList<LaneStatus> Lanes, IReadOnlyList<SinkStatus> Sinks, long MemoryLimitBytes, long MemoryHeldBytes)
{
    /// <summary>Globs that lead to no log, for what matches is no file. What is not told is read as null: an older shipper may run still, and tells of none.</summary>
    public IReadOnlyList<RefusedLogStatus> RefusedLogs { get; init => field = value ?? []; } = [];

    /// <summary>What became of changes of the configuration; null: whoever reports does not know.</summary>
    public ReloadState? Configuration { get; init; }

    public byte[] ToJson()
    {
        using var pieces = ToPieces();
        return pieces.ToArray();
    }

    /// <summary>The same; whoever takes them disposes of them.</summary>
    public SharedPieces ToPieces()
    {
        var pieces = new SharedPieces();
        using var json = new Utf8JsonWriter(pieces, new JsonWriterOptions { Indented = true });
        JsonSerializer.Serialize(json, this, StatusJson.Default.StatusReport);
        return pieces;
    }

    public static StatusReport? Parse(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize(json, StatusJson.Default.StatusReport);
}

/// <summary>How one log stands with one sink.</summary>
/// <param name="Log">Name of the log.</param>
/// <param name="Sink">Name of the sink.</param>
/// <param name="Path">The live file.</param>
/// <param name="State">One word: <see cref="LaneState"/>.</param>
/// <param name="BytesBehind">Bytes that are not settled.</param>
/// <param name="SecondsBehind">How old what is not settled may be; 0: all of it is.</param>
/// <param name="LastRecord">Time of the last settled record; null: none yet, or records are not parsed on the way to this sink.</param>
/// <param name="InFlightBatches">Batches under way.</param>
/// <param name="InFlightBytes">Their bytes.</param>
/// <param name="OpenFiles">Files that are open.</param>
/// <param name="Files">How far each file is settled, oldest first.</param>
/// <param name="CheckpointAgeSeconds">How long something has been settled that is not saved.</param>
/// <param name="Retries">Attempts that were not the first of their batch.</param>
/// <param name="Rotations">Rotations that were seen.</param>
/// <param name="Truncations">Truncations that were seen.</param>
/// <param name="Problems">What stands in its way now.</param>
/// <param name="LastError">The last attempt that failed, which may long be made good.</param>
/// <param name="Ledger">What became of what.</param>
internal sealed record LaneStatus(
    string Log, string Sink, string Path, string State, long BytesBehind, double SecondsBehind, DateTimeOffset? LastRecord, int InFlightBatches, long InFlightBytes,
    int OpenFiles, IReadOnlyList<FileStatus> Files, double CheckpointAgeSeconds, long Retries, long Rotations, long Truncations, IReadOnlyList<string> Problems,
    ErrorStatus? LastError, LedgerStatus Ledger)
{
    /// <summary>Dead letters that are kept now: neither retried with success nor dropped; null: not known.</summary>
    public int? KeptDeadLetters { get; init; }
}

/// <summary>A glob that leads to no log.</summary>
/// <param name="Log">Name of the log.</param>
/// <param name="Path">The glob.</param>
/// <param name="Problem">What matches, and why it is not read.</param>
internal sealed record RefusedLogStatus(string Log, string Path, string Problem);

/// <summary>How far one file is settled.</summary>
internal sealed record FileStatus(string Name, long Offset, long Length);

/// <summary>Why an attempt failed: a short code (<c>http 503</c>, <c>document_parsing_exception</c>), never what the sink said.</summary>
internal sealed record ErrorStatus(string Reason, DateTimeOffset Time);

/// <summary>An amount of log.</summary>
internal sealed record AmountStatus(long Bytes, long Records);

/// <summary>Read = acknowledged + dead-lettered + filtered + lost + in flight.</summary>
internal sealed record LedgerStatus(
    AmountStatus Read, AmountStatus Acknowledged, AmountStatus DeadLettered, AmountStatus Filtered, AmountStatus Lost, IReadOnlyDictionary<string, AmountStatus> LostByReason,
    AmountStatus InFlight, long LateRecords, long DuplicateRecords);

/// <summary>The health of one sink.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Breaker">State of its circuit breaker.</param>
/// <param name="Failure">Why its last attempt failed, as a short code; null: it did not.</param>
/// <param name="MemoryHeldBytes">What its batches and payloads hold.</param>
/// <param name="MemoryLimitBytes">What they may hold.</param>
internal sealed record SinkStatus(string Name, string Breaker, string? Failure, long MemoryHeldBytes, long MemoryLimitBytes);

/// <summary>How a lane stands, in one word.</summary>
internal static class LaneState
{
    /// <summary>Everything is settled.</summary>
    public const string Current = "current";

    /// <summary>There is more to be shipped.</summary>
    public const string Behind = "behind";

    /// <summary>There is more to be shipped, and the sink does not take it now.</summary>
    public const string Failing = "failing";

    /// <summary>Something else stands in its way: see the problems.</summary>
    public const string Blocked = "blocked";

    /// <summary>The sink will never take anything again.</summary>
    public const string Ended = "ended";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(StatusReport))]
internal sealed partial class StatusJson : JsonSerializerContext;
