using System.CommandLine;
using LogShipper.Configuration;

namespace LogShipper.Cli;

/// <summary><c>logshipper run</c>, and <c>logshipper</c> alone: ships until stopped.</summary>
internal static class RunCommand
{
    public static Command Create(CommandSetup setup, ConfigurationOptions options)
    {
        var command = new Command("run", "Ship the logs until stopped. This is what happens without a command, too.");
        options.AddTo(command);
        command.SetAction(ActionOf(setup, options));
        return command;
    }

    public static Func<ParseResult, CancellationToken, Task<int>> ActionOf(CommandSetup setup, ConfigurationOptions options) => async (parsed, cancellation) =>
    {
        var origin = new ConfigurationOrigin(setup.Surroundings, options.SourcesOf(parsed));
        var loaded = origin.Load();
        if (loaded.Plan is not null)
        {
            return await setup.Run(loaded, origin, cancellation);
        }

        return await CommandSetup.TellAsync(parsed.InvocationConfiguration.Error, loaded.Problems);
    };
}
