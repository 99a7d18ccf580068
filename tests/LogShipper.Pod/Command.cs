using System.Diagnostics;
using System.Text;

namespace LogShipper.Pod;

/// <summary>What came of a command.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Errors);

/// <summary>A command that ran to its end, or runs on and is read line by line.</summary>
internal sealed class Command : IAsyncDisposable
{
    private readonly Process _process;
    private readonly List<string> _output = [];
    private readonly List<string> _errors = [];
    private readonly Task _reading;

    private Command(Process process)
    {
        _process = process;
        _reading = Task.WhenAll(CollectAsync(process.StandardOutput, _output), CollectAsync(process.StandardError, _errors));
    }

    /// <summary>What has come on stdout so far.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_output)
            {
                return [.. _output];
            }
        }
    }

    /// <summary>Starts it; <paramref name="input"/> is all that it finds on stdin.</summary>
    public static Command Start(string file, IEnumerable<string> arguments, string input = "")
    {
        var start = new ProcessStartInfo(file)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            // podman takes a folder here with an image's name for what the image is to be built from.
            WorkingDirectory = "/",
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start) ?? throw new InvalidOperationException($"{file} did not start.");
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        return new Command(process);
    }

    /// <summary>Runs it to its end, which must come in time.</summary>
    public static async Task<CommandResult> RunAsync(string file, IEnumerable<string> arguments, TimeSpan within, string input = "")
    {
        await using var command = Start(file, arguments, input);
        return await command.EndAsync(within);
    }

    /// <summary>Waits until it has ended by itself.</summary>
    public async Task<CommandResult> EndAsync(TimeSpan within)
    {
        await _process.WaitForExitAsync().WaitAsync(within);
        await _reading.WaitAsync(within);
        return new CommandResult(_process.ExitCode, Joined(_output), Joined(_errors));
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        await _reading.WaitAsync(TimeSpan.FromSeconds(5)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _process.Dispose();
    }

    private static string Joined(List<string> lines)
    {
        var text = new StringBuilder();
        lock (lines)
        {
            foreach (var line in lines)
            {
                text.Append(line).Append('\n');
            }
        }

        return text.ToString();
    }

    private static async Task CollectAsync(StreamReader reader, List<string> lines)
    {
        // Only a line feed ends a line: a log may hold a carriage return.
        var line = new StringBuilder();
        var buffer = new char[64 * 1024];
        while (await reader.ReadAsync(buffer) is > 0 and var count)
        {
            lock (lines)
            {
                foreach (var character in buffer.AsSpan(0, count))
                {
                    if (character == '\n')
                    {
                        lines.Add(line.ToString());
                        line.Clear();
                    }
                    else
                    {
                        line.Append(character);
                    }
                }
            }
        }

        if (line.Length > 0)
        {
            lock (lines)
            {
                lines.Add(line.ToString());
            }
        }
    }
}
