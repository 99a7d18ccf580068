using System.CommandLine;
using LogShipper.Configuration;
using LogShipper.Control;
using LogShipper.Parsing;

namespace LogShipper.Cli;

/// <summary><c>logshipper check</c>: everything that can be known before shipping, with all that is wrong.</summary>
internal static class CheckCommand
{
    private static readonly TimeSpan ContactTimeout = TimeSpan.FromSeconds(10);

    public static Command Create(CommandSetup setup, ConfigurationOptions options)
    {
        var command = new Command(
            "check",
            "Load the configuration, print the plan, look at the log files and the state directory, try the formats on the last lines, and contact the sinks. Ships nothing. Exits with 1 and lists all problems on stderr if there are any.");
        options.AddTo(command);
        command.SetAction((parsed, cancellation) => RunAsync(setup, options.SourcesOf(parsed), parsed.InvocationConfiguration, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(CommandSetup setup, ConfigurationSources sources, InvocationConfiguration console, CancellationToken cancellation)
    {
        var loaded = new ConfigurationLoader(setup.Surroundings).Load(sources);
        var found = new ProblemList();
        if (loaded.Draft is { } plan)
        {
            var report = new PlanReport(console.Output);
            report.Write(plan);
            report.WriteSection("Files", LookAtFiles(plan, loaded.Problems, found));
            report.WriteSection("Admin", await LookAtAdminPortAsync(setup, plan, found, cancellation));
            report.WriteSection("Contact", await ContactAsync(setup, plan, loaded.Problems, found, cancellation));
            report.WriteSection("Notes", [.. loaded.Notes.Select(note => ("", note.ToString())), .. NotesOnFormats(plan)]);
        }

        List<Problem> problems = [.. loaded.Problems, .. found.Problems];
        await CommandSetup.TellAsync(console.Error, problems);

        await console.Output.WriteLineAsync(problems.Count switch
        {
            0 => "No problems.",
            1 => "1 problem.",
            _ => $"{problems.Count} problems.",
        });
        return problems.Count == 0 ? ExitCode.Success : ExitCode.Problems;
    }

    private static List<(string Subject, string Finding)> LookAtFiles(Plan plan, IReadOnlyList<Problem> known, ProblemList found)
    {
        var findings = new List<(string, string)>();
        if (!HasProblem(known, $"{Settings.Root.Name}:{Settings.StateDirectory.Name}"))
        {
            findings.Add(("state", $"{plan.StateDirectory}: can be written"));
            findings.AddRange(StateDirectoryCheck.WarningsOf(plan.StateDirectory).Select(warning => ("state", $"warning: {warning}")));
        }

        var files = new LogFileCheck(findings, found);
        foreach (var log in plan.Logs)
        {
            // What is wrong with a format has been told by the loading.
            var isSound = !HasProblem(known, PlanBuilder.KeyOf(Settings.Logs, log.Name));
            files.Look(log, isSound ? LogParser.Compile(log.Formats, log.TimeZone, []) : null);
        }

        return findings;
    }

    private static IEnumerable<(string Subject, string Finding)> NotesOnFormats(Plan plan) =>
        from log in plan.Logs
        from unknown in FormatNames.UnknownIn(log.Formats)
        let meant = unknown.Nearest is null ? "" : $"; did you mean ${unknown.Nearest}?"
        select ("", $"{PlanBuilder.KeyOf(Settings.Logs, log.Name)}: ${unknown.Name} in its format is no variable of nginx's own and is shipped as nginx.access.{unknown.Name}{meant}");

    private static async Task<List<(string Subject, string Finding)>> LookAtAdminPortAsync(CommandSetup setup, Plan plan, ProblemList found, CancellationToken cancellation)
    {
        if (!plan.Admin.Enabled)
        {
            return [];
        }

        var address = new System.Net.IPEndPoint(plan.Admin.Address, plan.Admin.Port).ToString();
        if (setup.FindAdminFault(plan.Admin) is not { } fault)
        {
            return [("port", $"{address}: can be listened on")];
        }

        // Beside a running sidecar check is asked most often, and then the port is where it should be.
        if (await ControlClient.AnswersAsync(ControlAddress.In(plan.StateDirectory), cancellation))
        {
            return [("port", $"{address}: in use, with a shipper running on this state directory")];
        }

        found.Add(new Problem("", fault));
        return [("port", $"{address}: cannot be listened on")];
    }

    private static async Task<List<(string Subject, string Finding)>> ContactAsync(
        CommandSetup setup, Plan plan, IReadOnlyList<Problem> known, ProblemList found, CancellationToken cancellation)
    {
        var contacts = plan.Sinks.Select(async sink =>
        {
            var key = PlanBuilder.KeyOf(Settings.Sinks, sink.Name);
            if (HasProblem(known, key))
            {
                return (Sink: sink.Name, Key: key, Finding: "not contacted: its configuration has problems", IsFault: false);
            }

            var (finding, isFault) = await ContactAsync(setup, sink, cancellation);
            return (Sink: sink.Name, Key: key, Finding: finding, IsFault: isFault);
        });
        var findings = new List<(string, string)>();
        foreach (var (sink, key, finding, isFault) in await Task.WhenAll(contacts))
        {
            findings.Add((sink, finding));
            if (isFault)
            {
                found.Add(key, PrintableText.Escape(finding));
            }
        }

        return findings;
    }

    private static async Task<(string Finding, bool IsFault)> ContactAsync(CommandSetup setup, SinkPlan plan, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(ContactTimeout, setup.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        try
        {
            if (setup.CreateSink(plan) is not { } created)
            {
                return ("cannot be contacted", false);
            }

            await using var sink = created;
            var fault = await sink.ContactAsync(either.Token);
            return (fault ?? "reached", fault is not null);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return ($"no answer within {Duration.Format(ContactTimeout)}", true);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Its message may quote what it failed on: a header with the password in it.
            return ($"cannot be contacted: {exception.GetType().Name}", true);
        }
    }

    private static bool HasProblem(IReadOnlyList<Problem> problems, string key) =>
        problems.Any(problem => problem.Key == key || problem.Key.StartsWith(key + ":", StringComparison.Ordinal));
}
