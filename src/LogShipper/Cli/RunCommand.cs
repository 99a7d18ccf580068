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
        var loaded = new ConfigurationLoader(setup.Surroundings).Load(options.SourcesOf(parsed));
        if (loaded.Plan is { } plan)
        {
            return await setup.Run(plan, loaded.Notes, cancellation);
        }

        foreach (var problem in loaded.Problems)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync(problem.ToString());
        }

        return ExitCode.Problems;
    };
}
