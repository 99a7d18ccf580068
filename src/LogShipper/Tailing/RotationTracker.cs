namespace LogShipper.Tailing;

/// <summary>
/// Decides, look by look, which file carries which content of a log: renamed, copied and truncated, compressed,
/// removed, rotated while nobody looked. It moves no position and reads no records.
/// </summary>
internal sealed class RotationTracker
{
    private readonly string _liveName;
    private readonly ILogDirectory _directory;
    private readonly FileChain _chain;
    private readonly IPositions _positions;
    private readonly ITailEvents _events;
    private readonly TimeProvider _time;
    private readonly TimeSpan _rotationGrace;
    private readonly Dictionary<FileIdentity, (long Length, long Modified)> _triedCompressed = [];

    public RotationTracker(
        string liveName, ILogDirectory directory, FileChain chain, IPositions positions, ITailEvents events, TimeProvider time, TimeSpan rotationGrace)
    {
        _liveName = liveName;
        _directory = directory;
        _chain = chain;
        _positions = positions;
        _events = events;
        _time = time;
        _rotationGrace = rotationGrace;
    }

    /// <summary>A file in the directory could not be opened at the last look: what is missing may be in it.</summary>
    private bool _sawNotAll;

    /// <summary>A file that has grown could not be looked into: there is more than its length says.</summary>
    public bool MissedGrowth { get; private set; }

    /// <summary>In the drain a torn last line may be taken although no newer file is there, if nobody has the file open for writing.</summary>
    public bool Draining { get; set; }

    /// <summary>A content is carried by another file than before, or was given up: whoever starts again must know it.</summary>
    public bool CarriersMoved { get; set; }

    private long Now => _time.GetTimestamp();

    public void Look(DirectoryLook look)
    {
        MissedGrowth = false;
        if (look.Problem is not null)
        {
            // The volume may be back at the next look: nothing is decided, but open handles are read on.
            _events.Problem(look.Problem);
            foreach (var file in _chain.Files.ToArray())
            {
                if (file.Handle is { } open)
                {
                    Refresh(file, open.Length, file.ModifiedNanoseconds + 1);
                }
            }

            return;
        }

        string? problem = null;
        _sawNotAll = false;
        var unknown = FollowKnownFiles(look);
        // Whoever still has its old file must find it before anyone takes it for a copy.
        foreach (var (entry, rank) in unknown.ToArray())
        {
            if (Reattach(entry, rank, ref problem))
            {
                unknown.Remove((entry, rank));
            }
        }

        foreach (var (entry, rank) in unknown.FindAll(file => !file.Rank.IsCompressed))
        {
            Adopt(entry, rank, ref problem);
        }

        FindCopies();
        SettleCopies();
        // A compressed file was finished before a copy was: the copy has what it has, and may have more.
        foreach (var (entry, rank) in unknown.FindAll(file => file.Rank.IsCompressed))
        {
            AdoptCompressed(entry, rank);
        }

        GiveUpTheMissing();
        _chain.Order(Now);
        IdentifyTheNascent();
        NoteWhatIsSeen();
        LetGoOfTheRead();
        _events.Problem(problem);
    }

    /// <summary>The file holds something else than what was read of it: the content goes missing, the file begins anew.</summary>
    public void Replace(TrackedFile file)
    {
        var (name, rank, identity) = (file.Name, file.Rank, file.Identity);
        var handle = file.Lose(Now, truncated: true);
        _triedCompressed.Clear();
        _events.Truncated(file);
        if (handle is null && name is not null)
        {
            handle = OpenAgain(file, name);
        }

        if (handle is not null)
        {
            var anew = new TrackedFile(file.LastName, rank, identity) { Handle = handle, Length = handle.Length, GrownAt = Now };
            if (name is null)
            {
                // Emptied and then removed: only the handle leads to it, and it may hold lines.
                anew.LeaveDirectory();
            }

            _chain.Files.Insert(_chain.Files.IndexOf(file) + 1, anew);
        }

        FindCopies();
        SettleCopies();
    }

