using LogShipper.Tailing;

namespace LogShipper.Simulation.Files;

/// <summary>The log directory: names, inodes, and what goes wrong with them. Looks are shared as on a real disk.</summary>
internal sealed class SimulatedDisk(Scenario scenario, Random random, WorldClock time)
{
    private readonly List<ulong> _freeInodes = [];
    private ulong _nextInode = 100;
    private int _ticks;
    private long _modified;
    private DirectoryLook? _last;

    /// <summary>What the last look showed: each file's bytes up to its length then.</summary>
    public List<(string Name, SimulatedFile File, List<Segment> Segments, int Length)> Shown { get; } = [];

    public SortedDictionary<string, SimulatedFile> Names { get; } = new(StringComparer.Ordinal);

    public List<SimulatedFile> Files { get; } = [];

    /// <summary>The directory cannot be listed.</summary>
    public bool LookFails { get; set; }

    /// <summary>Nothing can be opened.</summary>
    public bool OpenFails { get; set; }

    /// <summary>Reads fail.</summary>
    public bool ReadFails { get; set; }

    /// <summary>The directory is moved away, or something is mounted over it: it looks empty, whatever goes on where it is.</summary>
    public bool IsHidden { get; set; }

    /// <summary>The directory is not there, or may not be read.</summary>
    public bool LookFindsNoDirectory { get; set; }

    /// <summary>So many looks leave out some of the files that are there.</summary>
    public int HastyLooks { get; set; }

    /// <summary>A file that cannot be opened.</summary>
    public SimulatedFile? Refused { get; set; }

    /// <summary>A file that cannot be read.</summary>
    public SimulatedFile? Spoilt { get; set; }

    /// <summary>A look has shown less than there is.</summary>
    public bool HasMisled { get; set; }

    /// <summary>So has the last one that could be taken.</summary>
    public bool IsMisleading { get; private set; }

    /// <summary>What the shipper is shown of it is not all that there is.</summary>
    public bool IsFaulty => LookFails || OpenFails || ReadFails || IsHidden || HastyLooks > 0 || Refused is not null || Spoilt is not null;

    public DirectoryLook Look(long notBefore)
    {
        if (_last is not { } last || last.TakenAt < notBefore)
        {
            var now = time.GetTimestamp();
            Shown.Clear();
            if (LookFails)
            {
                HasMisled |= LookFindsNoDirectory;
                _last = new DirectoryLook(now, [], "the directory cannot be listed") { IsMissing = LookFindsNoDirectory };
            }
            else
            {
                var entries = new List<DirectoryEntry>();
                var isHasty = HastyLooks > 0;
                HastyLooks -= isHasty ? 1 : 0;
                IsMisleading = isHasty || IsHidden;
                HasMisled |= IsMisleading;
                foreach (var (name, file) in Names)
                {
                    if (IsHidden || (isHasty && random.Next(3) == 0 && !(file.Links > 1 && scenario.Actions.Contains(WorldAction.CopyAndTruncate))))
                    {
                        continue;
                    }

                    Shown.Add((name, file, file.Segments, file.Length));
                    entries.Insert(random.Next(entries.Count + 1), new DirectoryEntry(name, file.Identity, file.Length, file.Modified));
                }

                _last = new DirectoryLook(now, entries);
            }
        }

        return _last;
    }

    public SimulatedFile Create(string name)
    {
        ulong inode;
        if (_freeInodes.Count > 0 && scenario.ReusesInodes)
        {
            inode = _freeInodes[^1];
            _freeInodes.RemoveAt(_freeInodes.Count - 1);
        }
        else
        {
            inode = _nextInode++;
        }

        var file = new SimulatedFile(inode, scenario.KnowsBirths ? Touch() : 0) { Modified = Touch(), GrownAt = time.True };
        Files.Add(file);
        Link(name, file);
        return file;
    }

    public void Link(string name, SimulatedFile file)
    {
        Unlink(name);
        Names[name] = file;
        file.Links++;
    }

    public void Rename(string from, string to)
    {
        var file = Names[from];
        Link(to, file);
        Unlink(from);
    }

    public void Unlink(string name)
    {
        if (Names.Remove(name, out var file))
        {
            file.Links--;
            Forget(file);
        }
    }

    public void Changed(SimulatedFile file) => file.Modified = Touch();

    /// <summary>Frees the inode once nothing leads to it.</summary>
    public void Forget(SimulatedFile file)
    {
        // Without births nothing tells the copy that takes the number of an empty file from that file, which was live once.
        if (file.Links == 0 && file.Writers == 0 && !IsOpen(file) && Files.Remove(file)
            && (file.Length > 0 || scenario.KnowsBirths || !scenario.Actions.Contains(WorldAction.CopyAndTruncate)))
        {
            _freeInodes.Add(file.Identity.Inode);
        }
    }

    /// <summary>Whether every lane has looked since, has seen all that there is, and could note it.</summary>
    public Func<DateTimeOffset, bool> IsKnownSince { get; init; } = _ => false;

