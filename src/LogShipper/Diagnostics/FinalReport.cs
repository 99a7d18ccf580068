using System.Text;
using LogShipper.Configuration;
using LogShipper.Shipping;
using LogShipper.Tailing;
using Microsoft.Extensions.Logging;

namespace LogShipper.Diagnostics;

/// <summary>What is said at the end: the ledger of every lane on stderr, totals and the worst lanes in the termination message.</summary>
internal sealed partial class FinalReport
{
    /// <summary>What a kubelet keeps of a termination message.</summary>
    private const int MaxTerminationBytes = 4096;

    private readonly ILogger _logger;

    public FinalReport(ILogger logger) => _logger = logger;

    /// <summary>Writes the ledgers to the log and the totals to <paramref name="terminationMessagePath"/> if that file is there.</summary>
    public void Write(IReadOnlyList<Shipper> lanes, string terminationMessagePath)
    {
        foreach (var lane in lanes)
        {
            var ledger = lane.Ledger.Take();
            var lost = Losses(ledger);
            LogLedger(
                lane.Log.Name, lane.Sink, ledger.Read.Bytes, ledger.Read.Records, ledger.Acknowledged.Bytes, ledger.Acknowledged.Records,
                ledger.DeadLettered.Bytes, ledger.DeadLettered.Records, ledger.Filtered.Bytes, ledger.Filtered.Records, lost, lane.BytesBehind);
        }

        if (terminationMessagePath.Length > 0 && File.Exists(terminationMessagePath))
        {
            try
            {
                File.WriteAllText(terminationMessagePath, TerminationMessage(lanes));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                LogNoTerminationMessage(terminationMessagePath, exception.Message);
            }
        }
    }

    internal static string TerminationMessage(IReadOnlyList<Shipper> lanes)
    {
        var text = new StringBuilder();
        var left = lanes.Sum(lane => lane.BytesBehind);
        var ledgers = lanes.Select(lane => lane.Ledger.Take()).ToArray();
        text.Append($"delivered {Words.Count(ledgers.Sum(ledger => ledger.Acknowledged.Records), "record")} ({Words.Count(ledgers.Sum(ledger => ledger.Acknowledged.Bytes), "byte")}), ")
            .Append($"dead-lettered {ledgers.Sum(ledger => ledger.DeadLettered.Records)}, lost {Words.Count(ledgers.Sum(ledger => ledger.Lost.Bytes), "byte")}, left {Words.Count(left, "byte")}\n");
        foreach (var lane in lanes.Where(lane => lane.BytesBehind > 0).OrderByDescending(lane => lane.BytesBehind))
        {
            var line = $"{lane.Log.Name} to {lane.Sink}: {Words.Count(lane.BytesBehind, "byte")} left\n";
            if (Encoding.UTF8.GetByteCount(text.ToString()) + Encoding.UTF8.GetByteCount(line) > MaxTerminationBytes)
            {
                break;
            }

            text.Append(line);
        }

        return text.ToString();
    }

    private static string Losses(LedgerReading ledger)
    {
        var parts = new List<string>();
        foreach (var reason in Enum.GetValues<LossReason>())
        {
            if (ledger.LostByReason[(int)reason] is { Bytes: > 0 } amount)
            {
                parts.Add($"{reason.Name()} {amount.Bytes} bytes");
            }
        }

        return parts.Count == 0 ? "nothing" : string.Join(", ", parts);
    }

    [LoggerMessage(Level = LogLevel.Information, Message =
        "{Log} to {Sink}: read {ReadBytes} bytes in {ReadRecords} records, acknowledged {AcknowledgedBytes} in {AcknowledgedRecords}, " +
        "dead-lettered {DeadLetteredBytes} in {DeadLetteredRecords}, filtered {FilteredBytes} in {FilteredRecords}, lost {Lost}, left {LeftBytes} bytes")]
    private partial void LogLedger(
        string log, string sink, long readBytes, long readRecords, long acknowledgedBytes, long acknowledgedRecords, long deadLetteredBytes, long deadLetteredRecords,
        long filteredBytes, long filteredRecords, string lost, long leftBytes);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The termination message cannot be written to {Path}: {Problem}")]
    private partial void LogNoTerminationMessage(string path, string problem);
}