    /// <summary>Whether the torn last line of a file may be taken for a line: nobody will finish it.</summary>
    public bool MayTakeTornTail(TrackedFile file)
    {
        if (file.SuccessorSeenAt is null && file.Name is not null && !Draining)
        {
            return false;
        }

        if (file.Handle is { } handle && handle.AskWriters() == Writers.None)
        {
            return true;
        }

        return file.SuccessorSeenAt is { } since && HasPassed(Math.Max(since, file.GrownAt), _rotationGrace);
    }

    private bool HasPassed(long since, TimeSpan span) => _time.GetElapsedTime(since, Now) >= span;

    private List<(DirectoryEntry Entry, RotatedName Rank)> FollowKnownFiles(DirectoryLook look)
    {
        var unknown = new List<(DirectoryEntry Entry, RotatedName Rank)>();
        var found = new HashSet<TrackedFile>();
        var known = _chain.Files.ToArray();
        foreach (var entry in look.Entries)
        {
            var rank = RotatedName.Parse(_liveName, entry.Name);
            var file = _chain.Files.Find(candidate => !candidate.IsMissing && candidate.Identity.IsSameAs(entry.Identity));
            if (file is null)
            {
                if (rank is { } place)
                {
                    AddOnce(unknown, entry, place);
                }

                continue;
            }

            // Two names of one inode are one file: the newer name in the rotation counts.
            if (!found.Add(file) && (rank is null || file.Rank >= rank))
            {
                continue;
            }

            var wasLive = file.IsLive;
            file.Rename(entry.Name, rank ?? RotatedName.Gone);
            if (wasLive && !file.IsLive)
            {
                _events.Rotated(file);
            }

            Refresh(file, entry.Length, entry.ModifiedNanoseconds);
        }

        // A file that has just begun anew is not among them: its name was there.
        foreach (var file in known)
        {
            if (!file.IsMissing && !found.Contains(file) && file.Name is not null)
            {
                if (file.IsLive)
                {
                    _events.Rotated(file);
                }

                file.LeaveDirectory();
            }

            if (file.Name is null && file.Handle is { } handle)
            {
                Refresh(file, handle.Length, file.ModifiedNanoseconds);
            }
        }

        unknown.Sort((one, other) => one.Rank.CompareTo(other.Rank));
        return unknown;
    }

    /// <summary>Two names of one inode are one file here as well: the newer name in the rotation counts.</summary>
    private static void AddOnce(List<(DirectoryEntry Entry, RotatedName Rank)> unknown, DirectoryEntry entry, RotatedName rank)
    {
        var other = unknown.FindIndex(known => known.Entry.Identity.IsSameAs(entry.Identity));
        if (other < 0)
        {
            unknown.Add((entry, rank));
        }
        else if (rank > unknown[other].Rank)
        {
            unknown[other] = (entry, rank);
        }
    }

    /// <summary>Takes in a new length; sees when the content is not the one that was read.</summary>
    private void Refresh(TrackedFile file, long length, long modifiedNanoseconds)
    {
        // A compressed file is written once, and its length in the directory is not that of what it holds.
        if (file.IsMissing || file.Rank.IsCompressed || (length == file.Length && modifiedNanoseconds == file.ModifiedNanoseconds))
        {
            return;
        }

        if (file.Handle is null && file.Name is { } name)
        {
            file.Handle = OpenAgain(file, name);
        }

        if (file.Handle is not { } handle)
        {
            MissedGrowth = true;
            return;
        }

        try
        {
            if (length < file.Length)
            {
                // Lanes share looks, and this one may have opened the file after the look was taken: only the file itself says that it shrank.
                length = handle.Length;
            }

            if (file.CopyOf is null
                && (file.Fingerprint is { } fingerprint
                    ? !FileProof.Carries(handle, length, fingerprint, _positions.NextRead(file.Id))
                    : length < file.Length))
            {
                Replace(file);
                return;
            }
        }
        catch (IOException exception)
        {
            MissedGrowth = true;
            _events.Problem(exception.Message);
            return;
        }

        if (length != file.Length)
        {
            file.GrownAt = Now;
        }

        file.Length = length;
        file.ModifiedNanoseconds = modifiedNanoseconds;
    }

