namespace LogShipper.Tailing;

/// <summary>
/// Decides, look by look, which file carries which content of a log: renamed, copied and truncated, compressed,
/// removed, rotated while nobody looked. It moves no position and reads no records.
/// </summary>
internal sealed class RotationTracker
{
    private readonly string _liveName;
    private readonly FileChain _chain;
    private readonly IPositions _positions;
    private readonly ITailEvents _events;
    private readonly TimeProvider _time;
    private readonly TimeSpan _rotationGrace;
    private readonly Lookout _lookout;
    private readonly Copies _copies;
    private readonly CompressedFiles _compressed;
    private readonly Fingerprinting _fingerprinting;
    private readonly Retirement _retirement;

    public RotationTracker(
        string liveName, ILogDirectory directory, FileChain chain, IPositions positions, ITailEvents events, TimeProvider time, TimeSpan rotationGrace)
    {
        _liveName = liveName;
        _chain = chain;
        _positions = positions;
        _events = events;
        _time = time;
        _rotationGrace = rotationGrace;
        _lookout = new Lookout(directory);
        _copies = new Copies(chain, positions, events, _lookout, time, rotationGrace);
        _compressed = new CompressedFiles(directory, chain, positions, _lookout, time);
        _fingerprinting = new Fingerprinting(chain, _lookout, MayTakeTornTail);
        _retirement = new Retirement(chain, positions, events, time, rotationGrace);
    }

    /// <inheritdoc cref="Lookout.MissedGrowth"/>
    public bool MissedGrowth => _lookout.MissedGrowth;

    /// <summary>In the drain a torn last line may be taken although no newer file is there, if nobody has the file open for writing.</summary>
    public bool Draining { get; set; }

    private long Now => _time.GetTimestamp();

    public void Look(DirectoryLook look)
    {
        _lookout.Begin();
        if (look.Problem is not null)
        {
            // The volume may be back at the next look: nothing is decided, but open handles are read on.
            _events.Problem(look.Problem);
            _retirement.SawNothing();
            foreach (var file in _chain.Files.ToArray())
            {
                if (file.Handle is { } open)
                {
                    Refresh(file, open.Length, file.ModifiedNanoseconds + 1);
                }
            }

            return;
        }

        string? full = null;
        var unknown = FollowKnownFiles(look);
        // Whoever still has its old file must find it before anyone takes it for a copy.
        unknown.RemoveAll(Reattach);

        foreach (var shown in unknown.FindAll(file => !file.Rank.IsCompressed))
        {
            Adopt(shown, ref full);
        }

        _copies.Find();
        _copies.Settle();
        // A compressed file was finished before a copy was: the copy has what it has, and may have more.
        foreach (var (entry, rank) in unknown.FindAll(file => file.Rank.IsCompressed))
        {
            _compressed.TryAdopt(entry, rank);
        }

        if (_lookout.SawNotAll)
        {
            _retirement.SawNotAll();
        }
        else
        {
            _retirement.GiveUpTheMissing();
        }

        _chain.Order(Now);
        _fingerprinting.IdentifyTheNascent();
        _fingerprinting.NoteWhatIsSeen();
        _retirement.LetGoOfTheRead();
        _events.Problem(_lookout.Problem ?? look.RefusalOf(_liveName) ?? full);
    }

    /// <summary>The file holds something else than what was read of it: the content goes missing, the file begins anew.</summary>
    public void Replace(TrackedFile file)
    {
        var (name, rank, identity) = (file.Name, file.Rank, file.Identity);
        var handle = file.Lose(Now, truncated: true);
        _compressed.TryAllAgain();
        _events.Truncated(file);
        if (handle is null && name is not null)
        {
            handle = _lookout.Open(name, file.Identity);
        }

        if (handle is not null)
        {
            var anew = new TrackedFile(file.LastName, rank, identity) { Handle = handle, Length = handle.Length, GrownAt = Now };
            if (name is null)
            {
                // Emptied and then removed: only the handle leads to it, and it may hold lines.
                anew.LeaveDirectory(Now);
            }

            _chain.Files.Insert(_chain.Files.IndexOf(file) + 1, anew);
        }

        _copies.Find();
        _copies.Settle();
    }

    /// <summary>Whether the torn last line of a file may be taken for a line: nobody will finish it.</summary>
    public bool MayTakeTornTail(TrackedFile file)
    {
        if (file.SuccessorSeenAt is null && file.Name is not null && !Draining)
        {
            return false;
        }

        if (file.Handle is not { } handle)
        {
            return false;
        }

        var isOver = handle.AskWriters() == Writers.None
            || (file.SuccessorSeenAt is { } since && HasPassed(Math.Max(since, file.GrownAt), _rotationGrace));
        // Asked last: what came since the look may be the rest of the line.
        return isOver && handle.Length == file.Length;
    }

    private bool HasPassed(long since, TimeSpan span) => _time.GetElapsedTime(since, Now) >= span;

