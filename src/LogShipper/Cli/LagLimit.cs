using LogShipper.Configuration;
using LogShipper.Diagnostics;

namespace LogShipper.Cli;

/// <summary>How far a lane may be behind: in bytes or in time.</summary>
internal readonly record struct LagLimit(long? Bytes, TimeSpan? Time)
{
    public static bool TryParse(string text, out LagLimit limit)
    {
        limit = default;
        if (Duration.TryParse(text, out var time, out _))
        {
            limit = new LagLimit(null, time);
            return true;
        }

        if (ByteSize.TryParse(text, out var bytes, out _))
        {
            limit = new LagLimit(bytes, null);
            return true;
        }

        return false;
    }

    /// <summary>Null: it is not; else a sentence.</summary>
    public string? FaultOf(LaneStatus lane)
    {
        if (Bytes is { } bytes && lane.BytesBehind > bytes)
        {
            return $"{lane.Log} to {lane.Sink} is {StatusText.Size(lane.BytesBehind)} behind, more than {ByteSize.Format(bytes)}";
        }

        return Time is { } time && lane.SecondsBehind > time.TotalSeconds
            ? $"{lane.Log} to {lane.Sink} is {StatusText.Span(lane.SecondsBehind)} behind, more than {Duration.Format(time)}"
            : null;
    }
}
