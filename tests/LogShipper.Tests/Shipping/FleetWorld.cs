using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using LogShipper.Configuration;
using LogShipper.Shipping;
using LogShipper.Sinks.Elasticsearch;
using LogShipper.Sinks.Stdout;
using LogShipper.Tailing;
using Microsoft.Extensions.Time.Testing;
using Serilog.Events;

namespace LogShipper.Tests.Shipping;

/// <summary>A fleet on real files with a clock that the test moves and sinks that it knows.</summary>
internal sealed class FleetWorld : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DiskStateDirectory _state;
    private Fleet? _fleet;

    public FleetWorld()
    {
        Directory.CreateDirectory(_folder["logs"]);
        _state = new DiskStateDirectory(_folder["state"]);
        _state.Claim();
    }

    public FakeTimeProvider Time { get; init; } = new(DateTimeOffset.UnixEpoch.AddYears(56));

    /// <summary>A sink beside the configured ones, on which nothing waits; null: there is none.</summary>
    public ISink? Observing { get; init; }

    /// <summary>Every sink that was made, by name, in the order of their making.</summary>
    public List<(string Name, FakeSink Sink)> Made { get; } = [];

    /// <summary>How a sink is made.</summary>
    public Func<SinkPlan, FakeSink> Make { get; set; } = static _ => new FakeSink();

    /// <summary>What stands in the place of the kernel's word on changes; null: the kernel's own.</summary>
    public FileEventsOpening? FileEvents { get; init; }

    public Fleet Fleet => _fleet!;

    /// <summary>What the fleet has told.</summary>
    public Messages Messages { get; } = new();

    /// <summary>A place for other files of the test.</summary>
    public string PathOf(string name) => _folder[name];

    public string LogPath(string name) => Path.Combine(_folder["logs"], name);

    public string StatePath(string name) => Path.Combine(_folder["state"], name);

    public Plan Plan(IReadOnlyList<LogPlan>? logs = null, IReadOnlyList<SinkPlan>? sinks = null) => new()
    {
        Interval = TimeSpan.FromSeconds(10),
        StateDirectory = _folder["state"],
        Instance = "test",
        DrainTimeout = TimeSpan.FromSeconds(5),
        RotationGrace = TimeSpan.FromSeconds(10),
        DrainQuiet = TimeSpan.FromSeconds(1),
        MemoryBudgetBytes = 16 * 1024 * 1024,
        BatchBytes = 64 * 1024,
        MaxLineBytes = 64 * 1024,
        TerminationMessagePath = "",
        Admin = new AdminPlan(Enabled: false, IPAddress.Loopback, 0),
        Logs = [.. logs ?? [Log("access")]],
        Sinks = [.. sinks ?? [Stdout("out")]],
        DeadLetters = new DeadLetterPlan(1024 * 1024, WhenFull.Stop),
        Diagnostics = new DiagnosticsPlan(LogEventLevel.Information, DiagnosticsFormat.Json),
    };

    public LogPlan Log(string name, string? file = null) => new(name, LogPath(file ?? $"{name}.log"), ["json"], TimeZoneInfo.Utc, KeepOriginal: false);

    public static SinkPlan Stdout(string name, StdoutLayout layout = StdoutLayout.Raw, params string[] logs) =>
        new StdoutSinkPlan(name, LogsOf(logs), new StdoutOptions { Layout = layout });

    public static SinkPlan Elasticsearch(string name, string node = "http://es:9200", params string[] logs) =>
        new ElasticsearchSinkPlan(name, LogsOf(logs), new ElasticsearchOptions { Nodes = [new Uri(node)] });

    public void Start(Plan plan)
    {
        _fleet = new Fleet(
            plan,
            sink =>
            {
                var made = Make(sink);
                Made.Add((sink.Name, made));
                return made;
            },
            _state,
            Time,
            Messages,
            observing: Observing is { } beside ? ("beside-them", beside, 1024 * 1024) : null,
            fileEvents: FileEvents);
        _fleet.Start();
    }

    public FakeSink Sink(string name) => Made.FindLast(made => made.Name == name).Sink;

    public Shipper Lane(string log, string sink) => Fleet.Lanes.Single(lane => lane.Log.Name == log && lane.Sink == sink);

    public void Append(string name, params string[] lines) => File.AppendAllText(LogPath(name), string.Concat(lines.Select(line => $"{line}\n")));

    /// <summary>Lets the clock run until it is so; the loops run on threads of their own.</summary>
    public async Task UntilAsync(Func<bool> isSo, TimeSpan? step = null)
    {
        var began = Stopwatch.GetTimestamp();
        for (var round = 0; !isSo(); round++)
        {
            Assert.True(round < 5000 || Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(60), "It did not come to be.");
            Time.Advance(step ?? TimeSpan.FromMilliseconds(500));
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
    }

    /// <summary>The same for something that ends.</summary>
    public async Task<T> UntilDoneAsync<T>(Task<T> task, TimeSpan? step = null)
    {
        await UntilAsync(() => task.IsCompleted, step);
        return await task;
    }

    /// <summary>Ends the fleet at once; another may be started in its place.</summary>
    public async Task DisposeFleetAsync()
    {
        if (_fleet is { } fleet)
        {
            _fleet = null;
            var draining = fleet.DrainAsync(waitForQuiet: false, TimeSpan.Zero, CancellationToken.None);
            await UntilAsync(() => draining.IsCompleted);
            await fleet.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await DisposeFleetAsync();
        _state.Dispose();
        _folder.Dispose();
    }

    private static ImmutableArray<string> LogsOf(string[] logs) => logs.Length == 0 ? ["access"] : [.. logs];
}
