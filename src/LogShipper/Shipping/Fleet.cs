using LogShipper.Configuration;
using LogShipper.Tailing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LogShipper.Shipping;

/// <summary>
/// The running lanes: one Shipper for each log and sink, each with its own position and loop. Makes reality match the
/// plan: what a new plan leaves as it was goes on untouched.
/// </summary>
internal sealed partial class Fleet : ISinkEvents, IAsyncDisposable
{
    /// <summary>How long the attempts of a lane that is stopped or replaced may take to settle; then they are ended and made again.</summary>
    public static readonly TimeSpan SettlingTime = TimeSpan.FromSeconds(5);

    /// <summary>Between two searches for logs, however often the kernel says that there are new ones.</summary>
    private static readonly TimeSpan DiscoveryRest = TimeSpan.FromMilliseconds(100);

    private readonly Func<SinkPlan, ISink> _createSink;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly FollowedLogs _logs;
    private readonly WakeSignal _discoveryDue;
    private readonly SemaphoreSlim _changing = new(1, 1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly FleetLanes _lanes;
    private readonly LogWatch _watch;
    private volatile Plan _plan;
    private volatile FleetSink[] _sinks;
    private LaneSettings _settings;
    private readonly IDeliveryObserver? _observer;
    private readonly FleetSink? _observing;
    private Task _discovery = Task.CompletedTask;

    /// <param name="plan">What runs.</param>
    /// <param name="createSink">Makes the sink that a plan describes.</param>
    /// <param name="state">Where checkpoints and dead letters are kept.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">For messages.</param>
    /// <param name="observer">Told of every batch and attempt of the configured sinks.</param>
    /// <param name="observing">A sink beside the configured ones that gets every log with memory of its own, and on which nothing waits:
    /// its lanes are no part of <see cref="Lanes"/>, of <see cref="Ended"/> or of what a drain has left.</param>
    /// <param name="fileEvents">Opens the kernel's word on changes in directories; null: the kernel's own.</param>
    public Fleet(
        Plan plan, Func<SinkPlan, ISink> createSink, IStateDirectory state, TimeProvider time, ILoggerFactory loggers,
        IDeliveryObserver? observer = null, (string Name, ISink Sink, long MemoryBytes)? observing = null, FileEventsOpening? fileEvents = null)
    {
        _plan = plan;
        _createSink = createSink;
        _time = time;
        _logger = loggers.CreateLogger("LogShipper");
        _lanes = new FleetLanes(state, Taps, time, _logger);
        _settings = LaneSettings.From(plan);
        _discoveryDue = new WakeSignal(time);
        _watch = new LogWatch(fileEvents ?? Inotify.TryOpen, _lanes.LookSoon, _discoveryDue.Set, time, _logger);
        _logs = new FollowedLogs(time, _logger);
        _logs.Adopt(plan.Logs);
        var budget = new MemoryBudget(plan.MemoryBudgetBytes, plan.Sinks.Length);
        _sinks = [.. plan.Sinks.Select(sink => CreateSink(sink, budget))];
        _observer = observer;
        if (observing is { } beside)
        {
            _observing = new FleetSink(
                new ObservingSinkPlan(beside.Name), new SinkCircuit(beside.Name, beside.Sink, time, this), new MemoryShare(beside.MemoryBytes));
            _lanes.Observing = beside.Sink as IObservingSink;
        }
    }

    /// <summary>What is in force.</summary>
    public Plan Plan => _plan;

    /// <summary>Done before each search for logs: what must be looked after now and then, and shall not wake an idle process for itself.</summary>
    public Action BeforeSearch { get; set; } = static () => { };

    /// <summary>Who watches records as they are shipped.</summary>
    public RecordTaps Taps { get; } = new();

    public IReadOnlyList<Shipper> Lanes => [.. _lanes.Running().Where(lane => !lane.Observes).Select(lane => lane.Shipper)];

    /// <summary>The lanes of the sink that only observes.</summary>
    public IReadOnlyList<Shipper> ObservingLanes => [.. _lanes.Running().Where(lane => lane.Observes).Select(lane => lane.Shipper)];

    /// <summary>The globs that lead to no log, for what matches is no file.</summary>
    public IReadOnlyList<RefusedLog> RefusedLogs =>
        [.. _logs.Refused.Select(refused => new RefusedLog(
            refused.Log.Name, refused.Log.Path, refused.Reason, [.. _plan.Sinks.Where(sink => sink.Logs.Contains(refused.Log.Name)).Select(sink => sink.Name)]))];

    public IEnumerable<SinkCircuit> Sinks => _sinks.Select(sink => sink.Circuit);

    /// <summary>Completes when no lane is left that could ship anything (stdout's reader is gone), or fails when one met a programming error.</summary>
    public Task Ended => _lanes.Ended;

    /// <summary>Every loop has turned when it said that it would, within a minute.</summary>
    public bool IsAlive => _lanes.AreAlive;

    /// <summary>The kernel's word on changes is listened to.</summary>
    public bool IsWoken => _watch.IsOpen;

    /// <summary>Starts a lane for each log that is there, and looks for the matches of globs from now on.</summary>
    /// <exception cref="IOException">A checkpoint cannot be read.</exception>
    public void Start()
    {
        _logs.Discover();
        StartMissingLanes([], toleratesFaults: false);
        _discovery = DiscoverOnAsync();
    }

    /// <summary>
    /// Makes reality match another plan. Lanes that it leaves as they were are not touched; one that is gone or differs is
    /// stopped at the boundary of a batch, its position saved, before the one in its place begins there. Sinks whose
    /// options are the same keep their connections, their health and their share. What can change with the next start
    /// only (<see cref="PlanChange"/>) stays as it is.
    /// </summary>
    /// <returns>What was done; null: the fleet is draining, and nothing was.</returns>
    /// <exception cref="ArgumentException">The plan was not validated, or a sink cannot be made; nothing has changed.</exception>
    public async Task<FleetChange?> ApplyAsync(Plan plan)
    {
        await _changing.WaitAsync();
        try
        {
            // The drain is over the plan that it found.
            return _stopping.IsCancellationRequested ? null : await ChangeAsync(_plan.Become(plan));
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Ships what there is until nobody writes the logs any more, at most <paramref name="longest"/>.</summary>
    /// <param name="waitForQuiet">False: what is there now is enough.</param>
    /// <param name="longest">Then every attempt is ended; what is left stays in the checkpoints.</param>
    /// <param name="hurry">Ends every attempt at once.</param>
    public async Task DrainAsync(bool waitForQuiet, TimeSpan longest, CancellationToken hurry)
    {
        await _stopping.CancelAsync();
        _discoveryDue.Set();
        await _discovery;

        // A change that is under way now ends the attempts that it waits for.
        await _changing.WaitAsync(CancellationToken.None);
        try
        {
            _logs.Discover();
            StartMissingLanes([], toleratesFaults: true);
        }
        finally
        {
            _changing.Release();
        }

        await _lanes.DrainAsync(waitForQuiet, longest, hurry);
    }

    public void Failing(string sink, string reason) => LogFailing(sink, reason);

    public void Recovered(string sink) => LogRecovered(sink);

    public async ValueTask DisposeAsync()
    {
        _watch.Dispose();
        await _stopping.CancelAsync();
        _discoveryDue.Set();
        await _discovery;
        foreach (var sink in _sinks)
        {
            await sink.Circuit.Sink.DisposeAsync();
        }

        if (_observing is not null)
        {
            await _observing.Circuit.Sink.DisposeAsync();
        }

        _stopping.Dispose();
        _changing.Dispose();
    }

    private async Task<FleetChange> ChangeAsync(Plan plan)
    {
        // What can fail comes first.
        var budget = new MemoryBudget(plan.MemoryBudgetBytes, plan.Sinks.Length);
        var former = _sinks;
        FleetSink[] sinks = [.. plan.Sinks.Select(sink => Array.Find(former, known => known.Plan.IsSameSinkAs(sink)) ?? CreateSink(sink, budget))];
        _logs.Adopt(plan.Logs);

        foreach (var sink in sinks)
        {
            sink.Plan = plan.Sinks.First(next => next.Name == sink.Name);
        }

        _logs.Discover();
        var settings = LaneSettings.From(plan);
        var before = _lanes.Running();
        var leaving = Array.FindAll(before, lane => !IsServedAlike(lane, sinks, settings));
        await StopAsync(leaving);
        foreach (var sink in former.Except(sinks))
        {
            await sink.Circuit.Sink.DisposeAsync();
        }

        (_plan, _sinks, _settings) = (plan, sinks, settings);
        foreach (var sink in sinks)
        {
            sink.Share.Resize(budget.ShareBytes);
        }

        foreach (var lane in _lanes.Running())
        {
            _lanes.Adopt(lane, settings);
        }

        var started = StartMissingLanes(leaving, toleratesFaults: true);
        var told = Array.FindAll(leaving, lane => !lane.Observes);
        var replaced = told.Count(lane => started.Contains(lane.Key));
        foreach (var lane in leaving)
        {
            lane.Shipper.Dispose();
            if (!lane.Observes && !started.Contains(lane.Key))
            {
                var (delivered, left) = (lane.Shipper.Ledger.Take().Acknowledged.Records, lane.Shipper.BytesBehind);
                LogNoLonger(lane.Key.Log, lane.Key.Sink, delivered, left);
            }
        }

        _discoveryDue.Set();
        _lanes.EndIfAllHaveEnded();
        var startedAndTold = started.Count(key => key.Sink != _observing?.Name);
        return new FleetChange(before.Count(lane => !lane.Observes) - told.Length, startedAndTold - replaced, told.Length - replaced, replaced);
    }

    private bool IsServedAlike(FleetLane lane, FleetSink[] sinks, LaneSettings settings) =>
        _logs.Find(lane.Log.Source.Name) is { } log
        && (lane.Observes ? lane.Sink : Array.Find(sinks, sink => sink == lane.Sink)) is { } same && same.Takes(log)
        && lane.CanServe(log, same, settings);

    /// <summary>Stops lanes at the boundary of a batch and takes them out.</summary>
    private Task StopAsync(FleetLane[] leaving) => _lanes.StopAsync(leaving, SettlingTime, _stopping.Token);

    /// <summary>Starts the lanes that the plan wants and that do not run; one whose predecessor is among <paramref name="stopped"/> goes on from there.</summary>
    private HashSet<(string Log, string Sink)> StartMissingLanes(FleetLane[] stopped, bool toleratesFaults)
    {
        var running = _lanes.Running().Select(lane => lane.Key).ToHashSet();
        var started = new HashSet<(string, string)>();
        foreach (var log in _logs.All)
        {
            foreach (var sink in Served().Where(sink => sink.Takes(log)))
            {
                var key = (log.Source.Name, sink.Name);
                if (!running.Contains(key) && TryStart(log, sink, Array.Find(stopped, lane => lane.Key == key), toleratesFaults))
                {
                    started.Add(key);
                }
            }
        }

        // Behind the first look of a new lane nothing may be missed: what is watched anew is looked at once more.
        _watch.Follow(_logs.FindWatched());
        return started;
    }

    private bool TryStart(FollowedLog log, FleetSink sink, FleetLane? predecessor, bool toleratesFaults, Action<Shipper>? prepare = null) =>
        _lanes.TryStart(log, sink, predecessor, _settings, ledger => EventsOf(log, sink, ledger), toleratesFaults, prepare);

    /// <summary>What happens to the files is told by the lanes of the configured sinks, and what only observes is not observed.</summary>
    private LaneEvents EventsOf(FollowedLog log, FleetSink sink, Ledger ledger) => sink == _observing
        ? new LaneEvents(log.Source.Name, sink.Name, ledger, NullLogger.Instance)
        : new LaneEvents(log.Source.Name, sink.Name, ledger, _logger, _observer, log.Source.News);

    private IEnumerable<FleetSink> Served() => _observing is null ? _sinks : _sinks.Append(_observing);

    private async Task DiscoverOnAsync()
    {
        var searchedAt = _time.GetTimestamp();
        try
        {
            while (!_stopping.IsCancellationRequested)
            {
                await _discoveryDue.WaitAsync(_time.UntilNext(_plan.Interval));
                await RestAsync(searchedAt);
                BeforeSearch();
                await _changing.WaitAsync(_stopping.Token);
                try
                {
                    _logs.Discover();
                    StartMissingLanes([], toleratesFaults: true);
                    await GiveUpTheGoneAsync();
                    searchedAt = _time.GetTimestamp();
                }
                finally
                {
                    _changing.Release();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The drain looks once more.
        }
    }

    private async Task RestAsync(long searchedAt)
    {
        if (DiscoveryRest - _time.GetElapsedTime(searchedAt) is var rest && rest > TimeSpan.Zero)
        {
            await Task.Delay(rest, _time, _stopping.Token);
        }
    }

    /// <summary>Ends the lanes of matches that are gone for good: names with dates in them would become ever more.</summary>
    private async Task GiveUpTheGoneAsync()
    {
        var givenUp = _logs.FindGivenUp(log => _lanes.Running().All(lane => lane.Log != log || lane.Shipper.IsEmpty));
        foreach (var log in givenUp)
        {
            var leaving = Array.FindAll(_lanes.Running(), lane => lane.Log == log);
            await StopAsync(leaving);
            foreach (var lane in leaving)
            {
                // A file that came meanwhile is found by the next look, and goes on from its position.
                lane.Shipper.ForgetIfEmpty();
                lane.Shipper.Dispose();
            }

            _logs.Forget(log);
            LogGivenUp(log.Source.Name, log.Source.Path);
        }
    }

    private FleetSink CreateSink(SinkPlan plan, MemoryBudget budget) =>
        new(plan, new SinkCircuit(plan.Name, _createSink(plan), _time, this), budget.CreateShare());

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sink {Sink} takes nothing now ({Reason}); it is tried again until it does")]
    private partial void LogFailing(string sink, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Sink {Sink} takes records again")]
    private partial void LogRecovered(string sink);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Log} to {Sink}: no longer shipped; records delivered: {Records}, bytes left: {Bytes}; its position is kept")]
    private partial void LogNoLonger(string log, string sink, long records, long bytes);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Log}: {Path} and what was rotated from it are gone, it is not looked for any more; it starts anew if it comes back")]
    private partial void LogGivenUp(string log, string path);
}
