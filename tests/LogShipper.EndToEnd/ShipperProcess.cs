using System.Diagnostics;

namespace LogShipper.EndToEnd;

/// <summary>What happens to the standard output of a shipper.</summary>
internal enum Reading : byte
{
    /// <summary>Everything is read into a file.</summary>
    All,

    /// <summary>Nobody reads: the pipe fills up.</summary>
    Nothing,
}

/// <summary>The real process: the build's <c>logshipper.dll</c>, or what <c>LOGSHIPPER_BINARY</c> names.</summary>
internal sealed class ShipperProcess : IAsyncDisposable
{
    private readonly Process _process;
    private Task _stdout;
    private readonly Task _stderr;
    private readonly List<string> _messages = [];
    private readonly CancellationTokenSource _closing = new();
    private long _stdoutBytes;

    private ShipperProcess(Process process, string outputPath, Reading reading)
    {
        _process = process;
        OutputPath = outputPath;
        _stdout = reading == Reading.All ? CopyStdoutAsync() : Task.CompletedTask;
        _stderr = CollectMessagesAsync();
    }

    /// <summary>File that holds what came on stdout.</summary>
    public string OutputPath { get; }

    public long StdoutBytes => Interlocked.Read(ref _stdoutBytes);

    public bool HasExited => _process.HasExited;

    public int Id => _process.Id;

    /// <summary>What it said on stderr, a line each.</summary>
    public IReadOnlyList<string> Messages
    {
        get
        {
            lock (_messages)
            {
                return [.. _messages];
            }
        }
    }

    public bool Says(string text) => Messages.Any(message => message.Contains(text, StringComparison.Ordinal));

    public static ShipperProcess Start(string outputPath, Reading reading, IEnumerable<string> arguments, string workingDirectory, IEnumerable<(string Name, string Value)>? environment = null, string[]? under = null)
    {
        var binary = Environment.GetEnvironmentVariable("LOGSHIPPER_BINARY") is { Length: > 0 } path ? path : Path.Combine(AppContext.BaseDirectory, "logshipper.dll");
        var isAssembly = binary.EndsWith(".dll", StringComparison.Ordinal);
        string[] command = [.. under ?? [], .. isAssembly ? (string[])[Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", binary] : [binary]];
        var start = new ProcessStartInfo(command[0])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
            WorkingDirectory = workingDirectory,
        };
        foreach (var argument in command.Skip(1).Concat(arguments))
        {
            start.ArgumentList.Add(argument);
        }

        // What the machine says of itself must not reach the documents or the configuration.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("LogShipper__", StringComparison.OrdinalIgnoreCase) || name.StartsWith("POD_", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment ?? [])
        {
            start.Environment[name] = value;
        }

        return new ShipperProcess(Process.Start(start) ?? throw new InvalidOperationException($"{binary} did not start."), outputPath, reading);
    }

    public void Signal(int signal) => Signals.Send(_process, signal);

    /// <summary>From now on its stdout is read.</summary>
    public void ReadStdout() => _stdout = CopyStdoutAsync();

    /// <summary>The reader of its stdout goes away.</summary>
    public void CloseStdout() => _process.StandardOutput.BaseStream.Dispose();

    /// <summary>Its exit code, once both streams are read to their ends.</summary>
    public async Task<int> ExitedAsync(TimeSpan within)
    {
        await _process.WaitForExitAsync().WaitAsync(within);
        await Task.WhenAll(_stdout, _stderr).WaitAsync(within);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        await _closing.CancelAsync();
        await Task.WhenAll(_stdout, _stderr).WaitAsync(TimeSpan.FromSeconds(5)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _process.Dispose();
        _closing.Dispose();
    }

    public string Describe()
    {
        var messages = Messages;
        var state = _process.HasExited ? $"exited with {_process.ExitCode}" : "runs";
        return $"""
            logshipper {state}; {StdoutBytes} bytes on stdout in {OutputPath}; {messages.Count} lines on stderr:
              {string.Join("\n  ", messages.TakeLast(30).Select(message => message[..Math.Min(message.Length, 2000)]))}
            """;
    }

    private async Task CopyStdoutAsync()
    {
        await using var file = new FileStream(OutputPath, FileMode.Create, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        var buffer = new byte[64 * 1024];
        try
        {
            while (await _process.StandardOutput.BaseStream.ReadAsync(buffer, _closing.Token) is > 0 and var count)
            {
                await file.WriteAsync(buffer.AsMemory(0, count));
                Interlocked.Add(ref _stdoutBytes, count);
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            // The test closed it.
        }
    }

    private async Task CollectMessagesAsync()
    {
        while (await _process.StandardError.ReadLineAsync(_closing.Token) is { } line)
        {
            lock (_messages)
            {
                _messages.Add(line);
            }
        }
    }
}
