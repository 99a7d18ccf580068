using System.CommandLine;
using LogShipper.Control;
using LogShipper.Stages;

namespace LogShipper.Cli;

/// <summary><c>logshipper tap</c>: records as they are shipped.</summary>
internal static class TapCommand
{
    public static Command Create(RunningShipper shipper)
    {
        var log = new Option<string>("--log") { HelpName = "NAME", Description = "The log.", Required = true };
        var sink = new Option<string?>("--sink") { HelpName = "NAME", Description = "Watch the way to this sink; without it to the first that takes the log's records now." };
        var where = new Option<string?>("--where")
        {
            HelpName = "CONDITION",
            Description = "Only records of which it is true: nginx variables or ECS fields, = != < <= > >= and ~ (contains), and, or, not, parentheses.",
        };
        where.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && Condition.Parse(token.Value, out var problem) is null)
            {
                result.AddError($"--where: {problem}");
            }
        });
        var format = new Option<string>("--format") { Description = "The line as it stands in the log, or its ECS document.", DefaultValueFactory = _ => TapControl.Raw };
        format.AcceptOnlyFromAmong(TapControl.Raw, TapControl.Json);
        var limit = new Option<long>("--limit") { HelpName = "N", Description = "End after so many records; without it at Ctrl+C." };
        limit.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && long.TryParse(token.Value, System.Globalization.CultureInfo.InvariantCulture, out var number) && number < 1)
            {
                result.AddError("--limit takes a whole number from 1.");
            }
        });
        var command = new Command(
            "tap",
            "Watch records as they are shipped: a copy that never slows a lane; what comes too fast is counted and not shown. Control characters are escaped. "
            + "Exits with 1 when no shipper runs. Example: logshipper tap --log access --where 'status >= 500 and not path = /health' --format json")
        {
            log,
            sink,
            where,
            format,
            limit,
        };
        shipper.AddTo(command);
        command.SetAction((parsed, cancellation) => shipper.AskAsync(
            parsed,
            new ControlRequest
            {
                Command = TapControl.Name,
                Log = parsed.GetValue(log)!,
                Sink = parsed.GetValue(sink) ?? "",
                Where = parsed.GetValue(where) ?? "",
                Format = parsed.GetValue(format)!,
                Limit = parsed.GetValue(limit),
            },
            record => RunningShipper.PrintAsync(parsed, record),
            cancellation));
        return command;
    }
}
