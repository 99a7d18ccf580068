namespace LogShipper.Tailing;

/// <summary>Opens the files that a look has shown, and notes what could not be looked into: what is missing may be in it.</summary>
internal sealed class Lookout(ILogDirectory directory)
{
    /// <summary>Why a file could not be looked into, the first of them; null: all could.</summary>
    public string? Problem { get; private set; }

    /// <summary>A file in the directory could not be opened or read: nobody may say that a content is in none of them.</summary>
    public bool SawNotAll { get; private set; }

    /// <summary>The live file, where the look has shown it, nothing is known of it and it could not be opened: any copy may be its.</summary>
    public FileIdentity? UnseenLive { get; private set; }

    /// <summary>There is more to read than the lengths say.</summary>
    public bool MissedGrowth { get; private set; }

    public void Begin()
    {
        Problem = null;
        SawNotAll = false;
        UnseenLive = null;
        MissedGrowth = false;
    }

    /// <summary>Opens the file that a look saw under the name; null where that is not to be had, or another one has taken the name since.</summary>
    public ILogFile? Open(string name, FileIdentity identity)
    {
        var handle = directory.Open(name, out var why);
        if (handle is null)
        {
            NotOpened(name, why);
        }
        else if (!handle.Identity.IsSameAs(identity))
        {
            // Renamed between the look and the opening: the next look sees it as it is then, and until then what is missing may be in it.
            handle.Dispose();
            SawNotAll = true;
            MissedGrowth = true;
            return null;
        }

        return handle;
    }

    public void NotOpened(string name, string? why)
    {
        Problem ??= $"{name}: {why}";
        SawNotAll = true;
    }

    /// <summary>The disk failed under a proof: of this file nothing is decided, of all others what can be.</summary>
    public void NotRead(string name, IOException exception)
    {
        NotOpened(name, exception.Message);
        MissedGrowth = true;
    }

    /// <summary>The live file is new, and could not be opened.</summary>
    public void NotAdopted(FileIdentity live) => UnseenLive = live;

    /// <summary>A file that has grown could not be opened, or is not read yet.</summary>
    public void NotFollowed() => MissedGrowth = true;
}