    /// <summary>Whether a lane has it open.</summary>
    public Func<SimulatedFile, bool> IsOpen { get; set; } = _ => false;

    /// <summary>Counts what the shipper does: a history that does not end shows a loop that does not.</summary>
    public void Tick()
    {
        if (++_ticks > 2_000_000)
        {
            throw new InvariantBroken("the shipper is busy without end");
        }
    }

    /// <summary>The wall clock in nanoseconds, never the same twice.</summary>
    private long Touch()
    {
        var now = (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;
        return _modified = now / 100 == _modified / 100 ? _modified + 1 : now;
    }
}

/// <summary>The directory as one lane sees it, with the handles that the lane holds.</summary>
internal sealed class LaneDirectory(SimulatedDisk disk, Scenario scenario, TimeProvider time) : ILogDirectory
{
    public string Path => "/logs";

    public List<SimulatedFile> Open { get; } = [];

    /// <summary>Handles that were closed since this was last asked.</summary>
    public List<SimulatedFile> Closed { get; } = [];

    public DateTimeOffset LastLook { get; private set; }

    /// <summary>The last look that could be taken has shown less than there is.</summary>
    public bool IsMisled { get; private set; }

    /// <summary>Told of the bytes that the lane has come to know of.</summary>
    public Action<List<Segment>, int> Seen { get; init; } = (_, _) => { };

    /// <summary>Told of each read, before it is done: others may have their turn meanwhile.</summary>
    public Action Reading { get; init; } = () => { };

    /// <summary>Whether the last look showed the file under the name.</summary>
    public bool Shows(SimulatedFile file, string name) => _shown.GetValueOrDefault(name) == file;

    private readonly Dictionary<string, SimulatedFile> _shown = [];

    /// <summary>What the lane has read last: a batch's bytes are of this file, unless it unfolded what it had read of a compressed one before.</summary>
    private SimulatedFile? _lastRead;

    /// <summary>Where the bytes of the batch that was read last stand.</summary>
    public SimulatedFile SourceOf(Batch batch) =>
        _lastRead!.Inside is null && batch.Path.EndsWith(".gz", StringComparison.Ordinal) ? Open.FindLast(file => file.Inside is not null) ?? _lastRead : _lastRead;

    /// <summary>The process is gone, and its handles with it.</summary>
    public bool Dead { get; private set; }

    public DirectoryLook Look(long notBefore)
    {
        disk.Tick();
        var look = disk.Look(notBefore);
        LastLook = time.GetUtcNow() - time.GetElapsedTime(look.TakenAt);
        IsMisled = look.Problem is null ? disk.IsMisleading : IsMisled;
        _shown.Clear();
        foreach (var (name, file, segments, length) in disk.Shown)
        {
            _shown.Add(name, file);
            Seen(segments, length);
        }

        // What is open and has no name is looked at through its handle.
        foreach (var file in Open.Where(file => !_shown.ContainsValue(file)))
        {
            Seen(file.Segments, file.Length);
        }

        return look;
    }

    ILogFile? ILogDirectory.Open(string name, out string? problem)
    {
        problem = null;
        // What a lane cannot open it does not wait for at its end.
        disk.HasMisled |= disk.OpenFails || disk.IsHidden || (disk.Refused is { } refused && disk.Names.GetValueOrDefault(name) == refused);
        if (disk.OpenFails)
        {
            problem = "permission denied";
            return null;
        }

        if (disk.IsHidden || !disk.Names.TryGetValue(name, out var file))
        {
            problem = "no such file";
            return null;
        }

        if (file == disk.Refused)
        {
            problem = "permission denied";
            return null;
        }

        Open.Add(file);
        return new Handle(this, file, disk, scenario);
    }

    /// <summary>The process dies: the system closes its files.</summary>
    public void Die()
    {
        Dead = true;
        foreach (var file in Open.ToArray())
        {
            Open.Remove(file);
            disk.Forget(file);
        }
    }

    private sealed class Handle(LaneDirectory lane, SimulatedFile file, SimulatedDisk disk, Scenario scenario) : ILogFile
    {
        private bool _closed;

        public FileIdentity Identity => file.Identity;

        public long Length
        {
            get
            {
                Check();
                return file.Length;
            }
        }

        public int Read(Span<byte> destination, long offset)
        {
            Check();
            if (disk.ReadFails || disk.Spoilt == file)
            {
                throw new IOException("the disk failed");
            }

            disk.Tick();
            lane.Reading();
            lane._lastRead = file;
            return file.Read(destination, offset);
        }

        public Writers AskWriters()
        {
            Check();
            return !scenario.KnowsWriters ? Writers.Unknown : file.Writers > 0 ? Writers.Some : Writers.None;
        }

        public void Dispose()
        {
            if (!_closed && !lane.Dead)
            {
                _closed = true;
                lane.Open.Remove(file);
                lane.Closed.Add(file);
                disk.Forget(file);
            }
        }

        private void Check() => ObjectDisposedException.ThrowIf(_closed, file);
    }
}
