using System.Collections.Immutable;
using LogShipper.Configuration;
using LogShipper.Parsing;
using LogShipper.Tailing;
using Microsoft.Extensions.Logging;

namespace LogShipper.Shipping;

/// <summary>One log that is followed: a plain path of the plan, or one match of a glob.</summary>
internal sealed record FollowedLog(LogPlan Plan, LogSource Source)
{
    public bool IsMatch => GlobbedLogs.IsGlob(Plan.Path);
}

/// <summary>
/// The logs that the plan's paths lead to: plain ones from the start, whether they exist or not; a glob's matches from
/// when they are first seen. Used by one thread at a time.
/// </summary>
internal sealed partial class FollowedLogs(TimeProvider time, ILogger logger)
{
    /// <summary>How long no file may have been there before a match is given up: longer than any rotation takes.</summary>
    public static readonly TimeSpan GivenUpAfter = TimeSpan.FromMinutes(10);

    private readonly Dictionary<string, FollowedLog> _byPath = new(StringComparer.Ordinal);
    private readonly Dictionary<LogPath, DiskLogDirectory> _directories = [];
    private readonly Dictionary<string, long> _goneSince = new(StringComparer.Ordinal);
    private readonly HashSet<string> _announced = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> _searched = new(StringComparer.Ordinal);
    private readonly HashSet<string> _refusalsTold = new(StringComparer.Ordinal);
    private readonly HashSet<string> _crowded = new(StringComparer.Ordinal);
    private Dictionary<string, (LogPlan Plan, LogParser Parser)> _plans = new(StringComparer.Ordinal);

    public IEnumerable<FollowedLog> All => _byPath.Values;

    /// <summary>
    /// What the last search found in the place of a glob's files, where it found none. Not while a match is followed: its lanes say how it stands, and its
    /// file may be gone because it is rotated at this moment. May be read by anybody.
    /// </summary>
    public IReadOnlyList<(LogPlan Log, string Reason)> Refused { get; private set; } = [];

    public FollowedLog? Find(string name) => _byPath.Values.FirstOrDefault(log => log.Source.Name == name);

    /// <summary>Takes over the logs of a plan: what did not change stays the same object, what is elsewhere now is forgotten.</summary>
    /// <exception cref="ArgumentException">A format was not validated; nothing has changed.</exception>
    public void Adopt(ImmutableArray<LogPlan> logs)
    {
        var plans = new Dictionary<string, (LogPlan Plan, LogParser Parser)>(StringComparer.Ordinal);
        foreach (var log in logs)
        {
            plans.Add(log.Name, (log, _plans.TryGetValue(log.Name, out var known) && known.Plan.ReadsAs(log) ? known.Parser : Compile(log)));
        }

        _plans = plans;
        _searched.Clear();
        foreach (var (path, followed) in _byPath.ToArray())
        {
            if (!plans.TryGetValue(followed.Plan.Name, out var next) || next.Plan.Path != followed.Plan.Path || next.Plan.FollowSymlinks != followed.Plan.FollowSymlinks)
            {
                _byPath.Remove(path);
                _goneSince.Remove(path);
            }
            else if (next.Parser != followed.Source.Parser || next.Plan.KeepOriginal != followed.Source.KeepOriginal)
            {
                _byPath[path] = new FollowedLog(next.Plan, followed.Source with { Parser = next.Parser, KeepOriginal = next.Plan.KeepOriginal });
                _goneSince.Remove(path);
            }
        }

        _announced.IntersectWith(logs.Select(log => log.Path));
    }

    /// <summary>Looks for logs that are not followed yet, and says once of each path what is not as it should be.</summary>
    public void Discover()
    {
        var refusals = new List<(LogPlan Log, string Reason)>();
        foreach (var (log, _) in _plans.Values)
        {
            var isFirst = _announced.Add(log.Path);
            if (!GlobbedLogs.IsGlob(log.Path))
            {
                if (isFirst)
                {
                    Announce(log);
                }

                Follow(log, log.Name, log.Path);
                continue;
            }

            var root = GlobbedLogs.RootOf(log.Path);
            var matches = GlobbedLogs.Expand(log.Path, log.FollowSymlinks, out var hasMore, out var refused, SearchedFor(log));
            if (refused is not null && !_byPath.Values.Any(known => known.Plan.Name == log.Name))
            {
                refusals.Add((log, $"no file matches {log.Path}: {refused}"));
                if (_refusalsTold.Add(log.Path))
                {
                    LogNoFileMatches(log.Path, refused);
                }
            }
            else if (isFirst && matches.Count == 0)
            {
                LogNoMatch(log.Path);
            }

            if (hasMore && _crowded.Add(log.Path))
            {
                LogTooManyMatches(log.Path, GlobbedLogs.MostMatches);
            }

            foreach (var relative in matches)
            {
                var path = $"{root}/{relative}";

                // The file of a log that was rotated away for a moment does not make its rotated files logs.
                if (!_byPath.ContainsKey(path) && !_byPath.Keys.Any(known => RotatedName.Parse(known, path) is { IsLive: false }))
                {
                    Follow(log, $"{log.Name}/{relative}", path);
                }
            }
        }

        Refused = refusals;
    }

