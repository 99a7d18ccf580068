using LogShipper.Configuration;
using LogShipper.Parsing;
using LogShipper.Tailing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LogShipper.Shipping;

/// <summary>The running lanes: one Shipper for each log and sink, each with its own position and loop.</summary>
internal sealed partial class Fleet : ISinkEvents, IAsyncDisposable
{
    private static readonly TimeSpan ObservingGrace = TimeSpan.FromMilliseconds(500);

    private readonly Plan _plan;
    private readonly IStateDirectory _state;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly LaneSettings _settings;
    private readonly MemoryBudget _budget;
    private readonly Dictionary<string, DiskLogDirectory> _directories = new(StringComparer.Ordinal);
    private readonly Dictionary<string, LogParser> _parsers = new(StringComparer.Ordinal);
    private readonly List<(SinkPlan Plan, SinkCircuit Circuit, MemoryShare Share)> _sinks = [];
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _allEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<(Shipper Lane, Task Loop)> _lanes = [];
    private readonly List<(Shipper Lane, Task Loop)> _observingLanes = [];
    private readonly IDeliveryObserver? _observer;
    private readonly (SinkCircuit Circuit, MemoryShare Share)? _observingSink;
    private Task _discovery = Task.CompletedTask;

    /// <param name="plan">What runs.</param>
    /// <param name="createSink">Makes the sink that a plan describes.</param>
    /// <param name="state">Where checkpoints and dead letters are kept.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">For messages.</param>
    /// <param name="observer">Told of every batch and attempt of the configured sinks.</param>
    /// <param name="observing">A sink beside the configured ones that gets every log with memory of its own, and on which nothing waits:
    /// its lanes are no part of <see cref="Lanes"/>, of <see cref="Ended"/> or of what a drain has left.</param>
    public Fleet(
        Plan plan, Func<SinkPlan, ISink> createSink, IStateDirectory state, TimeProvider time, ILoggerFactory loggers,
        IDeliveryObserver? observer = null, (string Name, ISink Sink, long MemoryBytes)? observing = null)
    {
        _plan = plan;
        _state = state;
        _time = time;
        _logger = loggers.CreateLogger("LogShipper");
        _observer = observer;
        _settings = LaneSettings.From(plan);
        _budget = new MemoryBudget(plan.MemoryBudgetBytes, plan.Sinks.Length);
        foreach (var sink in plan.Sinks)
        {
            _sinks.Add((sink, new SinkCircuit(sink.Name, createSink(sink), time, this), _budget.CreateShare()));
        }

        if (observing is { } beside)
        {
            _observingSink = (new SinkCircuit(beside.Name, beside.Sink, time, this), new MemoryShare(beside.MemoryBytes));
        }

        foreach (var log in plan.Logs)
        {
            var problems = new List<string>();
            _parsers[log.Name] = LogParser.Compile(log.Formats, log.TimeZone, problems)
                ?? throw new ArgumentException($"The formats of {log.Name} were not validated: {string.Join("; ", problems)}", nameof(plan));
        }
    }

    public IReadOnlyList<Shipper> Lanes
    {
        get
        {
            lock (_lock)
            {
                return [.. _lanes.Select(lane => lane.Lane)];
            }
        }
    }

    /// <summary>The lanes of the sink that only observes.</summary>
    public IReadOnlyList<Shipper> ObservingLanes
    {
        get
        {
            lock (_lock)
            {
                return [.. _observingLanes.Select(lane => lane.Lane)];
            }
        }
    }

    public IEnumerable<SinkCircuit> Sinks => _sinks.Select(sink => sink.Circuit);

    /// <summary>Completes when no lane is left that could ship anything (stdout's reader is gone), or fails when one met a programming error.</summary>
    public Task Ended => _allEnded.Task;

    /// <summary>Every loop has turned when it said that it would, within a minute.</summary>
    public bool IsAlive
    {
        get
        {
            var now = _time.GetTimestamp();
            return Lanes.Concat(ObservingLanes).All(lane => lane.HasEnded || lane.IsDrained || _time.GetElapsedTime(lane.Deadline, now) < TimeSpan.FromSeconds(60));
        }
    }

    /// <summary>Starts a lane for each log that is there, and looks for the matches of globs from now on.</summary>
    /// <exception cref="IOException">A checkpoint cannot be read.</exception>
    public void Start()
    {
        Discover(isFirst: true);
        if (_plan.Logs.Any(log => GlobbedLogs.IsGlob(log.Path)))
        {
            _discovery = DiscoverOnAsync();
        }
    }

