using System.CommandLine;
using LogShipper.Control;

namespace LogShipper.Cli;

/// <summary><c>logshipper reset</c>: writes a position.</summary>
internal static class ResetCommand
{
    public static Command Create(RunningShipper shipper)
    {
        var log = new Option<string>("--log") { HelpName = "NAME", Description = "The log, by the name that status shows.", Required = true };
        var sink = new Option<string>("--sink") { HelpName = "NAME", Description = "The sink.", Required = true };
        var to = new Option<string>("--to")
        {
            Description = "beginning: send all that is in the log's files again; end: skip what is left, counted as lost (skipped).",
            DefaultValueFactory = _ => ResetControl.Beginning,
        };
        to.AcceptOnlyFromAmong(ResetControl.Beginning, ResetControl.End);
        var yes = new Option<bool>("--yes") { Description = "Needed where lines would be repeated (stdout) or never sent." };
        var command = new Command(
            "reset",
            "Move the position of one log and sink in the running shipper. Ids stay the same, so Elasticsearch stores nothing twice. Other lanes are not touched. "
            + "Exits with 1 when it was not done. Example: logshipper reset --log access --sink es --to beginning")
        {
            log,
            sink,
            to,
            yes,
        };
        shipper.AddTo(command);
        command.SetAction((parsed, cancellation) => shipper.AskAsync(
            parsed,
            new ControlRequest
            {
                Command = ResetControl.Name,
                Log = parsed.GetValue(log)!,
                Sink = parsed.GetValue(sink)!,
                To = parsed.GetValue(to)!,
                Confirmed = parsed.GetValue(yes),
            },
            static _ => Task.FromResult(ExitCode.Success),
            cancellation));
        return command;
    }
}
