using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace LogShipper.EndToEnd.Faults;

/// <summary>Gathers what became of every scenario and writes it, as a document, to the file that <c>LOGSHIPPER_REPORT</c> names.</summary>
public sealed class ReliabilityReport : IDisposable
{
    private static readonly ConcurrentQueue<Outcome> Outcomes = new();

    internal static void Add(Outcome outcome) => Outcomes.Enqueue(outcome);

    public void Dispose()
    {
        if (Environment.GetEnvironmentVariable("LOGSHIPPER_REPORT") is { Length: > 0 } path && !Outcomes.IsEmpty)
        {
            File.WriteAllText(path, Write([.. Outcomes.OrderBy(outcome => outcome.Scenario.Part).ThenBy(outcome => outcome.Line)]));
        }
    }

    private static string Write(IReadOnlyList<Outcome> outcomes)
    {
        var text = new StringBuilder(ReliabilityText.Beginning);
        foreach (var part in outcomes.GroupBy(outcome => outcome.Scenario.Part))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n### {ReliabilityText.TitleOf(part.Key)}\n\n{ReliabilityText.Head}");
            foreach (var outcome in part)
            {
                text.Append(Row(outcome));
            }
        }

        var played = outcomes.Where(outcome => outcome.Skipped is null).ToList();
        text.Append(string.Create(
            CultureInfo.InvariantCulture,
            $"\n{played.Count} scenarios, {played.Sum(outcome => (long)outcome.Written):N0} lines: {played.Sum(outcome => (long)outcome.LostInElasticsearch)} lost in Elasticsearch, {played.Sum(outcome => (long)outcome.LostOnStdout)} on stdout, {played.Sum(outcome => outcome.RepeatedIds + outcome.RepeatedContents)} repeated in Elasticsearch.\n"));
        text.Append(ReliabilityText.Peers(played));
        return text.ToString();
    }

    private static string Row(Outcome outcome)
    {
        var scenario = outcome.Scenario;
        if (outcome.Skipped is { } reason)
        {
            return $"| {scenario.Name} | {scenario.Done} | not played: {reason} | | | | | | | |\n";
        }

        var note = outcome.Note.Length > 0 ? $"{scenario.Bound} ({outcome.Note})" : scenario.Bound;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {scenario.Name} | {scenario.Done} | {outcome.Written:N0} | {outcome.LostInElasticsearch} | {outcome.LostOnStdout} | {outcome.RepeatedIds} | {outcome.RepeatedContents} | {outcome.Conflicts:N0} | {outcome.RepeatedOnStdout:N0} | {note} |\n");
    }
}
