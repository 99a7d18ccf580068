using System.CommandLine;
using System.Text;
using LogShipper.Configuration;
using LogShipper.Control;
using LogShipper.Diagnostics;

namespace LogShipper.Cli;

/// <summary><c>logshipper status</c>: how everything stands in the shipper that runs here.</summary>
internal static class StatusCommand
{
    public static Command Create(CommandSetup setup, RunningShipper shipper)
    {
        var json = new Option<bool>("--json") { Description = "The whole report as JSON, as /status has it." };
        var maxLag = new Option<string?>("--max-lag")
        {
            HelpName = "SIZE|DURATION",
            Description = "Exit with 1 when a lane is behind by more than that many bytes (10MiB) or that long (5m).",
        };
        maxLag.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !LagLimit.TryParse(token.Value, out _))
            {
                result.AddError("--max-lag takes a size such as 10MiB or a duration such as 5m.");
            }
        });
        var command = new Command(
            "status",
            "Show how the running shipper stands: each log and sink with what is behind, in flight, failing, and what became of everything since the start. "
            + "Exits with 1 when no shipper runs, or one is behind --max-lag. Example: logshipper status --max-lag 5m")
        {
            json,
            maxLag,
        };
        shipper.AddTo(command);
        command.SetAction((parsed, cancellation) => shipper.AskAsync(
            parsed,
            new ControlRequest { Command = ControlCommands.Status },
            report => ShowAsync(
                setup, parsed.InvocationConfiguration, report, parsed.GetValue(json), parsed.GetValue(maxLag) is { } text && LagLimit.TryParse(text, out var limit) ? limit : default),
            cancellation));
        return command;
    }

    private static async Task<int> ShowAsync(CommandSetup setup, InvocationConfiguration console, ReadOnlyMemory<byte> report, bool asJson, LagLimit limit)
    {
        if (asJson)
        {
            await console.Output.WriteLineAsync(Encoding.UTF8.GetString(report.Span));
        }

        if (StatusReport.Parse(report.Span) is not { } status)
        {
            return ExitCode.Problems;
        }

        if (!asJson)
        {
            foreach (var line in StatusText.Of(status, setup.Time.GetUtcNow()))
            {
                await console.Output.WriteLineAsync(line);
            }
        }

        var faults = status.Lanes.Select(limit.FaultOf).OfType<string>().ToArray();
        foreach (var fault in faults)
        {
            await console.Error.WriteLineAsync(PrintableText.Escape(fault));
        }

        return faults.Length == 0 ? ExitCode.Success : ExitCode.Problems;
    }
}
