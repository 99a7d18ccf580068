using System.Runtime.InteropServices;

namespace LogShipper.Cli;

/// <summary>What a name in the file system stands for.</summary>
internal enum UnixFileType : byte
{
    Other,
    Regular,
    Directory,
    Link,
}

/// <summary>What the kernel says of a file: the library tells neither its type nor its owner.</summary>
/// <param name="Type">What it is.</param>
/// <param name="Permissions">Who may do what.</param>
/// <param name="UserId">Its owner.</param>
/// <param name="GroupId">Its group.</param>
internal readonly partial record struct UnixFile(UnixFileType Type, UnixFileMode Permissions, uint UserId, uint GroupId)
{
    private const int CurrentDirectory = -100;
    private const int DoNotFollow = 0x100;
    private const uint BasicStatistics = 0x7ff;
    private const int TypeBits = 0xf000;
    private const int PermissionBits = 0xfff;

    /// <summary>Null when it is not there, or nothing may be known of it.</summary>
    public static UnixFile? Look(string path, bool followLink)
    {
        if (!OperatingSystem.IsLinux() || Statx(CurrentDirectory, path, followLink ? 0 : DoNotFollow, BasicStatistics, out var statistics) != 0)
        {
            return null;
        }

        var type = (statistics.Mode & TypeBits) switch
        {
            0x8000 => UnixFileType.Regular,
            0x4000 => UnixFileType.Directory,
            0xa000 => UnixFileType.Link,
            _ => UnixFileType.Other,
        };
        return new UnixFile(type, (UnixFileMode)(statistics.Mode & PermissionBits), statistics.UserId, statistics.GroupId);
    }

    /// <summary>The user that this process acts as.</summary>
    public static uint EffectiveUserId() => OperatingSystem.IsLinux() ? GetEffectiveUserId() : 0;

    /// <summary>The permissions as <c>ls</c> shows them.</summary>
    public string PermissionText()
    {
        var bits = (int)Permissions;
        return string.Create(9, bits, static (text, mode) =>
        {
            for (var place = 0; place < 9; place++)
            {
                text[place] = (mode & (0x100 >> place)) != 0 ? "rwx"[place % 3] : '-';
            }
        });
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, out Statistics statistics);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUserId();

    /// <summary>The kernel's <c>struct statx</c>, the same on every architecture.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Statistics
    {
        [FieldOffset(20)]
        public uint UserId;

        [FieldOffset(24)]
        public uint GroupId;

        [FieldOffset(28)]
        public ushort Mode;
    }
}
