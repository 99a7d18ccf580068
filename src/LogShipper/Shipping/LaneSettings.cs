using LogShipper.Configuration;
using LogShipper.Parsing;
using LogShipper.Payloads;
using LogShipper.Tailing;

namespace LogShipper.Shipping;

/// <summary>One log as its lanes follow it: a glob's matches are logs of their own.</summary>
/// <param name="Name">The configuration's key, for a glob's match <c>key/relative path</c>.</param>
/// <param name="Directory">Where its files are.</param>
/// <param name="LiveName">The name under which nginx writes it.</param>
/// <param name="Parser">How its lines read.</param>
/// <param name="KeepOriginal">Whether documents carry <c>event.original</c>.</param>
internal sealed record LogSource(string Name, ILogDirectory Directory, string LiveName, LogParser Parser, bool KeepOriginal)
{
    /// <summary>What its lanes have told of its files.</summary>
    public FileNews News { get; init; } = new();

    /// <summary>The configuration's key of a log of this name: the same for all matches of a glob.</summary>
    public static string KeyOf(string name) => name.IndexOf('/') is > 0 and var slash ? name[..slash] : name;

    public string Path => $"{Directory.Path}/{LiveName}";

    /// <summary>What its sinks are told of it.</summary>
    public SinkLog ForSinks => new(Name, Parser.Dataset, KeepOriginal);
}

/// <summary>What all lanes have in common.</summary>
internal sealed record LaneSettings(
    string Instance, TimeSpan Interval, TimeSpan RotationGrace, TimeSpan DrainQuiet, BatchLimits Limits, DeadLetterPlan DeadLetters)
{
    public static LaneSettings From(Plan plan) => new(
        plan.Instance, plan.Interval, plan.RotationGrace, plan.DrainQuiet, new BatchLimits(plan.BatchBytes, plan.MaxLineBytes), plan.DeadLetters);

    /// <summary>Whether a running lane can take these over; else another lane goes on in its place.</summary>
    public bool CanBecome(LaneSettings next) => this == next with { Interval = Interval, DrainQuiet = DrainQuiet };

    /// <summary>The limits of what is sent to a sink: it may take less at once.</summary>
    public BatchLimits LimitsFor(ISink sink) => sink.MaxBatchBytes > 0 ? Limits with { BatchBytes = Math.Min(sink.MaxBatchBytes, Limits.BatchBytes) } : Limits;

    /// <summary>The most that a batch and its payload are reckoned to hold until the payload is there and measured.</summary>
    public static long Estimate(IRecordWriter writer, int batchBytes) =>
        batchBytes * (!writer.Parses || writer is IBatchWriter ? 2L : writer.Compression == PayloadCompression.Gzip ? 2L : 5L);
}
