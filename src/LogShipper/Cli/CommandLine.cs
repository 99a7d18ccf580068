using System.CommandLine;
using System.CommandLine.Invocation;

namespace LogShipper.Cli;

/// <summary>The commands, and how a command line is carried out.</summary>
internal static class CommandLine
{
    public static async Task<int> InvokeAsync(string[] arguments, CommandSetup setup, TextWriter output, TextWriter error, CancellationToken cancellation = default)
    {
        var parsed = Create(setup).Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        var console = new InvocationConfiguration
        {
            Output = output,
            Error = error,

            // Signals belong to the host: it drains, and 2 seconds would not do.
            ProcessTerminationTimeout = null,
            EnableDefaultExceptionHandler = false,
        };
        if (parsed.Action is not ParseErrorAction usage)
        {
            try
            {
                return await parsed.InvokeAsync(console, cancellation);
            }
            catch (CommandOutputException exception) when (exception.IsClosed)
            {
                return ExitCode.NoReader;
            }
            catch (CommandOutputException exception)
            {
                await error.WriteLineAsync(exception.Message);
                return ExitCode.Problems;
            }
        }

        // The suggestions would go to stdout, where shipped lines are expected.
        console.Output = error;
        usage.ShowHelp = false;
        await parsed.InvokeAsync(console, cancellation);
        return ExitCode.Usage;
    }

    internal static RootCommand Create(CommandSetup setup)
    {
        var options = new ConfigurationOptions();
        var shipper = new RunningShipper(setup, options);
        var root = new RootCommand(
            "Ships nginx's access and error logs to stdout and Elasticsearch, each line once. Without a command and without configuration it ships /var/log/nginx/access.log and error.log to stdout until it is stopped.")
        {
            RunCommand.Create(setup, options),
            CheckCommand.Create(setup, options),
            DemoCommand.Create(),
            StatusCommand.Create(setup, shipper),
            TopCommand.Create(setup, shipper),
            TapCommand.Create(shipper),
            ResetCommand.Create(shipper),
            TryCommand.Create(setup, options),
            ReplayCommand.Create(setup, shipper),
            DeadLettersCommand.Create(setup, options, shipper),
            SchemaCommand.Create(),
        };
        options.AddTo(root);
        root.SetAction(RunCommand.ActionOf(setup, options));
        return root;
    }
}
