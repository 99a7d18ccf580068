using LogShipper.Configuration;
using LogShipper.Parsing;
using LogShipper.Shipping;
using LogShipper.Tailing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace LogShipper.Tests.Shipping;

/// <summary>One lane over real files, turned by the test: no threads, no waiting.</summary>
internal sealed class LaneWorld : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DiskStateDirectory _state;
    private Shipper? _lane;

    public LaneWorld()
    {
        Directory.CreateDirectory(_folder["logs"]);
        _state = new DiskStateDirectory(_folder["state"]);
        _state.Claim();
    }

    public FakeTimeProvider Time { get; init; } = new(DateTimeOffset.UnixEpoch.AddYears(56));

    public FakeSink Sink { get; init; } = new();

    public int BatchBytes { get; init; } = 4096;

    public int MaxLineBytes { get; init; } = 4096;

    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(10);

    public DeadLetterPlan DeadLetters { get; init; } = new(4096, WhenFull.Stop);

    public string Format { get; init; } = "json";

    /// <summary>Null: a directory on disk.</summary>
    public IStateDirectory? State { get; init; }

    /// <summary>What stands before the directory on disk.</summary>
    public Func<ILogDirectory, ILogDirectory>? Trouble { get; init; }

    public BacklogRest? Rest { get; init; }

    public ILogger Logger { get; init; } = NullLogger.Instance;

    public Ledger Ledger { get; } = new();

    public Shipper Lane => _lane ??= Load(Make());

    public string LogPath(string name = "access.log") => Path.Combine(_folder["logs"], name);

    public string StatePath(string name) => Path.Combine(_folder["state"], name);

    public void Append(params string[] lines) => File.AppendAllText(LogPath(), string.Concat(lines.Select(line => $"{line}\n")));

    /// <summary>Lets the clock run, and the lane take its turns.</summary>
    public void Run(TimeSpan span)
    {
        for (var end = Time.GetUtcNow() + span; Time.GetUtcNow() < end; Time.Advance(TimeSpan.FromMilliseconds(250)))
        {
            Lane.TakeTurn();
        }
    }

    /// <summary>Another plan: what is under way is ended, and another lane goes on where this one stood.</summary>
    public void Replace()
    {
        var stopped = Lane;
        stopped.Stop();
        stopped.Abort();
        stopped.Close();
        _lane = Make();
        _lane.GoOnFrom(stopped);
        stopped.Dispose();
    }

    /// <summary>The process dies, and another one starts.</summary>
    public void Kill()
    {
        Lane.Abort();
        Lane.Dispose();
        _lane = Load(Make());
    }

    public void Dispose()
    {
        _lane?.Abort();
        _lane?.Close();
        _state.Dispose();
        _folder.Dispose();
    }

    private static Shipper Load(Shipper lane)
    {
        lane.Load();
        return lane;
    }

    private Shipper Make()
    {
        var parser = LogParser.Compile([Format], TimeZoneInfo.Utc, [])!;
        var settings = new LaneSettings(
            "test", Interval, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1), new BatchLimits(BatchBytes, MaxLineBytes), DeadLetters);
        var directory = new DiskLogDirectory(_folder["logs"], Time);
        return new Shipper(
            new LogSource("access", Trouble?.Invoke(directory) ?? directory, "access.log", parser, KeepOriginal: false), new SinkCircuit("sink", Sink, Time, new NoSinkEvents()),
            new MemoryBudget(1024 * 1024, 1).CreateShare(), State ?? _state, settings, Time, new Random(1), new LaneEvents("access", "sink", Ledger, Logger), Ledger)
        {
            Rest = Rest,
        };
    }
}

/// <summary>Nobody is told.</summary>
internal sealed class NoSinkEvents : ISinkEvents
{
    public void Failing(string sink, string reason)
    {
    }

    public void Recovered(string sink)
    {
    }
}
