namespace LogShipper.Tailing;

/// <summary>
/// One content of a log and the file that carries it now. The carrier may change (copytruncate moves a content into a
/// copy, compression into a .gz) and may be missing (the content is looked for); the content stays the same.
/// </summary>
internal sealed class TrackedFile : IDisposable
{
    public TrackedFile(string name, RotatedName rank, FileIdentity identity)
    {
        Name = name;
        LastName = name;
        Rank = rank;
        Identity = identity;
        HadLiveName = rank.IsLive;
    }

    /// <summary>Null while it has neither a whole line nor 1024 bytes: such a content has nothing to ship and no id.</summary>
    public Fingerprint? Fingerprint { get; private set; }

    /// <summary>Tells apart contents of one log that begin alike.</summary>
    public int Generation { get; private set; }

    /// <summary>Default until it has a fingerprint.</summary>
    public FileId Id { get; private set; }

    public bool IsIdentified => Fingerprint is not null;

    public FileIdentity Identity { get; private set; }

    /// <summary>Null while dormant (read, settled, quiet: only its directory entry is watched) or missing.</summary>
    public ILogFile? Handle { get; set; }

    /// <summary>Its name in the directory; null when no name there leads to it.</summary>
    public string? Name { get; set; }

    /// <summary>The last name it had.</summary>
    public string LastName { get; private set; }

    public RotatedName Rank { get; private set; }

    /// <summary>Its length when it was last looked at; what comes after is left for the next look.</summary>
    public long Length { get; set; }

    /// <summary>How far it was seen, read or not: with the fingerprint it proves the content where little of it is settled.</summary>
    public Mark Seen { get; set; }

    public long ModifiedNanoseconds { get; set; }

    /// <summary>When a look last saw it grow (timestamp).</summary>
    public long GrownAt { get; set; }

    /// <summary>When a newer file of the log was first seen (timestamp); null: this is the newest.</summary>
    public long? SuccessorSeenAt { get; set; }

    /// <summary>When a look first did not find its last name (timestamp); meaningful while it has no name.</summary>
    public long LeftAt { get; private set; }

    /// <summary>It had the live name when it left: a look may have missed it, and its copy may be there.</summary>
    public bool WasLiveAtLast { get; private set; }

    /// <summary>Since when no file carries this content (timestamp); null: one does.</summary>
    public long? MissingSince { get; private set; }

    /// <summary>When a look that saw everything first missed the content (timestamp); null: none has since it went missing.</summary>
    public long? MissedSince { get; set; }

    /// <summary>Why it went missing: its file was truncated, or was not there when we started.</summary>
    public bool WasTruncated { get; private set; }

    /// <summary>Missing for so long that no file is looked for any more; known as long as something of it is in flight.</summary>
    public bool IsGivenUp { get; set; }

    /// <summary>A look has shown it changed, and it could not be opened or read since: it may have been emptied.</summary>
    public bool HasUnprovenChange { get; set; }

    /// <summary>This file is a copy in the making of that content: never read for itself.</summary>
    public TrackedFile? CopyOf { get; set; }

    /// <summary>It could not be compared with all that it may be a copy of: nothing of it is read until it was.</summary>
    public bool MayBeCopy { get; set; }

    /// <summary>Its torn last line was taken for a line: what arrives after it is a line of its own.</summary>
    public bool Finished { get; set; }

    /// <summary>Read to its end after a newer file was there: what still arrives is late.</summary>
    public bool WasReadAfterSuccessor { get; set; }

    public bool IsMissing => MissingSince is not null;

    public bool IsLive => Rank.IsLive && Name is not null;

    /// <summary>It was the live file once: then it is nobody's copy.</summary>
    public bool HadLiveName { get; private set; }

    /// <summary>It has a name that no file of the log has, and where there are no births its inode number may be used again.</summary>
    public bool MayBeAnothers => Name is not null && Rank == RotatedName.Gone && Identity.BirthNanoseconds == 0;

    public void Identify(Fingerprint fingerprint, int generation, FileId id)
    {
        Fingerprint = fingerprint;
        Generation = generation;
        Id = id;
    }

    public void Rename(string name, RotatedName rank)
    {
        Name = name;
        LastName = name;
        Rank = rank;
        HadLiveName |= rank.IsLive;
    }

    /// <summary>Its name has left the directory; the handle, if there is one, still reads it.</summary>
    public void LeaveDirectory(long now)
    {
        Name = null;
        LeftAt = now;
        WasLiveAtLast = Rank.IsLive;
        Rank = RotatedName.Gone;
    }

    /// <summary>The content has lost its carrier; the handle, if any, is the caller's from here on.</summary>
    public ILogFile? Lose(long now, bool truncated)
    {
        var handle = Handle;
        Handle = null;
        Name = null;
        MissingSince = now;
        MissedSince = null;
        WasTruncated = truncated;
        return handle;
    }

    /// <summary>The file that carried it is there and holds something else: that stays known when the file is gone.</summary>
    public void WasEmptied() => WasTruncated = true;

    /// <summary>Another file is found to carry the content.</summary>
    public void FoundIn(string name, RotatedName rank, FileIdentity identity, ILogFile handle, long length, long now)
    {
        Rename(name, rank);
        Identity = identity;
        Handle = handle;
        Length = length;
        GrownAt = now;
        MissingSince = null;
        IsGivenUp = false;
    }

    /// <summary>Its position was moved back by hand: what was noted while it was read does not hold, and if it is dormant the next look opens it.</summary>
    public void ReadAnew()
    {
        Finished = false;
        WasReadAfterSuccessor = false;
        ModifiedNanoseconds = 0;
    }

    public void Dispose()
    {
        Handle?.Dispose();
        Handle = null;
    }
}
