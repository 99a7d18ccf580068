using System.Runtime.InteropServices;
using LogShipper.Tailing;
using Microsoft.Extensions.Logging;

namespace LogShipper.Shipping;

/// <summary>
/// Has the lanes of logs that ask for it (<c>Wake: inotify</c>) look as soon as the kernel says that something was written.
/// One descriptor and one thread for all directories, none while no log asks. Only ever a hint: whatever fails here is told
/// once, and the interval carries on.
/// </summary>
/// <param name="open">Opens the descriptor.</param>
/// <param name="changed">Told which logs to look at, and since when a look sees the change (timestamp).</param>
/// <param name="appeared">Told that there may be logs that are not followed yet.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">For messages.</param>
internal sealed partial class LogWatch(FileEventsOpening open, Action<string, long> changed, Action appeared, TimeProvider time, ILogger logger) : IDisposable
{
    private const int BufferBytes = 16 << 10;
    private const int StackBytes = 256 << 10;
    private const int MostRounds = 8;

    private readonly object _gate = new();
    private readonly WatchPace _pace = new(time);
    private readonly Dictionary<int, List<WatchedDirectory>> _byWatch = [];
    private readonly HashSet<string> _changed = new(StringComparer.Ordinal);
    private readonly HashSet<(string Path, int Error)> _told = [];
    private IReadOnlyList<WatchedDirectory> _directories = [];
    private IFileEvents? _events;
    private bool _isRead;
    private bool _hasAppeared;
    private bool _isDisposed;