    /// <summary>Ships what there is until nobody writes the logs any more, at most <paramref name="longest"/>.</summary>
    /// <param name="waitForQuiet">False: what is there now is enough.</param>
    /// <param name="longest">Then every attempt is ended; what is left stays in the checkpoints.</param>
    /// <param name="hurry">Ends every attempt at once.</param>
    public async Task DrainAsync(bool waitForQuiet, TimeSpan longest, CancellationToken hurry)
    {
        await _stopping.CancelAsync();
        await _discovery;
        Discover(isFirst: false);
        using var timeout = new CancellationTokenSource(longest, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, hurry);
        List<(Shipper Lane, Task Loop)> lanes, observing;
        lock (_lock)
        {
            lanes = [.. _lanes];
            observing = [.. _observingLanes];
        }

        using var abort = either.Token.Register(() => lanes.ForEach(lane => lane.Lane.Abort()));
        foreach (var (lane, _) in lanes.Concat(observing))
        {
            lane.Drain(waitForQuiet);
        }

        await Task.WhenAll(lanes.Select(lane => lane.Loop));

        // Those that only observe are as good as done by now; what they have not seen is seen by the next start.
        var observed = Task.WhenAll(observing.Select(lane => lane.Loop));
        await observed.WaitAsync(ObservingGrace, _time, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        observing.ForEach(lane => lane.Lane.Abort());
        await observed;
    }

    public void Failing(string sink, string reason) => LogFailing(sink, reason);

    public void Recovered(string sink) => LogRecovered(sink);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        foreach (var (_, circuit, _) in _sinks)
        {
            await circuit.Sink.DisposeAsync();
        }

        if (_observingSink is { } observing)
        {
            await observing.Circuit.Sink.DisposeAsync();
        }

        _stopping.Dispose();
    }

    private async Task DiscoverOnAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(_plan.Interval, _time, _stopping.Token);
                Discover(isFirst: false);
            }
        }
        catch (OperationCanceledException)
        {
            // The drain looks once more.
        }
        catch (IOException exception)
        {
            _allEnded.TrySetException(exception);
        }
    }

    private void Discover(bool isFirst)
    {
        foreach (var log in _plan.Logs)
        {
            if (!GlobbedLogs.IsGlob(log.Path))
            {
                if (isFirst)
                {
                    Announce(log.Path);
                    Follow(log, log.Name, Path.GetDirectoryName(log.Path)!, Path.GetFileName(log.Path));
                }

                continue;
            }

            var root = GlobbedLogs.RootOf(log.Path);
            var matches = GlobbedLogs.Expand(log.Path);
            if (isFirst && matches.Count == 0)
            {
                LogWaiting(log.Path);
            }

            foreach (var relative in matches)
            {
                var path = $"{root}/{relative}";
                // The file of a log that was rotated away for a moment does not make its rotated files logs.
                if (!_known.Any(known => RotatedName.Parse(known, path) is { IsLive: false }))
                {
                    Follow(log, $"{log.Name}/{relative}", Path.GetDirectoryName(path)!, Path.GetFileName(path));
                }
            }
        }
    }

    private void Follow(LogPlan log, string name, string directory, string liveName)
    {
        if (!_known.Add($"{directory}/{liveName}"))
        {
            return;
        }

        if (!_directories.TryGetValue(directory, out var shared))
        {
            _directories[directory] = shared = new DiskLogDirectory(directory, _time);
        }

        var source = new LogSource(name, shared, liveName, _parsers[log.Name], log.KeepOriginal);
        foreach (var (sink, circuit, share) in _sinks)
        {
            if (sink.Logs.Contains(log.Name))
            {
                StartLane(source, circuit, share, new LaneEvents(source.Name, circuit.Name, new Ledger(), _logger, _observer), _lanes);
            }
        }

        if (_observingSink is { } observing)
        {
            // What happens to the files is told by the other lanes.
            StartLane(source, observing.Circuit, observing.Share, new LaneEvents(source.Name, observing.Circuit.Name, new Ledger(), NullLogger.Instance), _observingLanes);
        }
    }

    private void StartLane(LogSource source, SinkCircuit circuit, MemoryShare share, LaneEvents events, List<(Shipper Lane, Task Loop)> lanes)
    {
        var jitter = new Random(HashCode.Combine(_plan.Instance, source.Name, circuit.Name, _time.GetTimestamp()));
        var lane = new Shipper(source, circuit, share, _state, _settings, _time, jitter, events, events.Ledger);
        lane.Load();
        lock (_lock)
        {
            lanes.Add((lane, Task.Run(() => RunAsync(lane))));
        }
    }

    private async Task RunAsync(Shipper lane)
    {
        try
        {
            await lane.RunAsync();
        }
        catch (Exception exception)
        {
            // A programming error: the process ends, and its successor goes on from the checkpoint.
            _allEnded.TrySetException(exception);
            throw;
        }

        if (lane.HasEnded && Lanes.All(other => other.HasEnded))
        {
            _allEnded.TrySetResult();
        }
    }

    private void Announce(string path)
    {
        var error = NativeFile.TryStatus(path, out var status);
        if (error == NativeFile.ErrorNoEntry)
        {
            LogWaiting(path);
        }
        else if (error == 0 && status.IsSymbolicLink)
        {
            LogSymbolicLink(path, File.ResolveLinkTarget(path, returnFinalTarget: false)?.FullName);
        }
        else if (error == 0 && !status.IsRegular)
        {
            LogNotRegular(path);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Path} does not exist yet and is waited for")]
    private partial void LogWaiting(string path);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} is a symbolic link to {Target}, which is not followed; nginx's image has such links: mount an emptyDir over its directory")]
    private partial void LogSymbolicLink(string path, string? target);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} is not a regular file and is not read")]
    private partial void LogNotRegular(string path);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sink {Sink} takes nothing now ({Reason}); it is tried again until it does")]
    private partial void LogFailing(string sink, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Sink {Sink} takes records again")]
    private partial void LogRecovered(string sink);
}