    /// <summary>A file that we had before a restart, or whose handle was closed, under whatever name it has now.</summary>
    private bool Reattach(DirectoryEntry entry, RotatedName rank, ref string? problem)
    {
        foreach (var missing in _chain.Files)
        {
            if (missing is { IsMissing: true, WasTruncated: false, Fingerprint: { } fingerprint } && missing.Identity.IsSameAs(entry.Identity))
            {
                var handle = Open(entry, ref problem);
                if (handle is not null && Proves(handle, fingerprint, _positions.NextRead(missing.Id)))
                {
                    missing.FoundIn(entry.Name, rank, entry.Identity, handle, handle.Length, Now);
                    return true;
                }

                handle?.Dispose();
            }
        }

        return false;
    }

    /// <summary>Whether the file carries the content; a file that cannot be read is closed again.</summary>
    private static bool Proves(ILogFile handle, Fingerprint fingerprint, Mark place)
    {
        try
        {
            return FileProof.Carries(handle, handle.Length, fingerprint, place);
        }
        catch (IOException)
        {
            handle.Dispose();
            throw;
        }
    }

    private void Adopt(DirectoryEntry entry, RotatedName rank, ref string? problem)
    {
        if (_chain.IsFull)
        {
            problem ??= $"{_chain.Files.Count} files of this log are followed already: {entry.Name} waits until one of them is gone";
            return;
        }

        if (Open(entry, ref problem) is not { } handle)
        {
            return;
        }

        var file = new TrackedFile(entry.Name, rank, entry.Identity)
        {
            Handle = handle,
            Length = handle.Length,
            ModifiedNanoseconds = entry.ModifiedNanoseconds,
            GrownAt = Now,
        };
        _chain.Files.Add(file);
    }

    /// <summary>
    /// A file that was first seen under a rotated name and is a byte-prefix of what the live name holds or held is its
    /// copy. Decided once it has a whole line: less could begin like anything, unless a content is known that had no
    /// whole line either. A new inode under the live name is
    /// never a copy, even with equal lines, and neither is a file that had the live name.
    /// </summary>
    private void FindCopies()
    {
        Span<byte> head = stackalloc byte[Fingerprint.MaxLength];
        foreach (var file in _chain.Files)
        {
            if (file is { IsIdentified: false, CopyOf: null, HadLiveName: false, IsMissing: false, Length: > 0, Handle: { } handle }
                && BeginOf(head[..(int)Math.Min(file.Length, FileProof.ReadHead(handle, head))]) is { } begin)
            {
                file.CopyOf = FindOriginal(file, handle, begin);
            }
        }
    }

    private Fingerprint? BeginOf(ReadOnlySpan<byte> head) =>
        Fingerprint.Take(head, finished: false)
        ?? (Fingerprint.Take(head, finished: true) is { } torn && _chain.Files.Exists(known => known.Fingerprint == torn) ? torn : null);

    private TrackedFile? FindOriginal(TrackedFile file, ILogFile handle, Fingerprint begin)
    {
        foreach (var known in _chain.Files)
        {
            if (IsOlder(file, known))
            {
                continue;
            }

            if (known is { IsMissing: true, Fingerprint: { } fingerprint } && FileProof.Begins(handle, fingerprint))
            {
                // Where little was read, what was seen proves more.
                if (known.Seen.Offset > fingerprint.Length && FileProof.Carries(handle, file.Length, fingerprint, known.Seen))
                {
                    return known;
                }

                var place = _positions.NextRead(known.Id);
                // The first line alone proves little: contents may begin alike.
                if (file.Length < place.Offset || place.Offset <= fingerprint.Length ? WasEmptied(known) : FileProof.Carries(handle, file.Length, fingerprint, place))
                {
                    return known;
                }
            }
            else if (known is { IsLive: true, CopyOf: null, Handle: { } original } && known != file && HeldAll(known, original, file, handle, begin))
            {
                return known;
            }
        }

        return null;
    }