    /// <summary>Directories that are watched now; one that is waited for is not.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _directories.Count(directory => directory is { Watch: >= 0, WaitsAt: null });
            }
        }
    }

    /// <summary>There is a descriptor, and a thread that reads it.</summary>
    public bool IsOpen
    {
        get
        {
            lock (_gate)
            {
                return _events is not null;
            }
        }
    }

    /// <summary>From now on these are watched and no others; called again from time to time, it finds a directory that was mounted or made in another's place.</summary>
    public void Follow(IReadOnlyList<WatchedDirectory> directories)
    {
        lock (_gate)
        {
            if (_isDisposed || (directories.Count == 0 && _events is null))
            {
                return;
            }

            _directories = directories;
            ArmAll();
            Tell(time.GetTimestamp());
            Monitor.Pulse(_gate);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _directories = [];
            ArmAll();
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Watches what is wanted and nothing else. What is watched anew may have changed before.</summary>
    private void ArmAll()
    {
        var held = _byWatch.Keys.ToHashSet();
        _byWatch.Clear();
        foreach (var directory in _directories)
        {
            Arm(directory, held);
        }

        // The last event of a watch that is taken back is what ends the reading thread.
        foreach (var watch in held.Where(watch => !_byWatch.ContainsKey(watch)))
        {
            _events?.Unwatch(watch);
        }

        if (_events is not null && !_isRead)
        {
            StartReading(_events);
        }
    }

    private void Arm(WatchedDirectory directory, HashSet<int> held)
    {
        directory.Watch = -1;
        directory.WaitsAt = null;
        if (_events is null && !TryOpen(directory))
        {
            return;
        }

        var error = TryArm(_events!, directory);
        if (error != 0)
        {
            TellProblem(directory.Path, error);
            return;
        }

        if (_byWatch.TryGetValue(directory.Watch, out var others))
        {
            others.Add(directory);
        }
        else
        {
            _byWatch.Add(directory.Watch, [directory]);
        }

        _told.RemoveWhere(told => told.Path == directory.Path || told.Path.Length == 0);
        if (!held.Contains(directory.Watch))
        {
            NoteAll(directory);
        }
    }

    /// <summary>Watches the directory, or, while it is not there, the nearest one above that is.</summary>
    private static int TryArm(IFileEvents events, WatchedDirectory directory)
    {
        var error = NativeFile.ErrorNoEntry;
        for (var round = 0; round < MostRounds; round++)
        {
            string? below = null;
            for (var path = directory.Path; ; path = Path.GetDirectoryName(below)!)
            {
                error = events.TryWatch(path, namesOnly: below is not null, out var watch);
                if (error is NativeFile.ErrorNoEntry or NativeFile.ErrorNotDirectory && path != "/")
                {
                    below = path;
                    continue;
                }

                if (error == 0)
                {
                    directory.Watch = watch;
                    directory.WaitsAt = below is null ? null : path;
                }

                break;
            }

            // What came before the watch above it was there is told by nobody: once more from below.
            if (error != 0 || below is null || !Directory.Exists(below))
            {
                break;
            }
        }

        return error;
    }

    private bool TryOpen(WatchedDirectory directory)
    {
        var error = open(out _events);
        if (error != 0)
        {
            TellProblem(directory.Path, error);
        }

        return error == 0;
    }

    private void StartReading(IFileEvents events)
    {
        if (_byWatch.Count == 0)
        {
            _events = null;
            events.Dispose();
            return;
        }

        _isRead = true;
        new Thread(Read, StackBytes) { IsBackground = true, Name = "log-watch" }.Start(events);
    }

    private void Read(object? state)
    {
        var events = (IFileEvents)state!;
        var buffer = new byte[BufferBytes];
        while (true)
        {
            var read = events.Read(buffer);
            lock (_gate)
            {
                if (read == 0)
                {
                    // It has failed; the next look for logs opens another.
                    _byWatch.Clear();
                }

                Take(buffer.AsSpan(0, read));
                Tell(time.GetTimestamp());
                if (_byWatch.Count == 0)
                {
                    (_events, _isRead) = (null, false);
                    events.Dispose();
                    return;
                }

                if (_pace.Take() is var rest && rest > TimeSpan.Zero)
                {
                    // Whatever happens meanwhile the kernel keeps, equal events in a row as one.
                    Monitor.Wait(_gate, rest);
                }
            }
        }
    }

    private void Take(ReadOnlySpan<byte> read)
    {
        while (FileEvent.TryTake(ref read, out var next))
        {
            if ((next.Changes & FileChanges.Overflow) != 0)
            {
                foreach (var directory in _directories)
                {
                    NoteAll(directory);
                }
            }
            else if (_byWatch.TryGetValue(next.Watch, out var directories))
            {
                Take(next, directories);
            }
        }
    }

    private void Take(in FileEvent next, List<WatchedDirectory> directories)
    {
        var isLost = (next.Changes & (FileChanges.WatchEnded | FileChanges.DirectoryMoved)) != 0;
        if ((next.Changes & FileChanges.WatchEnded) != 0)
        {
            _byWatch.Remove(next.Watch);
        }

        var isAwaited = false;
        foreach (var directory in directories)
        {
            if (isLost)
            {
                NoteAll(directory);
            }
            else if (directory.WaitsAt is not null)
            {
                isAwaited |= (next.Changes & (FileChanges.Created | FileChanges.MovedTo)) != 0;
            }
            else if (directory.Take(next, _changed))
            {
                _hasAppeared = true;
            }
        }

        if (isLost || isAwaited)
        {
            ArmAll();
        }
    }

    private void NoteAll(WatchedDirectory directory)
    {
        _changed.UnionWith(directory.Logs);
        _hasAppeared |= directory.MayHaveNewLogs;
    }

    private void Tell(long asked)
    {
        foreach (var log in _changed)
        {
            changed(log, asked);
        }

        _changed.Clear();
        if (_hasAppeared)
        {
            _hasAppeared = false;
            appeared();
        }
    }

    private void TellProblem(string path, int error)
    {
        // A limit is one for all directories: said once until one is watched again.
        var limit = error switch
        {
            Inotify.ErrorNoSpace => "fs.inotify.max_user_watches",
            Inotify.ErrorTooManyDescriptors => "fs.inotify.max_user_instances",
            _ => null,
        };
        if (limit is not null)
        {
            if (_told.Add(("", error)))
            {
                LogLimitReached(path, limit);
            }
        }
        else if (_told.Add((path, error)))
        {
            LogNotWatched(path, Marshal.GetPInvokeErrorMessage(error));
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The kernel watches no more directories for this user, {Path} and maybe others: raise {Limit} on the node; until then new lines are found at the interval")]
    private partial void LogLimitReached(string path, string limit);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The kernel does not watch {Path} ({Problem}); new lines are found at the interval")]
    private partial void LogNotWatched(string path, string problem);
}