    private List<ShownFile> FollowKnownFiles(DirectoryLook look)
    {
        var unknown = new List<ShownFile>();
        var found = new HashSet<TrackedFile>();
        // What was missing before and is found by this look has got its name by that.
        var known = _chain.Files.FindAll(file => !file.IsMissing);
        foreach (var shown in ShownFile.OncePerFile(look, _liveName, _chain))
        {
            var entry = shown.Entry;
            // Asked here: what the file before this one was found to hold may have moved a content into this one.
            var file = _chain.CarriedBy(entry.Identity);
            if (file is not null && shown.IsAnotherThan(file, _liveName))
            {
                _retirement.LeaveToAnother(file);
                file = null;
            }

            if (file is null)
            {
                if (shown.HasNameOfTheLog)
                {
                    unknown.Add(shown);
                }

                continue;
            }

            found.Add(file);
            var wasLive = file.IsLive;
            file.Rename(entry.Name, shown.Rank);
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

                file.LeaveDirectory(Now);
            }

            if (file.Name is null && file.Handle is { } handle)
            {
                // Nobody tells when it was modified: what it holds may be another content of the same length.
                Refresh(file, handle.Length, file.ModifiedNanoseconds + 1);
            }
        }

        unknown.Sort((one, other) => one.Rank.CompareTo(other.Rank));
        return unknown;
    }

    /// <summary>Takes in a new length; sees when the content is not the one that was read.</summary>
    private void Refresh(TrackedFile file, long length, long modifiedNanoseconds)
    {
        file.HasUnprovenChange = false;
        // A compressed file is written once, and its length in the directory is not that of what it holds.
        if (file.IsMissing || file.Rank.IsCompressed || (length == file.Length && modifiedNanoseconds == file.ModifiedNanoseconds))
        {
            return;
        }

        var wasClosed = file.Handle is null;
        if (wasClosed && file.Name is { } name)
        {
            file.Handle = _lookout.Open(name, file.Identity);
        }

        if (file.Handle is not { } handle)
        {
            file.HasUnprovenChange = true;
            _lookout.NotFollowed();
            return;
        }

        try
        {
            if (wasClosed && file.MayBeAnothers && !(file is { Fingerprint: { } known, CopyOf: null } && FileProof.Carries(handle, length, known, _positions.NextRead(file.Id))))
            {
                _retirement.LeaveToAnother(file);
                return;
            }

            // Lanes share looks, and the file may have changed since this one was taken: only the file itself says that it shrank, and what it has not it never had.
            length = length < file.Length ? handle.Length : Math.Min(length, handle.Length);

            if (file.CopyOf is null
                && (file.Fingerprint is { } fingerprint
                    ? !FileProof.StillCarries(handle, file.Length, length, fingerprint, _positions.NextRead(file.Id))
                    : length < file.Length))
            {
                Replace(file);
                return;
            }
        }
        catch (IOException exception)
        {
            file.HasUnprovenChange = true;
            _lookout.NotRead(file.LastName, exception);
            if (wasClosed)
            {
                // What it must prove when it is opened it must prove then.
                file.Dispose();
            }

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
    /// <returns>Whether it is that, or may be: the disk did not say.</returns>
    private bool Reattach(ShownFile shown)
    {
        var (entry, rank) = shown;
        foreach (var missing in _chain.Files)
        {
            if (missing is { IsMissing: true, WasTruncated: false, IsGivenUp: false, Fingerprint: { } fingerprint } && missing.Identity.IsSameAs(entry.Identity) && !shown.IsAnotherThan(missing, _liveName))
            {
                var handle = _lookout.Open(entry.Name, entry.Identity);
                if (handle is null && !rank.IsCompressed && entry.Length < _positions.NextRead(missing.Id).Offset)
                {
                    // Its length alone says it: there may be no other chance to see it.
                    missing.WasEmptied();
                }

                try
                {
                    if (handle is not null && FileProof.CarriesOrCloses(handle, fingerprint, _positions.NextRead(missing.Id)))
                    {
                        missing.FoundIn(entry.Name, rank, entry.Identity, handle, handle.Length, Now);
                        return true;
                    }

                    // What a compressed file holds is asked later: its own bytes prove nothing.
                    if (handle is not null && !rank.IsCompressed)
                    {
                        missing.WasEmptied();
                    }
                }
                catch (IOException exception)
                {
                    _lookout.NotRead(entry.Name, exception);
                    return true;
                }

                handle?.Dispose();
            }
        }

        return false;
    }

    private void Adopt(ShownFile shown, ref string? full)
    {
        var (entry, rank) = shown;
        if (_chain.IsFull)
        {
            full = $"{_chain.Files.Count} files of this log are followed already: {entry.Name} waits until one of them is gone";
            return;
        }

        if (_lookout.Open(entry.Name, entry.Identity) is not { } handle)
        {
            if (rank.IsLive)
            {
                _lookout.NotAdopted(entry.Identity);
            }

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
}