    /// <summary>
    /// A copy is not longer than its original, unless that was truncated since the look. Without this a file that was
    /// rotated twice between two looks would pass for a copy of a live file that is still short, and never be read.
    /// </summary>
    private static bool HeldAll(TrackedFile live, ILogFile original, TrackedFile file, ILogFile handle, Fingerprint begin)
    {
        var length = original.Length;
        return length >= file.Length
            ? FileProof.Begins(original, begin) && FileProof.ArePrefixes(original, length, handle, file.Length)
            : length < live.Length && live.Fingerprint is { } fingerprint && FileProof.Begins(handle, fingerprint);
    }

    /// <summary>Only a file that was emptied has a copy: where the whole inode is gone, it was renamed and removed.</summary>
    private bool WasEmptied(TrackedFile missing) =>
        missing.WasTruncated || _chain.Files.Exists(file => !file.IsMissing && file.Identity.IsSameAs(missing.Identity));

    /// <summary>A copy is made after its original.</summary>
    private static bool IsOlder(TrackedFile file, TrackedFile other) =>
        file.Identity.BirthNanoseconds != 0 && file.Identity.BirthNanoseconds < other.Identity.BirthNanoseconds;

    /// <summary>A compressed file is read only as the continuation of a content that we know and have not finished.</summary>
    private void AdoptCompressed(DirectoryEntry entry, RotatedName rank)
    {
        // Tried only while something is missing: a file compressed before that must be tried then.
        if (!_chain.Files.Exists(file => file.IsMissing))
        {
            return;
        }

        if (_triedCompressed.TryGetValue(entry.Identity, out var tried) && tried == (entry.Length, entry.ModifiedNanoseconds))
        {
            return;
        }

        foreach (var missing in _chain.Files)
        {
            if (missing is not { IsMissing: true, Fingerprint: { } fingerprint } || _chain.Files.Exists(copy => copy.CopyOf == missing))
            {
                continue;
            }

            if (_directory.Open(entry.Name, out _) is not { } compressed)
            {
                _sawNotAll = true;
                return;
            }

            var handle = GzipLogFile.TryOpen(compressed);
            if (handle is not null && Proves(handle, fingerprint, _positions.NextRead(missing.Id)))
            {
                missing.FoundIn(entry.Name, rank, entry.Identity, handle, handle.Length, Now);
                CarriersMoved = true;
                missing.ModifiedNanoseconds = entry.ModifiedNanoseconds;
                return;
            }

            handle?.Dispose();
        }

        // Noted last: a file that could not be opened or read was not tried.
        if (_triedCompressed.Count >= FileChain.MaxFiles)
        {
            _triedCompressed.Clear();
        }

        _triedCompressed[entry.Identity] = (entry.Length, entry.ModifiedNanoseconds);
    }

    /// <summary>A copy takes its content over once the original has lost it and the copy has what we read of it, or grows no more.</summary>
    private void SettleCopies()
    {
        foreach (var copy in _chain.Files.ToArray())
        {
            if (copy is not { CopyOf: { } original, Handle: { } handle })
            {
                continue;
            }

            if (!_chain.Files.Contains(original))
            {
                // The original was read to its end and is gone: so is what this file holds.
                continue;
            }

            copy.Length = handle.Length;
            if (original is { IsMissing: false, Handle: { } originalHandle })
            {
                if (!FileProof.ArePrefixes(originalHandle, originalHandle.Length, handle, copy.Length))
                {
                    // They began alike and go on differently: a content of its own after all.
                    copy.CopyOf = null;
                }

                continue;
            }

            if (original is { IsMissing: true, Fingerprint: { } fingerprint }
                && (FileProof.Carries(handle, copy.Length, fingerprint, _positions.NextRead(original.Id)) || HasPassed(copy.GrownAt, _rotationGrace)))
            {
                var lengthSeen = original.Length;
                copy.Handle = null;
                _chain.Files.Remove(copy);
                original.FoundIn(copy.LastName, copy.Rank, copy.Identity, handle, copy.Length, Now);
                CarriersMoved = true;
                var from = Math.Max(copy.Length, _positions.NextRead(original.Id).Offset);
                if (copy.Name is null)
                {
                    original.LeaveDirectory();
                }

                if (lengthSeen > from)
                {
                    // Written between the copy and the truncation: what the last look saw is the known lower bound.
                    _events.Lost(original, LossReason.Truncated, from, lengthSeen - from);
                }
            }
        }
    }

