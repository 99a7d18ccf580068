using System.Globalization;
using System.Text;

namespace LogShipper.EndToEnd.Faults;

/// <summary>
/// A log that is written as nginx writes it, each line with a number of its own, and rotated as logrotate does. It knows
/// which numbers must arrive.
/// </summary>
internal sealed class NumberedLog : IAsyncDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(20);

    private readonly Lock _gate = new();
    private readonly string _mark;
    private readonly int _linesPerSecond;
    private readonly HashSet<int> _destroyed = [];
    private readonly CancellationTokenSource _ending = new();
    private AppendingFile? _file;
    private Task _writing = Task.CompletedTask;
    private int _next;

    /// <param name="path">The live file.</param>
    /// <param name="mark">A letter that tells its lines from another log's.</param>
    /// <param name="linesPerSecond">How fast it grows once it is started.</param>
    public NumberedLog(string path, string mark, int linesPerSecond)
    {
        FilePath = path;
        _mark = mark;
        _linesPerSecond = linesPerSecond;
    }

    public string FilePath { get; }

    /// <summary>It grows by itself.</summary>
    public bool IsWriting => !_writing.IsCompleted;

    /// <summary>Lines so far.</summary>
    public int Written => Volatile.Read(ref _next);

    /// <summary>Keys of the lines that must arrive: all but those that the rotation or the disk destroyed.</summary>
    public HashSet<string> Expected()
    {
        lock (_gate)
        {
            return [.. Enumerable.Range(0, _next).Where(number => !_destroyed.Contains(number)).Select(KeyOf)];
        }
    }

    public string KeyOf(int number) => string.Create(CultureInfo.InvariantCulture, $"{_mark}{number}");

    public void Open()
    {
        lock (_gate)
        {
            _file ??= AppendingFile.TryOpen(FilePath);
        }
    }

    /// <summary>Writes from now on, until <see cref="StopAsync"/>.</summary>
    public void Start()
    {
        Open();
        _writing = Task.Run(WriteAsync);
    }

    /// <summary>Writes no more and closes the file.</summary>
    public async Task StopAsync()
    {
        await _ending.CancelAsync();
        await _writing;
        Close();
    }

    public void Close()
    {
        lock (_gate)
        {
            _file?.Dispose();
            _file = null;
        }
    }

    /// <summary>Writes so many lines at once, each into a <c>write()</c> of its own.</summary>
    public void Write(int lines, string? agent = null, string end = "\n")
    {
        lock (_gate)
        {
            _file ??= AppendingFile.TryOpen(FilePath);
            for (var i = 0; i < lines; i++)
            {
                var number = _next++;
                Write(Encoding.Latin1.GetBytes(LineOf(number, agent) + end), number);
            }
        }
    }

    /// <summary>Writes bytes that have no number.</summary>
    public void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            _file ??= AppendingFile.TryOpen(FilePath);
            _file?.Write(bytes);
        }
    }

    /// <summary>The next lines may be lost: they are written where nobody can have seen them.</summary>
    public void Forget(int from, int to)
    {
        lock (_gate)
        {
            _destroyed.UnionWith(Enumerable.Range(from, to - from));
        }
    }

    /// <summary>The live file becomes <c>.1</c>, the older ones one further; what is written goes into the renamed file until <see cref="Reopen"/>.</summary>
    public void Rename() => Rotation.Shift(FilePath);

    public void Reopen()
    {
        lock (_gate)
        {
            _file?.Dispose();
            _file = AppendingFile.TryOpen(FilePath);
        }
    }

    /// <summary>Copies the live file to <c>.1</c> and truncates it while it is written; what came between the two is destroyed.</summary>
    public void CopyTruncate(Action? between = null)
    {
        for (var age = 20; age > 0; age--)
        {
            if (File.Exists($"{FilePath}.{age}"))
            {
                File.Move($"{FilePath}.{age}", $"{FilePath}.{age + 1}");
            }
        }

        File.Copy(FilePath, $"{FilePath}.1");
        between?.Invoke();
        var last = LastNumber($"{FilePath}.1");
        lock (_gate)
        {
            Truncate();
            _destroyed.UnionWith(Enumerable.Range(last + 1, _next - last - 1));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _ending.Dispose();
    }

    private void Truncate()
    {
        using var live = new FileStream(FilePath, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        live.SetLength(0);
    }

    /// <summary>The number in the last whole line.</summary>
    private int LastNumber(string path)
    {
        var text = File.ReadAllText(path, Encoding.Latin1);
        text = text[..(text.LastIndexOf('\n') + 1)];
        var start = text.LastIndexOf($"\"GET /{_mark}/", StringComparison.Ordinal) + 7 + _mark.Length;
        return start < 7 + _mark.Length ? _next - 1 : int.Parse(text[start..text.IndexOf(' ', start)], CultureInfo.InvariantCulture);
    }

    private string LineOf(int number, string? agent) => string.Create(
        CultureInfo.InvariantCulture,
        $"192.0.2.7 - - [01/Jan/2026:00:00:00 +0000] \"GET /{_mark}/{number} HTTP/1.1\" 200 {number % 999} \"-\" \"{agent ?? "written by the test"}\" \"-\"");

    private void Write(byte[] line, int number)
    {
        if ((_file?.Write(line) ?? 0) < line.Length)
        {
            _destroyed.Add(number);
        }
    }

    private async Task WriteAsync()
    {
        var since = Environment.TickCount64;
        long due = 0;
        while (!_ending.IsCancellationRequested)
        {
            var lines = (int)(((Environment.TickCount64 - since) * _linesPerSecond / 1000) - due);
            // After a stall of the machine no flood follows.
            Write(Math.Min(lines, _linesPerSecond / 2));
            due += lines;
            await Task.Delay(Beat, CancellationToken.None);
        }
    }
}
