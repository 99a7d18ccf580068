using System.Globalization;
using System.Text;

namespace LogShipper.EndToEnd.Faults;

/// <summary>What stands around the numbers.</summary>
internal static class ReliabilityText
{
    public const string Beginning = """
        # Reliability

        Written by `./build.sh verify`: the real process, a strict receiver that speaks Elasticsearch's bulk protocol and stdout read into a file. LogShipper
        has its default configuration but for the paths of its logs and its state, its sinks and the admin port. Every line carries a number; afterwards
        each number is looked for in both sinks. A short run of the same scenarios is a part of `./build.sh test`; a scenario that a machine does not allow (mounts, control groups, another clock) says so.

        - **written**: lines that must arrive, which is all that nginx could write; for copytruncate those that stand in the copy or in the live file afterwards.
        - **lost**: of those, how many are not there at the end.
        - **repeated in Elasticsearch, by id**: documents whose id stands there twice; **by content**: lines that stand there under two ids.
        - **came again**: documents that were sent again (the answer was lost, the process was killed) and that the receiver knew by their id: nothing became
          of them. They show that the fault was there.
        - **repeated on stdout**: lines that were printed more than once. stdout knows no ids; a death by `kill -9` may repeat the batch that was being
          written, 64 KiB at most.

        Besides, in every scenario: the process ends with exit code 0 on SIGTERM, no ledger fails to close, and the ledger's losses are those of the table.

        ## What nobody can tell

        What is lost is told by the bytes that a look has seen. So there are two limits, which no scenario below can show:

        - What no look has ever seen is lost without a word: a file that was written and deleted, or written and emptied, between two looks or while LogShipper was not
          running. Nobody can tell but the one who wrote it. A shorter `Interval` and `Wake: inotify` make that time shorter; a rotation by rename that leaves the file in its
          directory for longer than an interval leaves none of it.
        - After copytruncate, and after a deletion, too much may be told to be lost, never too little of what a look has seen: a line may stand in a copy that could not be told for
          one, or be stored by a sink that could not answer any more before the line was gone and could not be sent again.

        ## Every fault

        """;

    public const string Head = """
        | scenario | what is done | written | lost, Elasticsearch | lost, stdout | repeated by id | by content | came again | repeated, stdout | what bounds it |
        |---|---|--:|--:|--:|--:|--:|--:|--:|---|

        """;

    /// <summary>Lost and repeated lines of the peers: Fluent Bit, rsyslog, syslog-ng, Fluentd, promtail.</summary>
    private static readonly (string What, string Scenario, string[] Peers)[] Comparisons =
    [
        ("`kill -9` three times in mid-flight", "killed three times", ["0 / 1,950–3,994", "0 / 278–6,380", "0 / 0", "0 / ~2,000", "0 / ~1,500"]),
        ("`kill -9` while the receiver is down", "killed while the receiver is down", ["0 / 0", "0 / 0–5,992", "0 / 0", "0 / 0", "1,260 / 0"]),
        ("renamed, 1 s of late lines, receiver down", "renamed while the receiver is down", ["7,980 / 0", "0 / 0", "2,631 / 0", "0 / 0", "7,979 / 0"]),
        ("renamed while stopped", "renamed while stopped", ["1,996 / 0", "1,999 / 0", "1,997 / 0", "1,997 / 0", "3,989 / 0"]),
        ("copytruncate", "copytruncate", ["0 / 0", "0 / 0", "12,072 / 0", "16 / 0", "437 / 0"]),
        ("every second request 429", "429 for every second request", ["0 / 0", "4,883 / 0", "0 / 0", "0 / 0", "0 / 0"]),
        ("every second item of a bulk 429", "429 for every second item", ["4,998 / 0", "0 / 4,998", "4,997 / 0", "4,999 / 0", ""]),
        ("torn last line, then rotation", "torn last line, then rotation", ["not shipped", "not shipped", "not shipped", "not shipped", "not shipped"]),
        ("1 MiB line, default configuration", "1 MiB line", ["the file is dropped for good", "whole", "cut at 64 KiB", "whole", "whole"]),
        ("bulk answer of over 512 KB", "answers of over 512 KB", ["every line twice", "", "", "", ""]),
        ("invalid UTF-8 in a request", "invalid UTF-8", ["bytes dropped", "invalid JSON sent", "escaped", "invalid JSON sent", ""]),
    ];

    public static string TitleOf(Part part) => part switch
    {
        Part.Receiver => "The receiver",
        Part.Network => "Names and certificates",
        Part.Death => "Death and stop",
        Part.Rename => "Rotation by rename",
        Part.CopyTruncate => "Rotation by copytruncate",
        Part.Files => "Deleted and alike",
        Part.State => "The state directory",
        Part.LogDirectory => "The log directory",
        Part.Lines => "Lines",
        _ => "The machine",
    };

    /// <summary>The table of the peers, with LogShipper's numbers from this run.</summary>
    public static string Peers(IReadOnlyList<Outcome> outcomes)
    {
        var text = new StringBuilder("""

            ## Beside others

            Lost / repeated lines where the scenario is the same. The others (Fluent Bit 5.1, rsyslog 8, syslog-ng, Fluentd and promtail, in summer 2026) were each run in
            their most reliable configuration, LogShipper in its default one; what is empty was not measured.

            | scenario | LogShipper | Fluent Bit | rsyslog | syslog-ng | Fluentd | promtail |
            |---|---|---|---|---|---|---|

            """);
        foreach (var (what, scenario, peers) in Comparisons)
        {
            var own = outcomes.FirstOrDefault(outcome => outcome.Scenario.Name == scenario) is { } outcome
                ? string.Create(CultureInfo.InvariantCulture, $"{outcome.LostInElasticsearch} / {outcome.RepeatedIds + outcome.RepeatedContents}")
                : "";
            text.Append(CultureInfo.InvariantCulture, $"| {what} | {own} | {string.Join(" | ", peers)} |\n");
        }

        return text.Append("\nLogShipper's own numbers are of Elasticsearch. A line of up to `MaxLineBytes` (1 MiB) is shipped whole; invalid UTF-8 comes as U+FFFD in JSON, and as it is on stdout.\n").ToString();
    }
}
