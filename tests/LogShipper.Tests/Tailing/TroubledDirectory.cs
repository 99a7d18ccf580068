using LogShipper.Tailing;

namespace LogShipper.Tests.Tailing;

/// <summary>A directory whose files are other inodes than on the disk, where the test says so, and of which one cannot be read, or not be opened.</summary>
internal sealed class TroubledDirectory(ILogDirectory directory) : ILogDirectory
{
    /// <summary>By name.</summary>
    public Dictionary<string, FileIdentity> Identities { get; } = [];

    /// <summary>How files were when the look was taken, by name; they have changed since.</summary>
    public Dictionary<string, DirectoryEntry> Stale { get; } = [];

    /// <summary>The name of a file that the disk does not give.</summary>
    public string? Spoilt { get; set; }

    /// <summary>The name of a file that cannot be opened.</summary>
    public string? Refused { get; set; }

    /// <summary>The name of a file that is renamed whenever it is to be opened, and another one has taken its name.</summary>
    public string? Renamed { get; set; }

    /// <summary>Done when a file was asked for its length, before the answer is used.</summary>
    public Action<string>? Asked { get; set; }

    /// <summary>A second name of a file, which a look shows before all others or after them.</summary>
    public (string Name, string Of, bool IsFirst)? Link { get; set; }

    public string Path => directory.Path;

    public DirectoryLook Look(long notBefore)
    {
        var look = directory.Look(notBefore);
        List<DirectoryEntry> entries = [.. look.Entries.Select(entry => Stale.GetValueOrDefault(entry.Name, entry) with { Identity = Identities.GetValueOrDefault(entry.Name, entry.Identity) })];
        if (Link is { } link && entries.Find(entry => entry.Name == link.Of) is { Name: not null } linked)
        {
            entries.Insert(link.IsFirst ? 0 : entries.Count, linked with { Name = link.Name });
        }

        return look with { Entries = entries };
    }

    public ILogFile? Open(string name, out string? problem)
    {
        if (name == Refused)
        {
            problem = "permission denied";
            return null;
        }

        if (directory.Open(name, out problem) is not { } file)
        {
            return null;
        }

        var identity = Identities.GetValueOrDefault(name, file.Identity);
        return new Handle(this, name, file, name == Renamed ? identity with { Inode = ulong.MaxValue } : identity);
    }

    private sealed class Handle(TroubledDirectory troubled, string name, ILogFile file, FileIdentity identity) : ILogFile
    {
        public FileIdentity Identity => identity;

        public long Length
        {
            get
            {
                var length = file.Length;
                troubled.Asked?.Invoke(name);
                return length;
            }
        }

        public int Read(Span<byte> destination, long offset) => troubled.Spoilt == name ? throw new IOException("the disk failed") : file.Read(destination, offset);

        public Writers AskWriters() => file.AskWriters();

        public void Dispose() => file.Dispose();
    }
}
