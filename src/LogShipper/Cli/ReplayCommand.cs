using System.CommandLine;
using System.Globalization;
using LogShipper.Control;

namespace LogShipper.Cli;

/// <summary><c>logshipper replay</c>: a range once more.</summary>
internal static class ReplayCommand
{
    public static Command Create(CommandSetup setup, RunningShipper shipper)
    {
        var log = new Option<string?>("--log") { HelpName = "NAME", Description = "The log, by the name that status shows; without it every log that the sink gets." };
        var sink = new Option<string>("--sink") { HelpName = "NAME", Description = "The sink.", Required = true };
        var from = new Option<string>("--from") { HelpName = "TIME", Description = $"The time of the first record: {PointInTime.Forms}.", Required = true };
        var to = new Option<string>("--to") { HelpName = "TIME", Description = "The time that the last record comes before; without it now.", DefaultValueFactory = _ => "now" };
        var yes = new Option<bool>("--yes") { Description = "Needed where lines would be repeated (stdout)." };
        Option<string>[] times = [from, to];
        foreach (var option in times)
        {
            option.Validators.Add(result =>
            {
                if (result.Tokens is [var token] && !PointInTime.TryParse(token.Value, setup.Time.GetUtcNow(), out _))
                {
                    result.AddError($"{option.Name} takes {PointInTime.Forms}.");
                }
            });
        }

        var command = new Command(
            "replay",
            "Have the running shipper send the records of a range of time to a sink again, under the same ids: what Elasticsearch has it does not store twice, what it lost comes back. "
            + "Only what that sink has taken before, as far as the files are still there; positions and ledgers stay as they are, and the lanes go on meanwhile. Ctrl+C ends it. "
            + "Exits with 1 when it was not done or a record was refused. Example: logshipper replay --sink es --log access --from 2h --to 30m")
        {
            log,
            sink,
            from,
            to,
            yes,
        };
        command.Validators.Add(result =>
        {
            var now = setup.Time.GetUtcNow();
            if (PointInTime.TryParse(result.GetValue(from) ?? "", now, out var first) && PointInTime.TryParse(result.GetValue(to) ?? "", now, out var last) && first >= last)
            {
                result.AddError("--from must lie before --to.");
            }
        });
        shipper.AddTo(command);
        command.SetAction((parsed, cancellation) => shipper.AskAsync(
            parsed,
            new ControlRequest
            {
                Command = ReplayControl.Name,
                Log = parsed.GetValue(log) ?? "",
                Sink = parsed.GetValue(sink)!,
                From = Write(setup, parsed.GetValue(from)!),
                To = Write(setup, parsed.GetValue(to)!),
                Confirmed = parsed.GetValue(yes),
            },
            part => RunningShipper.PrintAsync(parsed, part),
            cancellation));
        return command;
    }

    private static string Write(CommandSetup setup, string text) =>
        PointInTime.TryParse(text, setup.Time.GetUtcNow(), out var time) ? time.ToString(ReplayControl.TimeFormat, CultureInfo.InvariantCulture) : "";
}
