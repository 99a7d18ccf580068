using System.CommandLine;
using System.Globalization;

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

    private static async Task<int> RunAsync(int seconds, bool nginx, InvocationConfiguration console, CancellationToken cancellation)
    {
        _ = (seconds, nginx, cancellation);
        await console.Error.WriteLineAsync("not built yet");
        return ExitCode.Problems;
    }
}
