using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using LogShipper.Demo;

namespace LogShipper.Cli;

/// <summary><c>logshipper demo</c>: the main job on a machine that has nothing.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var seconds = new Option<int>("--seconds")
        {
            HelpName = "N",
            Description = "How long lines are written before the demo counts what arrived.",
            DefaultValueFactory = _ => 20,
        };
        seconds.Validators.Add(result =>
        {
            // What is no number at all is refused by the parser itself.
            if (result.Tokens is [var token] && int.TryParse(token.Value, CultureInfo.InvariantCulture, out var number) && number is < 1 or > 86400)
            {
                result.AddError("--seconds takes a whole number, 1 to 86400.");
            }
        });
        var nginx = new Option<bool>("--nginx")
        {
            Description = "Let a real nginx, if one is installed, write the lines instead of the generator.",
        };
        var command = new Command(
            "demo",
            "Write realistic nginx logs into a temporary directory, rotate them, ship them to stdout and to a receiver that misbehaves now and then, and count: written, delivered, lost, repeated.")
        {
            seconds,
            nginx,
        };
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetValue(seconds), parsed.GetValue(nginx), parsed.InvocationConfiguration, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(int seconds, bool useNginx, InvocationConfiguration console, CancellationToken cancellation)
    {
        var nginx = useNginx ? NginxUnderLoad.Find() : null;
        if (useNginx && nginx is null)
        {
            await console.Error.WriteLineAsync("--nginx: no nginx is installed; without the option a generator writes the lines.");
            return ExitCode.Problems;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            context.Cancel = true;
            stop.Cancel();
        });
        await using var demo = await DemoRun.CreateAsync(nginx, TimeProvider.System);
        using var clock = TimeProvider.System.CreateTimer(_ => stop.Cancel(), null, TimeSpan.FromSeconds(seconds), Timeout.InfiniteTimeSpan);
        var running = demo.RunAsync(stop.Token);
        await ShowAsync(demo, running, console.Error);
        var result = await running;
        await console.Error.WriteLineAsync(demo.Summary());
        await console.Error.WriteLineAsync(
            $"written {result.Written:N0} = delivered {result.Delivered:N0} to the receiver and {result.OnStdout:N0} to stdout, {result.Lost:N0} lost, {result.Repeated:N0} repeated");
        return result.IsExact ? ExitCode.Success : ExitCode.Problems;
    }

    /// <summary>One line that is written over on a terminal; elsewhere a line every few seconds.</summary>
    private static async Task ShowAsync(DemoRun demo, Task running, TextWriter error)
    {
        var isTerminal = !Console.IsErrorRedirected;
        var pause = TimeSpan.FromSeconds(isTerminal ? 0.5 : 5);
        while (await Task.WhenAny(running, Task.Delay(pause, TimeProvider.System)) != running)
        {
            await error.WriteAsync(isTerminal ? $"\r\e[K{demo.Summary()}" : $"{demo.Summary()}\n");
        }

        if (isTerminal)
        {
            await error.WriteAsync("\r\e[K");
        }
    }
}
