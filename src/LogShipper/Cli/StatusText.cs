using System.Globalization;
using LogShipper.Configuration;
using LogShipper.Diagnostics;
using Polly.CircuitBreaker;

namespace LogShipper.Cli;

/// <summary>A status as people read it.</summary>
internal static class StatusText
{
    private static readonly string[] SizeUnits = ["B", "KiB", "MiB", "GiB", "TiB"];

    public static IEnumerable<string> Of(StatusReport status, DateTimeOffset now)
    {
        yield return Heading(status);
        yield return "";
        foreach (var line in Lanes(status, now))
        {
            yield return line;
        }

        foreach (var line in Faults(status))
        {
            yield return line;
        }

        yield return "";
        foreach (var line in Ledgers(status))
        {
            yield return line;
        }
    }

    public static string Heading(StatusReport status)
    {
        return PrintableText.Escape(
            $"logshipper {status.Version.Split('+')[0]}, instance {status.Instance}, up {Span(status.UptimeSeconds)}, {Worst(status)}; memory {Size(status.MemoryHeldBytes)} of {Size(status.MemoryLimitBytes)}");
    }

    /// <summary>The worst that is so now; <c>well</c>: nothing is wrong.</summary>
    private static string Worst(StatusReport status)
    {
        if (!status.Alive)
        {
            return "a loop does not turn";
        }

        if (!status.Ready)
        {
            return "the configuration is not applied yet";
        }

        // Late is what has not been level for two looks: the same bound as the page's.
        (int Count, string Noun, string What)[] findings =
        [
            (CountIn(status, LaneState.Blocked), "lane", "blocked"),
            (status.RefusedLogs.Count, "log", "blocked"),
            (status.Sinks.Count(sink => IsFailing(sink, status)), "sink", "failing"),
            (CountIn(status, LaneState.Failing), "lane", "failing"),
            (CountIn(status, LaneState.Ended), "lane", "ended"),
            (status.Lanes.Count(lane => lane.SecondsBehind > 30 + (2 * status.IntervalSeconds)), "lane", "behind"),
        ];
        var (count, noun, what) = Array.Find(findings, finding => finding.Count > 0);
        return count > 0 ? $"{Words.Count(count, noun)} {what}"
            : status.Configuration?.Problems.Count > 0 ? "the changed configuration is not applied"
            : "well";
    }

    /// <summary>A breaker that is open says nothing of a sink for which nothing is left.</summary>
    private static bool IsFailing(SinkStatus sink, StatusReport status) => sink.Failure is not null
        || (sink.Breaker != ShipperMetrics.NameOf(CircuitState.Closed) && status.Lanes.Any(lane => lane.Sink == sink.Name && lane.State != LaneState.Current));

    private static int CountIn(StatusReport status, string state) => status.Lanes.Count(lane => lane.State == state);

    /// <summary>What is wrong now, below an empty line; nothing, where nothing is.</summary>
    public static IEnumerable<string> Faults(StatusReport status)
    {
        var faults = status.Lanes.SelectMany(lane => lane.Problems.Select(problem => $"{lane.Log} to {lane.Sink}: {problem}"))
            .Concat(status.RefusedLogs.Select(log => $"{log.Log}: {log.Problem}"))
            .Concat(status.Configuration?.Problems.Select(problem => $"the changed configuration is not applied: {problem}") ?? [])
            .Concat(status.Configuration?.WaitingForNextStart.Select(key => $"{key} has changed, which takes effect at the next start") ?? [])
            .Concat(status.Sinks.Where(sink => sink.Failure is not null).Select(sink => $"sink {sink.Name}: {sink.Failure} (breaker {sink.Breaker})"))
            .Select(PrintableText.Escape)
            .ToArray();
        return faults.Length == 0 ? [] : faults.Prepend("");
    }

    /// <summary>The last attempt that failed, and how long ago; empty: none has.</summary>
    public static string LastError(LaneStatus lane, DateTimeOffset now) =>
        lane.LastError is { } error ? $"{error.Reason} {Span(Math.Max(0, (now - error.Time).TotalSeconds))} ago" : "";

    public static string Size(long bytes)
    {
        var value = (double)bytes;
        var unit = 0;
        while (value >= 1023.95 && unit < SizeUnits.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return unit == 0 ? $"{bytes} B" : string.Create(CultureInfo.InvariantCulture, $"{value:0.0} {SizeUnits[unit]}");
    }

    public static string Span(double seconds) => seconds switch
    {
        < 0.5 => "0s",
        < 100 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0}s"),
        < 6000 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0}m"),
        < 172_800 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0}h"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 86_400:0}d"),
    };

    private static IEnumerable<string> Lanes(StatusReport status, DateTimeOffset now)
    {
        var breakers = status.Sinks.ToDictionary(sink => sink.Name, sink => sink.Breaker, StringComparer.Ordinal);
        var table = new TextTable("LOG", "SINK", "STATE", "BEHIND", "FOR", "IN FLIGHT", "RETRIES", "BREAKER", "LAST ERROR");
        foreach (var lane in status.Lanes)
        {
            table.Add(
                lane.Log, lane.Sink, lane.State, Size(lane.BytesBehind), lane.BytesBehind == 0 ? "-" : Span(lane.SecondsBehind),
                lane.InFlightBatches == 0 ? "-" : Size(lane.InFlightBytes), Words.Number(lane.Retries), breakers.GetValueOrDefault(lane.Sink, "-"),
                LastError(lane, now));
        }

        return table.Lines();
    }

    private static IEnumerable<string> Ledgers(StatusReport status)
    {
        var table = new TextTable("SINCE THE START", "SINK", "READ", "DELIVERED", "RECORDS", "DEAD LETTERS", "FILTERED", "LOST", "WHY");
        foreach (var lane in status.Lanes)
        {
            var ledger = lane.Ledger;
            var reasons = ledger.LostByReason.Where(reason => reason.Value.Bytes > 0 || reason.Value.Records > 0);
            table.Add(
                lane.Log, lane.Sink, Size(ledger.Read.Bytes), Size(ledger.Acknowledged.Bytes), Words.Number(ledger.Acknowledged.Records), Words.Number(ledger.DeadLettered.Records),
                Words.Number(ledger.Filtered.Records), Size(ledger.Lost.Bytes), string.Join(", ", reasons.Select(reason => $"{reason.Key} {Size(reason.Value.Bytes)}")));
        }

        return table.Lines();
    }
}
