using System.CommandLine;
using System.Globalization;
using System.Text;
using LogShipper.Configuration;
using LogShipper.Control;
using LogShipper.Shipping;

namespace LogShipper.Cli;

/// <summary><c>logshipper deadletters</c>: the records that a sink refused for what they contain.</summary>
internal static class DeadLettersCommand
{
    /// <summary>What fits a request.</summary>
    private const int MostIds = 1000;

    public static Command Create(CommandSetup setup, ConfigurationOptions options, RunningShipper shipper) =>
        new("deadletters", "Look at the records that a sink refused for what they contain, and send them again.")
        {
            CreateList(setup, options),
            CreateRetry(shipper),
        };

    private static Command CreateList(CommandSetup setup, ConfigurationOptions options)
    {
        var log = new Option<string?>("--log") { HelpName = "NAME", Description = "Only of this log." };
        var sink = new Option<string?>("--sink") { HelpName = "NAME", Description = "Only of this sink." };
        var command = new Command(
            "list",
            "List them, oldest first for each log and sink: when, id, reason, place, what the sink said, and the line with control characters escaped. Reads the state directory; needs no running shipper. "
            + "Example: logshipper deadletters list --log access --sink es")
        {
            log,
            sink,
        };
        options.AddTo(command);
        command.SetAction((parsed, _) => ListAsync(setup, options.SourcesOf(parsed), parsed.GetValue(log), parsed.GetValue(sink), parsed.InvocationConfiguration));
        return command;
    }

    private static Command CreateRetry(RunningShipper shipper)
    {
        var log = new Option<string?>("--log") { HelpName = "NAME", Description = "Only of this log." };
        var sink = new Option<string?>("--sink") { HelpName = "NAME", Description = "Only of this sink." };
        var id = new Option<string[]>("--id") { HelpName = "ID", Description = "Only this one, by the id that list shows. May be given several times." };
        id.Validators.Add(result =>
        {
            if (result.Tokens.Count > MostIds)
            {
                result.AddError($"--id may be given {MostIds} times; without it all are sent.");
            }
        });
        var command = new Command(
            "retry",
            "Have the running shipper send them again under the same ids, once the cause is mended (a mapping, a pipeline). What the sink takes is removed from the file; what it refuses stays. "
            + "Exits with 1 when one stays. Example: logshipper deadletters retry --log access --sink es")
        {
            log,
            sink,
            id,
        };
        shipper.AddTo(command);
        command.SetAction((parsed, cancellation) => shipper.AskAsync(
            parsed,
            new ControlRequest
            {
                Command = DeadLettersControl.RetryName,
                Log = parsed.GetValue(log) ?? "",
                Sink = parsed.GetValue(sink) ?? "",
                Ids = parsed.GetValue(id) ?? [],
            },
            part => RunningShipper.PrintAsync(parsed, part),
            cancellation));
        return command;
    }

    private static async Task<int> ListAsync(CommandSetup setup, ConfigurationSources sources, string? log, string? sink, InvocationConfiguration console)
    {
        var loaded = new ConfigurationLoader(setup.Surroundings).Load(sources);
        if (loaded.Draft is not { } plan)
        {
            return await CommandSetup.TellAsync(console.Error, loaded.Problems);
        }

        try
        {
            var count = 0;
            var (logs, sinks) = (plan.Logs.Select(one => one.Name).ToHashSet(StringComparer.Ordinal), plan.Sinks.Select(one => one.Name).ToHashSet(StringComparer.Ordinal));
            foreach (var path in Directory.EnumerateFiles(plan.StateDirectory, $"*{DeadLetter.FileSuffix}").Order(StringComparer.Ordinal))
            {
                foreach (var letter in DeadLetter.ReadAll(await File.ReadAllBytesAsync(path)))
                {
                    logs.Add(letter.Log);
                    sinks.Add(letter.Sink);
                    if ((log is null || letter.Log == log) && (sink is null || letter.Sink == sink))
                    {
                        await WriteAsync(console.Output, letter);
                        count++;
                    }
                }
            }

            // Of a name that is misspelt "none" would be a lie.
            if (Unknown("log", log, logs) is { } unknown || (unknown = Unknown("sink", sink, sinks)) is not null)
            {
                await console.Error.WriteLineAsync(unknown);
                return ExitCode.Problems;
            }

            await console.Error.WriteLineAsync(Words.Count(count, "dead letter"));
            return ExitCode.Success;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            await console.Error.WriteLineAsync($"the dead letters cannot be read: {PrintableText.Message(exception)}");
            return ExitCode.Problems;
        }
    }

    private static string? Unknown(string kind, string? name, HashSet<string> known) => name is null || known.Contains(name)
        ? null
        : $"there is no {kind} {PrintableText.Quote(name)}; there are {PrintableText.Escape(string.Join(", ", known.Order(StringComparer.Ordinal)))}";

    private static async Task WriteAsync(TextWriter output, DeadLetter letter)
    {
        var time = letter.Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        await output.WriteLineAsync(PrintableText.Escape($"{time} {letter.Log} to {letter.Sink} {letter.Id} {letter.Reason} at {letter.Offset} of {letter.Path}"));
        if (letter.Detail is { Length: > 0 } detail)
        {
            await output.WriteLineAsync($"  {PrintableText.Escape(detail)}");
        }

        await output.WriteLineAsync($"  {PrintableText.Escape(Encoding.UTF8.GetString(letter.Line))}");
    }
}
