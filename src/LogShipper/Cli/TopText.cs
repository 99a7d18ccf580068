using System.Globalization;
using LogShipper.Configuration;
using LogShipper.Diagnostics;

namespace LogShipper.Cli;

/// <summary>A status as <c>top</c> shows it: one line a lane, the worst first.</summary>
internal static class TopText
{
    private static readonly string[] FromBadToGood = [LaneState.Ended, LaneState.Blocked, LaneState.Failing, LaneState.Behind, LaneState.Current];

    public static IEnumerable<string> Of(StatusReport status, IReadOnlyDictionary<(string Log, string Sink), LaneRate> rates, DateTimeOffset now)
    {
        yield return StatusText.Heading(status);
        yield return Summary(status, rates);
        yield return "";
        var table = new TextTable("LOG", "SINK", "STATE", "BEHIND", "FOR", "RECORDS/S", "BYTES/S", "IN FLIGHT", "RETRIES", "LOST", "LAST ERROR");
        foreach (var lane in status.Lanes.OrderBy(lane => Array.IndexOf(FromBadToGood, lane.State)).ThenByDescending(lane => lane.BytesBehind))
        {
            var isKnown = rates.TryGetValue((lane.Log, lane.Sink), out var rate);
            table.Add(
                lane.Log, lane.Sink, lane.State, StatusText.Size(lane.BytesBehind), lane.BytesBehind == 0 ? "-" : StatusText.Span(lane.SecondsBehind),
                isKnown ? Number(rate.Records) : "-", isKnown ? StatusText.Size((long)rate.Bytes) : "-", lane.InFlightBatches == 0 ? "-" : StatusText.Size(lane.InFlightBytes),
                Words.Number(lane.Retries), lane.Ledger.Lost.Bytes == 0 ? "-" : StatusText.Size(lane.Ledger.Lost.Bytes), StatusText.LastError(lane, now));
        }

        foreach (var line in table.Lines())
        {
            yield return line;
        }

        foreach (var fault in StatusText.Faults(status))
        {
            yield return fault;
        }
    }

    private static string Summary(StatusReport status, IReadOnlyDictionary<(string Log, string Sink), LaneRate> rates)
    {
        var states = status.Lanes.CountBy(lane => lane.State).OrderBy(state => Array.IndexOf(FromBadToGood, state.Key)).Select(state => $"{state.Value} {state.Key}");
        var carried = rates.Count == 0 ? "" : $"; {Number(rates.Values.Sum(rate => rate.Records))} records/s, {StatusText.Size((long)rates.Values.Sum(rate => rate.Bytes))}/s";
        return $"{Words.Count(status.Lanes.Count, "lane")}: {string.Join(", ", states)}{carried}";
    }

    private static string Number(double value) => value is > 0 and < 9.95 ? value.ToString("0.0", CultureInfo.InvariantCulture) : Words.Number((long)Math.Round(value));
}
