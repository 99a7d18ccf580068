using System.Globalization;
using System.Text;

namespace LogShipper.Demo;

/// <summary>
/// Writes access.log and error.log as nginx does: whole lines, appended. Every few seconds access.log is rotated by
/// rename, with late lines into the renamed file before it "reopens", and error.log by copy and truncation.
/// </summary>
internal sealed class LogGenerator : IDemoWriter
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(50);
    private const int LinesPerBeat = 25;
    private const int BeatsPerRotation = 40;
    private const int LateBeats = 6;

    private static readonly string[] Paths = ["/", "/index.html", "/api/orders", "/static/app.js", "/search", "/images/logo.svg", "/a%20path/with%22quotes"];
    private static readonly string[] Agents =
    [
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
        "curl/8.5.0",
        "kube-probe/1.31",
    ];

    private readonly string _directory;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private FileStream _access;
    private readonly FileStream _error;
    private long _accessLines;
    private long _errorLines;

    public LogGenerator(string directory, TimeProvider time, int seed)
    {
        _directory = directory;
        _time = time;
        _random = new Random(seed);
        _access = Open("access.log");
        _error = Open("error.log");
    }

    public int Rotations { get; private set; }

    public async Task WriteAsync(CancellationToken stop)
    {
        for (var beat = 1; !stop.IsCancellationRequested; beat++)
        {
            await WriteLinesAsync();
            if (beat % BeatsPerRotation == 0)
            {
                await RotateAsync(stop);
            }

            try
            {
                await Task.Delay(Beat, _time, stop);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }

        await _access.DisposeAsync();
        await _error.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _access.DisposeAsync();
        await _error.DisposeAsync();
    }

    private async Task WriteLinesAsync()
    {
        for (var i = 0; i < LinesPerBeat; i++)
        {
            await _access.WriteAsync(Encoding.UTF8.GetBytes(AccessLine()), CancellationToken.None);
            if (_random.Next(20) == 0)
            {
                await _error.WriteAsync(Encoding.UTF8.GetBytes(ErrorLine()), CancellationToken.None);
            }
        }
    }

    /// <summary>access.log by rename, and its old file is still written for a while; error.log by copy and truncation.</summary>
    private async Task RotateAsync(CancellationToken stop)
    {
        Rotations++;
        Shift("access.log");
        File.Move(PathOf("access.log"), PathOf("access.log.1"));
        for (var beat = 0; beat < LateBeats && !stop.IsCancellationRequested; beat++)
        {
            await WriteLinesAsync();
            await Task.Delay(Beat, _time, CancellationToken.None);
        }

        await _access.DisposeAsync();
        _access = Open("access.log");

        Shift("error.log");
        File.Copy(PathOf("error.log"), PathOf("error.log.1"));
        _error.SetLength(0);
    }

    private void Shift(string name)
    {
        var last = 1;
        while (File.Exists(PathOf($"{name}.{last}")))
        {
            last++;
        }

        for (; last > 1; last--)
        {
            File.Move(PathOf($"{name}.{last - 1}"), PathOf($"{name}.{last}"));
        }
    }

    private string AccessLine()
    {
        var status = _random.Next(30) switch { 0 => 404, 1 => 500, 2 => 304, _ => 200 };
        return string.Create(
            CultureInfo.InvariantCulture,
            $"10.0.{_random.Next(256)}.{_random.Next(256)} - - [{_time.GetUtcNow():dd/MMM/yyyy:HH:mm:ss} +0000] \"GET {Paths[_random.Next(Paths.Length)]}?demo={++_accessLines} HTTP/1.1\" {status} {_random.Next(50, 100_000)} \"-\" \"{Agents[_random.Next(Agents.Length)]}\" \"-\"\n");
    }

    private string ErrorLine() => string.Create(
        CultureInfo.InvariantCulture,
        $"{_time.GetUtcNow():yyyy/MM/dd HH:mm:ss} [error] 29#29: *{_accessLines} open() \"/usr/share/nginx/html/missing\" failed (2: No such file or directory), client: 10.0.0.{_random.Next(256)}, server: localhost, request: \"GET /missing?demo={++_errorLines} HTTP/1.1\", host: \"localhost\"\n");

    private FileStream Open(string name) =>
        new(PathOf(name), FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    private string PathOf(string name) => Path.Combine(_directory, name);
}
