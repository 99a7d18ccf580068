using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace LogShipper.Tailing;

/// <summary>The names in an open directory: whatever its path leads to meanwhile.</summary>
internal static class DirectoryListing
{
    /// <summary>More names than any directory of logs has: who can write there could have the list grow without end.</summary>
    public const int MostNames = 65_536;

    private const int BufferBytes = 32 << 10;
    private const int LengthAt = 16;
    private const int TypeAt = 18;
    private const int NameAt = 19;

    /// <summary>What each name stands for, where the file system says so; <see cref="UnixFileType.Other"/> otherwise.</summary>
    /// <exception cref="IOException">The disk refused, or there are too many.</exception>
    public static List<(string Name, UnixFileType Type)> Read(SafeFileHandle directory)
    {
        var names = new List<(string, UnixFileType)>();
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            NativeFile.Rewind(directory);
            while (NativeFile.ReadEntries(directory, buffer) is > 0 and var read)
            {
                for (var at = 0; at < read;)
                {
                    var length = BinaryPrimitives.ReadUInt16LittleEndian(buffer.AsSpan(at + LengthAt));
                    var name = buffer.AsSpan(at + NameAt, length - NameAt);
                    name = name[..name.IndexOf((byte)0)];
                    if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                    {
                        if (names.Count == MostNames)
                        {
                            throw new IOException($"it holds more than {MostNames} files");
                        }

                        names.Add((Encoding.UTF8.GetString(name), TypeOf(buffer[at + TypeAt])));
                    }

                    at += length;
                }
            }

            return names;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>What a name in an open directory stands for, asked where the listing did not say, or where a link may be followed.</summary>
    public static UnixFileType TypeOf(SafeFileHandle directory, (string Name, UnixFileType Type) entry, bool followsLinks) =>
        entry.Type == UnixFileType.Other || (entry.Type == UnixFileType.Link && followsLinks)
            ? NativeFile.TryStatus(directory, entry.Name, followsLinks, out var status) == 0 ? UnixFile.TypeOf(status) : UnixFileType.Other
            : entry.Type;

    private static UnixFileType TypeOf(byte type) => type switch
    {
        4 => UnixFileType.Directory,
        8 => UnixFileType.Regular,
        10 => UnixFileType.Link,
        _ => UnixFileType.Other,
    };
}
