namespace LogShipper.Tailing;

/// <summary>What happened in a watched directory; the bits are the kernel's (<c>inotify(7)</c>).</summary>
[Flags]
internal enum FileChanges : uint
{
    None = 0,
    Modified = 0x2,

    /// <summary>Who had it open for writing has closed it.</summary>
    WriterClosed = 0x8,
    MovedFrom = 0x40,
    MovedTo = 0x80,
    Created = 0x100,
    Deleted = 0x200,

    /// <summary>The directory itself.</summary>
    DirectoryDeleted = 0x400,
    DirectoryMoved = 0x800,

    /// <summary>Events were lost.</summary>
    Overflow = 0x4000,

    /// <summary>There will be no more of this watch: it was taken back, or its directory or the file system is gone.</summary>
    WatchEnded = 0x8000,

    /// <summary>The name is that of a directory.</summary>
    OfDirectory = 0x40000000,
}

/// <summary>One event, a view into the bytes that were read.</summary>
internal readonly ref struct FileEvent
{
    private const int HeadBytes = 16;
    private const int LengthAt = 12;

    private FileEvent(int watch, FileChanges changes, ReadOnlySpan<byte> name)
    {
        Watch = watch;
        Changes = changes;
        Name = name;
    }

    /// <summary>The number of the watch; -1 with <see cref="FileChanges.Overflow"/>.</summary>
    public int Watch { get; }

    public FileChanges Changes { get; }

    /// <summary>The name in the directory; empty when it is about the directory itself.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>Takes the next event off what was read (<c>struct inotify_event</c>s one after the other, in the machine's byte order).</summary>
    public static bool TryTake(ref ReadOnlySpan<byte> read, out FileEvent next)
    {
        if (read.Length < HeadBytes)
        {
            next = default;
            return false;
        }

        var name = read.Slice(HeadBytes, (int)BitConverter.ToUInt32(read[LengthAt..]));
        next = new FileEvent(BitConverter.ToInt32(read), (FileChanges)BitConverter.ToUInt32(read[4..]), name.IndexOf((byte)0) is >= 0 and var end ? name[..end] : name);
        read = read[(HeadBytes + name.Length)..];
        return true;
    }

    /// <summary>Writes an event as the kernel does.</summary>
    public static byte[] Write(int watch, FileChanges changes, ReadOnlySpan<byte> name)
    {
        // With the zeros that the kernel fills up with.
        var room = name.IsEmpty ? 0 : (name.Length / HeadBytes * HeadBytes) + HeadBytes;
        var bytes = new byte[HeadBytes + room];
        BitConverter.TryWriteBytes(bytes, watch);
        BitConverter.TryWriteBytes(bytes.AsSpan(4), (uint)changes);
        BitConverter.TryWriteBytes(bytes.AsSpan(LengthAt), room);
        name.CopyTo(bytes.AsSpan(HeadBytes));
        return bytes;
    }
}
