using LogShipper.Configuration;
using LogShipper.Shipping;
using Microsoft.Extensions.Logging;

namespace LogShipper.Hosting;

/// <summary>
/// Looks every few seconds whether the file of the configuration holds something else, and applies it. A bad one
/// changes nothing and is told once, with all its problems.
/// </summary>
internal sealed partial class ConfigurationReload
{
    /// <summary>How often the file is read.</summary>
    public static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(5);

    private readonly ConfigurationOrigin _origin;
    private readonly Fleet _fleet;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly WakeSignal _wake;
    private readonly HashSet<string> _toldNotes;
    private volatile ReloadState _state;
    private int _requested;
    private string? _judged;
    private string? _lastSeen;

    public ConfigurationReload(ConfigurationOrigin origin, LoadedConfiguration loaded, Fleet fleet, TimeProvider time, ILogger logger)
    {
        _origin = origin;
        _fleet = fleet;
        _time = time;
        _logger = logger;
        _wake = new WakeSignal(time);
        _toldNotes = [.. loaded.Notes.Select(note => note.ToString())];
        _judged = _lastSeen = loaded.FileHash;
        _state = new ReloadState(loaded.FileHash, time.GetUtcNow(), Applied: 0, Refused: 0, RefusedAt: null, Problems: [], WaitingForNextStart: []);
    }

    /// <summary>Called with what is in force now, for the parts of it that are not the fleet's.</summary>
    public Action<Plan> Applied { get; set; } = static _ => { };

    /// <summary>How it stands; for status and metrics.</summary>
    public ReloadState State => _state;

    /// <summary>Loads at once, changed or not (SIGHUP): what a file that the configuration names holds may have changed.</summary>
    public void Request()
    {
        Interlocked.Exchange(ref _requested, 1);
        _wake.Set();
    }

    /// <summary>Polls until <paramref name="ending"/>.</summary>
    public async Task RunAsync(CancellationToken ending)
    {
        using var wake = ending.Register(_wake.Set);
        while (!ending.IsCancellationRequested)
        {
            // Where there is no file nothing can change but at a signal: an idle process sleeps.
            await _wake.WaitAsync(_origin.File is null ? Timeout.InfiniteTimeSpan : PollInterval);
            if (!ending.IsCancellationRequested)
            {
                await PollAsync();
            }
        }
    }

    /// <summary>One look at the file; a change counts when two looks see the same, since the file may be half written.</summary>
    internal async Task PollAsync()
    {
        var requested = Interlocked.Exchange(ref _requested, 0) == 1;
        if (_origin.File is null && !requested)
        {
            return;
        }

        var seen = _origin.ReadFileHash();
        var isSettled = seen == _lastSeen;
        _lastSeen = seen;
        if (requested || (isSettled && seen != _judged))
        {
            await LoadAsync(requested);
        }
    }

    private async Task LoadAsync(bool requested)
    {
        try
        {
            var loaded = _origin.Load();
            if (loaded.FileHash != _lastSeen && !requested)
            {
                // It changed between the look and the load: the next looks judge it.
                _lastSeen = loaded.FileHash;
                return;
            }

            _judged = _lastSeen = loaded.FileHash;
            if (loaded.Plan is { } plan)
            {
                await ApplyAsync(plan, loaded);
            }
            else
            {
                Refuse(loaded.Problems);
            }
        }
        catch (Exception exception)
        {
            // A sink that cannot be made, for example. The message may quote what it failed on: a header with the
            // password in it. Of a lane that met a programming error the fleet tells the host, and the process ends.
            Refuse([new Problem("", $"cannot be applied: {exception.GetType().Name}")]);
        }
    }

    private async Task ApplyAsync(Plan plan, LoadedConfiguration loaded)
    {
        var waiting = PlanChange.WaitingForNextStart(_fleet.Plan, plan);
        if (await _fleet.ApplyAsync(plan) is not { } change)
        {
            return;
        }

        Applied(_fleet.Plan);
        foreach (var note in loaded.Notes.Select(note => note.ToString()).Where(_toldNotes.Add))
        {
            StartMessages.Note(_logger, note);
        }

        foreach (var key in waiting.Except(_state.WaitingForNextStart, StringComparer.Ordinal))
        {
            LogWaitsForNextStart(key);
        }

        _state = _state with
        {
            AppliedHash = loaded.FileHash,
            AppliedAt = _time.GetUtcNow(),
            Applied = _state.Applied + 1,
            RefusedAt = null,
            Problems = [],
            WaitingForNextStart = waiting,
        };
        LogApplied(change.Kept, change.Started, change.Stopped, change.Replaced);
    }

    private void Refuse(IReadOnlyList<Problem> problems)
    {
        _state = _state with { Refused = _state.Refused + 1, RefusedAt = _time.GetUtcNow(), Problems = [.. problems.Select(problem => problem.WithoutValue)] };
        LogRefused(problems.Count);
        foreach (var problem in problems)
        {
            LogProblem(problem.ToString());
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The configuration was loaded again; of the lanes {Kept} go on, {Started} were started, {Stopped} stopped, {Replaced} replaced")]
    private partial void LogApplied(int kept, int started, int stopped, int replaced);

    [LoggerMessage(Level = LogLevel.Error, Message = "The changed configuration is not applied, what was in force stays; problems: {Problems}")]
    private partial void LogRefused(int problems);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Problem}")]
    private partial void LogProblem(string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Key} has changed, which takes effect at the next start")]
    private partial void LogWaitsForNextStart(string key);
}
