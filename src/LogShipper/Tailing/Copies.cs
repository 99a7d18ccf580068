namespace LogShipper.Tailing;

/// <summary>
/// The copies that copytruncate makes: which file is a copy of which content, and when it carries that content on. A
/// copy is never read for itself while its original is there.
/// </summary>
internal sealed class Copies(FileChain chain, IPositions positions, ITailEvents events, Lookout lookout, TimeProvider time, TimeSpan rotationGrace)
{
    /// <summary>
    /// A file that was first seen under a rotated name and is a byte-prefix of what the live name holds or held is its
    /// copy. Decided once it has a whole line: less could begin like anything, unless a content is known that had no
    /// whole line either. A new inode under the live name is
    /// never a copy, even with equal lines, and neither is a file that had the live name.
    /// </summary>
    public void Find()
    {
        Span<byte> head = stackalloc byte[Fingerprint.MaxLength];
        foreach (var file in chain.Files)
        {
            // For every file: one that waits may have got the live name since, and then it is nobody's copy.
            var hasWaited = file.MayBeCopy;
            file.MayBeCopy = false;
            if (file is not { IsIdentified: false, CopyOf: null, HadLiveName: false, IsMissing: false, Length: > 0, Handle: { } handle })
            {
                continue;
            }

            try
            {
                if (BeginOf(head[..(int)Math.Min(file.Length, FileProof.ReadHead(handle, head))]) is { } begin)
                {
                    file.CopyOf = FindOriginal(file, handle, begin) ?? (hasWaited && !file.MayBeCopy ? FindCompressed(file, handle) : null);
                }
            }
            catch (IOException exception)
            {
                file.MayBeCopy = true;
                lookout.NotRead(file.LastName, exception);
            }
        }
    }

    private Fingerprint? BeginOf(ReadOnlySpan<byte> head) =>
        Fingerprint.Take(head, finished: false)
        ?? (Fingerprint.Take(head, finished: true) is { } torn && chain.Files.Exists(known => known.Fingerprint == torn) ? torn : null);

    private TrackedFile? FindOriginal(TrackedFile file, ILogFile handle, Fingerprint begin)
    {
        foreach (var known in chain.Files)
        {
            if (known.IsGivenUp || IsOlder(file.Identity, known.Identity))
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

                var place = positions.NextRead(known.Id);
                // The first line alone proves little: contents may begin alike.
                if (file.Length < place.Offset || place.Offset <= fingerprint.Length ? WasEmptied(known, file) : FileProof.Carries(handle, file.Length, fingerprint, place))
                {
                    return known;
                }

                // Its inode may be in what could not be looked into, or was missed by the first looks: then it was emptied, and this is its copy.
                if (lookout.SawNotAll)
                {
                    file.MayBeCopy = true;
                }
                else if (!known.WasTruncated)
                {
                    // Until it is found or given up: what this look misses may be back with the next.
                    file.MayBeCopy = true;
                    lookout.NotFollowed();
                }
            }
            else if (known is { CopyOf: null, Handle: { } original } && known != file && MayHaveCopy(known) && HeldAll(known, original, file, handle, begin))
            {
                return known;
            }
            else if (known is { HasUnprovenChange: true, HadLiveName: true, Fingerprint: { } begun } && known != file && FileProof.Begins(handle, begun))
            {
                // How long it was before it was emptied was not seen either.
                file.MayBeCopy = true;
            }
        }

        // Without births nothing would tell a rotated file from its copy, and all would wait as long as it cannot be opened.
        file.MayBeCopy |= lookout.UnseenLive is { BirthNanoseconds: not 0 } live && !IsOlder(file.Identity, live);
        return null;
    }

    /// <summary>While it waited to be read it was compressed, and what it is a copy of was found in that.</summary>
    private TrackedFile? FindCompressed(TrackedFile file, ILogFile handle)
    {
        foreach (var known in chain.Files)
        {
            if (known is { IsMissing: false, Rank.IsCompressed: true, Fingerprint: { } fingerprint } && known.Length == file.Length
                && FileProof.Carries(handle, file.Length, fingerprint, positions.NextRead(known.Id))
                && (known.Handle is not { } compressed || FileProof.ArePrefixes(compressed, known.Length, handle, file.Length)))
            {
                return known;
            }
        }

        return null;
    }

    /// <summary>What has the live name, or had it until a look that may have missed it.</summary>
    private bool MayHaveCopy(TrackedFile file) => file.IsLive || (file is { Name: null, WasLiveAtLast: true } && time.GetElapsedTime(file.LeftAt) < rotationGrace);

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

    /// <summary>Only a file that was emptied has a copy: where the whole inode is gone, it was renamed and removed. A copy is another inode: where it has that number, the original's is gone.</summary>
    private bool WasEmptied(TrackedFile missing, TrackedFile copy) =>
        missing.WasTruncated || chain.Files.Exists(file => file != copy && !file.IsMissing && file.Identity.IsSameAs(missing.Identity));

    /// <summary>A copy is made after its original; where that was born in the future, the clock was set back since, and births say nothing.</summary>
    private bool IsOlder(FileIdentity file, FileIdentity other) =>
        file.BirthNanoseconds != 0 && file.BirthNanoseconds < other.BirthNanoseconds
        && other.BirthNanoseconds / 100 <= (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks;

    /// <summary>A copy takes its content over once the original has lost it and the copy has what we read of it, or grows no more.</summary>
    public void Settle()
    {
        foreach (var copy in chain.Files.ToArray())
        {
            if (copy is not { CopyOf: { } original, Handle: { } handle })
            {
                continue;
            }

            try
            {
                Settle(copy, original, handle);
            }
            catch (IOException exception)
            {
                lookout.NotRead(copy.LastName, exception);
            }
        }
    }

    private void Settle(TrackedFile copy, TrackedFile original, ILogFile handle)
    {
        copy.Length = handle.Length;
        if (!original.IsIdentified && (original.Handle is not { } nascent || nascent.Length < copy.Length))
        {
            // Of what never had an id nothing was read, and where it is not there any more nobody but the copy has it.
            copy.CopyOf = null;
        }
        else if (original is { IsMissing: false, Handle: { } originalHandle })
        {
            if (!FileProof.ArePrefixes(originalHandle, originalHandle.Length, handle, copy.Length))
            {
                // They began alike and go on differently: a content of its own after all.
                copy.CopyOf = null;
            }
        }
        else if (original is { IsMissing: true, Fingerprint: { } fingerprint }
            && (FileProof.Carries(handle, copy.Length, fingerprint, positions.NextRead(original.Id)) || time.GetElapsedTime(copy.GrownAt) >= rotationGrace))
        {
            CarryOn(copy, original, handle);
        }
    }

    private void CarryOn(TrackedFile copy, TrackedFile original, ILogFile handle)
    {
        var lengthSeen = original.Length;
        copy.Handle = null;
        chain.Files.Remove(copy);
        original.FoundIn(copy.LastName, copy.Rank, copy.Identity, handle, copy.Length, time.GetTimestamp());
        chain.CarriersMoved = true;
        var from = Math.Max(copy.Length, positions.NextRead(original.Id).Offset);
        if (copy.Name is null)
        {
            original.LeaveDirectory(time.GetTimestamp());
        }

        if (lengthSeen > from)
        {
            // Written between the copy and the truncation: what the last look saw is the known lower bound.
            events.Lost(original, LossReason.Truncated, from, lengthSeen - from);
        }
    }
}
