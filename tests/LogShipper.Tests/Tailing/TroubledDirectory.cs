using LogShipper.Tailing;

namespace LogShipper.Tests.Tailing;

/// <summary>A directory whose files are other inodes than on the disk, where the test says so, and of which one cannot be read.</summary>
internal sealed class TroubledDirectory(ILogDirectory directory) : ILogDirectory
{
    /// <summary>By name.</summary>
    public Dictionary<string, FileIdentity> Identities { get; } = [];

    /// <summary>The name of a file that the disk does not give.</summary>
    public string? Spoilt { get; set; }

    public string Path => directory.Path;

    public DirectoryLook Look(long notBefore)
    {
        var look = directory.Look(notBefore);
        return look with { Entries = [.. look.Entries.Select(entry => entry with { Identity = Identities.GetValueOrDefault(entry.Name, entry.Identity) })] };
    }

    public ILogFile? Open(string name, out string? problem) =>
        directory.Open(name, out problem) is { } file ? new Handle(this, name, file, Identities.GetValueOrDefault(name, file.Identity)) : null;

    private sealed class Handle(TroubledDirectory troubled, string name, ILogFile file, FileIdentity identity) : ILogFile
    {
        public FileIdentity Identity => identity;

        public long Length => file.Length;

        public int Read(Span<byte> destination, long offset) => troubled.Spoilt == name ? throw new IOException("the disk failed") : file.Read(destination, offset);

        public Writers AskWriters() => file.AskWriters();

        public void Dispose() => file.Dispose();
    }
}
