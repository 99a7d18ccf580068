namespace LogShipper.Tailing;

/// <summary>What the file system says a file is. Inode numbers are used again at once by some file systems: the birth tells them apart.</summary>
/// <param name="Device">Device number; may change when the volume is mounted again.</param>
/// <param name="Inode">Inode number.</param>
/// <param name="BirthNanoseconds">When the inode was made, nanoseconds since 1970; 0 where the file system does not keep it.</param>
internal readonly record struct FileIdentity(ulong Device, ulong Inode, long BirthNanoseconds)
{
    public bool IsSameAs(FileIdentity other) =>
        Inode == other.Inode &&
        (BirthNanoseconds != 0 && other.BirthNanoseconds != 0 ? BirthNanoseconds == other.BirthNanoseconds : Device == other.Device);
}

/// <summary>One regular file as a look at its directory saw it.</summary>
internal readonly record struct DirectoryEntry(string Name, FileIdentity Identity, long Length, long ModifiedNanoseconds);

/// <summary>What a directory held at one moment.</summary>
/// <param name="TakenAt">When, as <see cref="TimeProvider.GetTimestamp"/>.</param>
/// <param name="Entries">Its regular files.</param>
/// <param name="Problem">Why it could not be looked at; then nothing is known of its files, and nothing is decided about them.</param>
internal sealed record DirectoryLook(long TakenAt, IReadOnlyList<DirectoryEntry> Entries, string? Problem = null)
{
    /// <summary>The problem is that the directory is not there.</summary>
    public bool IsMissing { get; init; }

    /// <summary>Names that stand for no regular file, and why what they stand for is not read.</summary>
    public IReadOnlyList<(string Name, string Why)> Refused { get; init; } = [];

    /// <summary>What is wrong where a log's own name stands for no regular file; null: it does, or is not there.</summary>
    public string? RefusalOf(string name)
    {
        foreach (var (refused, why) in Refused)
        {
            if (refused == name)
            {
                return $"{name} {why}";
            }
        }

        return null;
    }
}

/// <summary>Whether anybody has a file open for writing.</summary>
internal enum Writers : byte
{
    /// <summary>The file system does not say.</summary>
    Unknown,
    None,
    Some,
}

/// <summary>The seam to the disk: a directory that holds the files of logs.</summary>
internal interface ILogDirectory
{
    /// <summary>Full path, without a final slash.</summary>
    string Path { get; }

    /// <summary>Looks at the directory; a look that was taken at or after <paramref name="notBefore"/> may be shared.</summary>
    DirectoryLook Look(long notBefore);

    /// <summary>Opens a file for reading; null if it is not there or may not be read, with the reason.</summary>
    ILogFile? Open(string name, out string? problem);
}

/// <summary>An open file: stays readable when the name is renamed or removed.</summary>
internal interface ILogFile : IDisposable
{
    FileIdentity Identity { get; }

    /// <summary>Its length now.</summary>
    long Length { get; }

    /// <summary>Reads at an offset; fewer bytes than asked for only at the end of the file.</summary>
    /// <exception cref="IOException">The disk failed.</exception>
    int Read(Span<byte> destination, long offset);

    /// <summary>Asks whether anybody has it open for writing.</summary>
    Writers AskWriters();
}
