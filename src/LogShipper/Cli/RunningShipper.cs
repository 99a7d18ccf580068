using System.CommandLine;
using System.Text;
using LogShipper.Configuration;
using LogShipper.Control;

namespace LogShipper.Cli;

/// <summary>How a command finds the shipper that runs here, and asks it.</summary>
internal sealed class RunningShipper(CommandSetup setup, ConfigurationOptions options)
{
    private readonly Option<string?> _socket = new("--socket")
    {
        HelpName = "PATH",
        Description = $"The running shipper's socket. Without it: {ControlAddress.FileName} in the StateDirectory that the configuration (--config, the environment, --set) names.",
    };

    public void AddTo(Command command)
    {
        options.AddTo(command);
        command.Options.Add(_socket);
    }

    /// <summary>Asks, and hands the parts of the answer to <paramref name="take"/> as they come; notes and faults go to stderr.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> AskAsync(ParseResult parsed, ControlRequest request, Func<ReadOnlyMemory<byte>, Task<int>> take, CancellationToken cancellation)
    {
        var error = parsed.InvocationConfiguration.Error;
        if (await FindSocketAsync(parsed, error) is not { } socket)
        {
            return ExitCode.Problems;
        }

        var code = ExitCode.Success;
        try
        {
            await foreach (var frame in ControlClient.AskAsync(socket, request, cancellation))
            {
                switch (frame.Kind)
                {
                    case ControlFrameKind.Data:
                        code = Math.Max(code, await take(frame.Bytes));
                        break;
                    case ControlFrameKind.Fault:
                        code = ExitCode.Problems;
                        goto default;
                    default:
                        await error.WriteLineAsync(PrintableText.Escape(Encoding.UTF8.GetString(frame.Bytes.Span)));
                        break;
                }
            }
        }
        catch (IOException exception)
        {
            await error.WriteLineAsync(PrintableText.Escape(exception.Message));
            return ExitCode.Problems;
        }

        return code;
    }

    /// <summary>Writes a part of an answer that is text.</summary>
    public static async Task<int> PrintAsync(ParseResult parsed, ReadOnlyMemory<byte> part)
    {
        await parsed.InvocationConfiguration.Output.WriteLineAsync(PrintableText.Escape(Encoding.UTF8.GetString(part.Span)));
        return ExitCode.Success;
    }

    private async Task<string?> FindSocketAsync(ParseResult parsed, TextWriter error)
    {
        if (parsed.GetValue(_socket) is { Length: > 0 } path)
        {
            return setup.Surroundings.FullPath(path);
        }

        // Of a configuration with problems the directory may be right all the same.
        var loaded = new ConfigurationLoader(setup.Surroundings).Load(options.SourcesOf(parsed));
        if (loaded.Draft is { } plan)
        {
            return ControlAddress.In(plan.StateDirectory);
        }

        await CommandSetup.TellAsync(error, loaded.Problems);
        return null;
    }
}