    /// <summary>The directories of the logs that ask to be woken, and those in which the last search looked for more of them.</summary>
    public IReadOnlyList<WatchedDirectory> FindWatched()
    {
        var directories = new Dictionary<string, WatchedDirectory>(StringComparer.Ordinal);
        foreach (var followed in _byPath.Values)
        {
            if (_plans.TryGetValue(followed.Plan.Name, out var plan) && plan.Plan.Wake == LogWake.Inotify)
            {
                Of(followed.Source.Directory.Path).Add(followed.Source.Name, followed.Source.LiveName);
            }
        }

        foreach (var (log, _) in _plans.Values)
        {
            if (log.Wake == LogWake.Inotify && _searched.TryGetValue(log.Name, out var searched))
            {
                var root = GlobbedLogs.RootOf(log.Path);
                var isDeep = log.Path.LastIndexOf('/') > root.Length;
                foreach (var relative in searched)
                {
                    Of(relative.Length == 0 ? root : $"{root.TrimEnd('/')}/{relative}").AddPattern(Path.GetFileName(log.Path), isDeep);
                }
            }
        }

        return [.. directories.Values];

        WatchedDirectory Of(string path) => directories.TryGetValue(path, out var known) ? known : directories[path] = new WatchedDirectory(path);
    }

    /// <summary>The matches of globs that have had no file for long; <paramref name="isEmpty"/> says whether a log's lanes know of any.</summary>
    public IReadOnlyList<FollowedLog> FindGivenUp(Func<FollowedLog, bool> isEmpty)
    {
        var now = time.GetTimestamp();
        var givenUp = new List<FollowedLog>();
        foreach (var log in _byPath.Values.Where(log => log.IsMatch))
        {
            if (!isEmpty(log) || NativeFile.TryStatus(log.Source.Path, out _) == 0)
            {
                _goneSince.Remove(log.Source.Path);
            }
            else if (_goneSince.TryAdd(log.Source.Path, now))
            {
                continue;
            }
            else if (time.GetElapsedTime(_goneSince[log.Source.Path], now) >= GivenUpAfter)
            {
                givenUp.Add(log);
            }
        }

        return givenUp;
    }

    /// <summary>Follows it no more; if it comes back it is a new log.</summary>
    public void Forget(FollowedLog log)
    {
        _byPath.Remove(log.Source.Path);
        _goneSince.Remove(log.Source.Path);
        if (!_byPath.Values.Any(other => other.Source.Directory == log.Source.Directory))
        {
            _directories.Remove(PlaceOf(log.Plan, log.Source.Directory.Path));
        }
    }

    /// <summary>Takes the directories that a search of a glob looks through, its root at least; null: nobody wants them watched.</summary>
    private HashSet<string>? SearchedFor(LogPlan log)
    {
        _searched.Remove(log.Name);
        return log.Wake == LogWake.Inotify ? _searched[log.Name] = [""] : null;
    }

    private static LogParser Compile(LogPlan log)
    {
        var problems = new List<string>();
        return LogParser.Compile(log.Formats, log.TimeZone, problems)
            ?? throw new ArgumentException($"The formats of {log.Name} were not validated: {string.Join("; ", problems)}", nameof(log));
    }

    private void Follow(LogPlan log, string name, string path)
    {
        var directory = Path.GetDirectoryName(path)!;
        var liveName = Path.GetFileName(path);
        var key = $"{directory}/{liveName}";
        if (_byPath.ContainsKey(key))
        {
            return;
        }

        var place = PlaceOf(log, directory);
        if (!_directories.TryGetValue(place, out var shared))
        {
            _directories[place] = shared = new DiskLogDirectory(place, time);
        }

        _byPath.Add(key, new FollowedLog(log, new LogSource(name, shared, liveName, _plans[log.Name].Parser, log.KeepOriginal)));
    }

    /// <summary>Up to the first wildcard the path is the operator's word; what was found below it is not.</summary>
    private static LogPath PlaceOf(LogPlan log, string directory) =>
        LogPath.Of(GlobbedLogs.IsGlob(log.Path) ? GlobbedLogs.RootOf(log.Path) : directory, directory, log.FollowSymlinks);

    private void Announce(LogPlan log)
    {
        // What is there and is no file is told by its lanes, for as long as it is.
        if (NativeFile.TryStatus(log.Path, log.FollowSymlinks, out _) == NativeFile.ErrorNoEntry)
        {
            LogWaiting(log.Path);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Path} does not exist yet and is waited for")]
    private partial void LogWaiting(string path);

    [LoggerMessage(Level = LogLevel.Information, Message = "No file matches {Path} yet; files that do are looked for with every look")]
    private partial void LogNoMatch(string path);

    [LoggerMessage(Level = LogLevel.Warning, Message = "No file matches {Path}: {Refused}")]
    private partial void LogNoFileMatches(string path, string refused);

    [LoggerMessage(Level = LogLevel.Error, Message = "More files match {Path} than the {Most} that are followed; those beyond are not shipped")]
    private partial void LogTooManyMatches(string path, int most);
}
