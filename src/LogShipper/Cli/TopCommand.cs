using System.CommandLine;
using System.Runtime.InteropServices;
using LogShipper.Configuration;
using LogShipper.Control;
using LogShipper.Diagnostics;

namespace LogShipper.Cli;

/// <summary><c>logshipper top</c>: the status, over and over.</summary>
internal static class TopCommand
{
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestInterval = TimeSpan.FromHours(1);

    public static Command Create(CommandSetup setup, RunningShipper shipper)
    {
        var interval = new Option<string>("--interval") { HelpName = "DURATION", Description = "Between two looks.", DefaultValueFactory = _ => "1s" };
        interval.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && (!Duration.TryParse(token.Value, out var pause, out _) || pause < ShortestInterval || pause > LongestInterval))
            {
                result.AddError("--interval takes a duration from 200ms to 1h.");
            }
        });
        var once = new Option<bool>("--once") { Description = "One look, then end." };
        var command = new Command(
            "top",
            "Watch the running shipper: its lanes, the busiest trouble first, with what they carry each second. On a terminal the picture is drawn over and over until Ctrl+C, elsewhere each look is a paragraph. "
            + "Exits with 1 when no shipper runs, or it ends. Example: logshipper top --interval 5s")
        {
            interval,
            once,
        };
        shipper.AddTo(command);
        command.SetAction((parsed, cancellation) => RunAsync(
            setup, shipper, parsed, Duration.TryParse(parsed.GetValue(interval)!, out var pause, out _) ? pause : ShortestInterval, parsed.GetValue(once), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(CommandSetup setup, RunningShipper shipper, ParseResult parsed, TimeSpan pause, bool once, CancellationToken cancellation)
    {
        var output = parsed.InvocationConfiguration.Output;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            // The cursor must be shown again.
            context.Cancel = true;
            stop.Cancel();
        });
        var screen = new TopScreen(output, once ? static () => null : setup.Screen);
        var rates = new LaneRates(setup.Time);
        try
        {
            while (true)
            {
                var code = await shipper.AskAsync(parsed, new ControlRequest { Command = ControlCommands.Status }, ShowAsync, stop.Token);
                if (once || code != ExitCode.Success)
                {
                    return code;
                }

                await Task.Delay(pause, setup.Time, stop.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return ExitCode.Success;
        }
        finally
        {
            await screen.LeaveAsync();
        }

        async Task<int> ShowAsync(ReadOnlyMemory<byte> report)
        {
            if (StatusReport.Parse(report.Span) is not { } status)
            {
                return ExitCode.Problems;
            }

            await screen.DrawAsync(TopText.Of(status, rates.Take(status), setup.Time.GetUtcNow()));
            return ExitCode.Success;
        }
    }
}