    private void GiveUpTheMissing()
    {
        if (_sawNotAll)
        {
            return;
        }

        foreach (var file in _chain.Files.ToArray())
        {
            if (file.MissingSince is not { } since || !HasPassed(since, _rotationGrace) || _chain.Files.Exists(copy => copy.CopyOf == file))
            {
                continue;
            }

            var read = file.IsIdentified ? _positions.NextRead(file.Id).Offset : 0;
            if (file.Length > read)
            {
                _events.Lost(file, file.WasTruncated ? LossReason.Truncated : LossReason.Gone, read, file.Length - read);
            }

            _chain.Remove(file);
            CarriersMoved = true;
        }
    }

    private void IdentifyTheNascent()
    {
        Span<byte> head = stackalloc byte[Fingerprint.MaxLength];
        foreach (var file in _chain.Files)
        {
            if (file is { IsIdentified: false, IsMissing: false, CopyOf: null, Handle: { } handle, Length: > 0 })
            {
                var seen = (int)Math.Min(file.Length, FileProof.ReadHead(handle, head));
                var fingerprint = Fingerprint.Take(head[..seen], finished: false);
                if (fingerprint is null && MayTakeTornTail(file))
                {
                    fingerprint = Fingerprint.Take(head[..seen], finished: true);
                }

                if (fingerprint is { } taken)
                {
                    _chain.Identify(file, taken);
                }
            }
        }
    }

    private void NoteWhatIsSeen()
    {
        foreach (var file in _chain.Files)
        {
            if (file is { IsIdentified: true, IsMissing: false, CopyOf: null, Rank.IsCompressed: false, Handle: { } handle } && file.Seen.Offset != file.Length)
            {
                file.Seen = FileProof.See(handle, file.Length);
            }
        }
    }

    /// <summary>Handles of rotated files that were read, settled and quiet are closed; files without a name that nobody writes are let go.</summary>
    private void LetGoOfTheRead()
    {
        foreach (var file in _chain.Files.ToArray())
        {
            if (file.IsLive || file.IsMissing)
            {
                continue;
            }

            var ended = file.CopyOf is { } original ? !original.IsMissing || !_chain.Files.Contains(original) : file.IsIdentified ? _positions.SettledOffset(file.Id) >= file.Length : file.Length == 0;
            var quiet = HasPassed(file.GrownAt, _rotationGrace);
            if (file.Name is null)
            {
                // Who has it open may write on: there is no name under which that would be found.
                if (file.Handle is null || (ended && file.Handle.Length <= file.Length && (file.Handle.AskWriters() is var writers && (writers == Writers.None || (writers == Writers.Unknown && quiet)))))
                {
                    if (_chain.Files.Exists(copy => copy.CopyOf == file))
                    {
                        // Its copy carries the content from here on, or the next process would take it for a new one.
                        file.Lose(Now, truncated: true)?.Dispose();
                    }
                    else
                    {
                        _chain.Remove(file);
                    }
                }
            }
            else if (ended && quiet && file.SuccessorSeenAt is { } since && HasPassed(since, _rotationGrace))
            {
                file.Handle?.Dispose();
                file.Handle = null;
            }
        }
    }

    /// <summary>Opens the file that a look saw under the name; another one may have taken the name since.</summary>
    private ILogFile? OpenAgain(TrackedFile file, string name)
    {
        var handle = _directory.Open(name, out _);
        _sawNotAll |= handle is null;
        if (handle is not null && !handle.Identity.IsSameAs(file.Identity))
        {
            handle.Dispose();
            return null;
        }

        return handle;
    }

    private ILogFile? Open(DirectoryEntry entry, ref string? problem)
    {
        var handle = _directory.Open(entry.Name, out var why);
        if (handle is null)
        {
            problem ??= $"{entry.Name}: {why}";
            _sawNotAll = true;
        }
        else if (!handle.Identity.IsSameAs(entry.Identity))
        {
            // Renamed between the look and the opening: the next look sees it as it is then.
            handle.Dispose();
            return null;
        }

        return handle;
    }
}
