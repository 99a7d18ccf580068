namespace LogShipper.Tailing;

/// <summary>Which contents are given up, and which files are closed or forgotten.</summary>
internal sealed class Retirement(FileChain chain, IPositions positions, ITailEvents events, TimeProvider time, TimeSpan rotationGrace)
{
    private long? _listsSince;
    private long? _seesAllSince;

    /// <summary>The directory could not be listed: the time that went by without a look at it proves nothing.</summary>
    public void SawNothing()
    {
        _listsSince = null;
        _seesAllSince = null;
    }

    /// <summary>A file in the directory could not be looked into, and what is missing may be in it.</summary>
    public void SawNotAll() => _seesAllSince = null;

    /// <summary>The look has shown all that there is. What no file has carried for so long that none will is lost, as far as it was seen.</summary>
    public void GiveUpTheMissing()
    {
        var seesAllSince = _seesAllSince ??= time.GetTimestamp();
        foreach (var file in chain.Files.ToArray())
        {
            if (!file.IsMissing)
            {
                continue;
            }

            // It may have gone missing long before this look, between two looks: until one misses it nobody has looked for it.
            var since = file.MissedSince ??= time.GetTimestamp();
            if (time.GetElapsedTime(Math.Max(since, seesAllSince)) < rotationGrace || chain.Files.Exists(copy => copy.CopyOf == file) || (file.IsIdentified && positions.WillBePassedOver(file.Id)))
            {
                continue;
            }

            var read = file.IsIdentified ? positions.NextRead(file.Id).Offset : 0;
            if (file.Length > read)
            {
                events.Lost(file, file.WasTruncated ? LossReason.Truncated : LossReason.Gone, read, file.Length - read);
                // Told once, by the next lane or process neither.
                file.Length = read;
                chain.CarriersMoved = true;
            }

            // What is in flight may still be delivered; where its lane or the process ends first, the next one must know what to tell.
            file.IsGivenUp = file.IsIdentified && positions.SettledOffset(file.Id) < read;
            if (!file.IsGivenUp)
            {
                chain.Remove(file);
                chain.CarriersMoved = true;
            }
        }
    }

    /// <summary>The inode is a file of somebody else now: what we had under its number is gone.</summary>
    public void LeaveToAnother(TrackedFile file)
    {
        if (file.IsIdentified)
        {
            file.Lose(time.GetTimestamp(), truncated: false)?.Dispose();
        }
        else
        {
            chain.Remove(file);
        }
    }

    /// <summary>Handles of rotated files that were read, settled and quiet are closed; files without a name that nobody writes are let go.</summary>
    public void LetGoOfTheRead()
    {
        var listsSince = _listsSince ??= time.GetTimestamp();
        foreach (var file in chain.Files.ToArray())
        {
            if (file.IsLive || file.IsMissing)
            {
                continue;
            }

            if (file.Name is null)
            {
                // A look may miss a file that is renamed while the look is taken: forgotten now, it would come back as a new content.
                var wasEmpty = file is { Handle: null, IsIdentified: false, CopyOf: null };
                if (!wasEmpty && time.GetElapsedTime(Math.Max(file.LeftAt, listsSince)) < rotationGrace)
                {
                    continue;
                }

                if (HasEnded(file) && (file.Handle is not { } handle || NobodyWillWrite(file, handle)))
                {
                    LetGo(file);
                }
                else if (file.Handle is null)
                {
                    // There was more to read, and nothing leads to it.
                    file.Lose(time.GetTimestamp(), truncated: false);
                }
            }
            else if (HasEnded(file) && IsQuiet(file) && file.SuccessorSeenAt is { } since && time.GetElapsedTime(since) >= rotationGrace)
            {
                file.Handle?.Dispose();
                file.Handle = null;
            }
        }
    }

    /// <summary>Of what was seen of it nothing is wanted any more.</summary>
    private bool HasEnded(TrackedFile file) =>
        // That its original has what it has is not seen by every look: one that cannot be read now may have been emptied.
        file.CopyOf is { } original ? !chain.Files.Contains(original) || (!original.IsMissing && positions.SettledOffset(original.Id) >= file.Length)
        : file.IsIdentified ? positions.SettledOffset(file.Id) >= file.Length
        : file.Length == 0;

    /// <summary>Who has it open may write on: there is no name under which that would be found.</summary>
    private bool NobodyWillWrite(TrackedFile file, ILogFile handle) =>
        handle.Length <= file.Length && handle.AskWriters() is var writers && (writers == Writers.None || (writers == Writers.Unknown && IsQuiet(file)));

    private bool IsQuiet(TrackedFile file) => time.GetElapsedTime(file.GrownAt) >= rotationGrace;

    private void LetGo(TrackedFile file)
    {
        if (chain.Files.Exists(copy => copy.CopyOf == file))
        {
            // Its copy carries the content from here on, or the next process would take it for a new one.
            file.Lose(time.GetTimestamp(), truncated: true)?.Dispose();
        }
        else
        {
            chain.Remove(file);
        }
    }
}
