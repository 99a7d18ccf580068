using LogShipper.Shipping;

namespace LogShipper.Diagnostics;

/// <summary>How a lane stands, as metrics and reports tell it alike.</summary>
internal static class LaneLag
{
    public const string ReadProblem = "read";
    public const string StateProblem = "state";
    public const string DeadLettersProblem = "dead_letters";

    public static readonly string[] ProblemKinds = [ReadProblem, StateProblem, DeadLettersProblem];

    /// <summary>
    /// How old what is not settled may be; 0: all of it is. Two bounds are known, and the smaller counts: how long the lane
    /// has not been level with its log (too large under steady load; after a start the age of the oldest record under way), and the age of the last settled record (too large
    /// after a quiet night, and not known where records are not parsed).
    /// </summary>
    public static double SecondsBehind(Shipper lane, TimeProvider time)
    {
        var behind = lane.BehindFor.TotalSeconds;
        if (behind == 0 || lane.LastRecordTicks is not (> 0 and var ticks))
        {
            return behind;
        }

        return Math.Clamp(TimeSpan.FromTicks(time.GetUtcNow().UtcTicks - ticks).TotalSeconds, 0, behind);
    }

    /// <summary>Why the last attempt of the sink that these lanes ship to failed; null: it did not, or nothing is left that could be tried again.</summary>
    public static string? SinkFailure(IEnumerable<Shipper> lanesOfSink) => lanesOfSink.FirstOrDefault(lane => lane.BytesBehind > 0 || lane.InFlight > 0)?.Circuit.Failure;

    public static bool HasProblem(Shipper lane, string kind) => kind switch
    {
        ReadProblem => lane.Events.ReadProblem is not null,
        StateProblem => lane.Events.WriteProblem is not null,
        _ => lane.Events.DeadLettersAreFull || lane.Events.DeadLettersProblem is not null,
    };

    /// <summary>What stands in the lane's way now, in words for people.</summary>
    public static IEnumerable<string> ProblemsOf(Shipper lane)
    {
        if (lane.Events.ReadProblem is { } read)
        {
            yield return read;
        }

        if (lane.Events.WriteProblem is { } state)
        {
            yield return $"the state directory cannot be written: {state}";
        }

        if (lane.Events.DeadLettersAreFull)
        {
            yield return "the dead letters have reached DeadLetters:MaxBytes";
        }

        if (lane.Events.DeadLettersProblem is { } letters)
        {
            yield return $"refused records cannot be kept as dead letters, and their lane waits: {letters}";
        }
    }
}
