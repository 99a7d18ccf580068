namespace LogShipper.Tailing;

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
internal readonly record struct UnixFile(UnixFileType Type, UnixFileMode Permissions, uint UserId, uint GroupId)
{
    // Made once: a look meets them again and again.
    private static readonly string DirectoryRefusal = $"{FaultOf(UnixFileType.Directory)}: remove it, and have nginx write a file in its place";
    private static readonly string OtherRefusal = $"{FaultOf(UnixFileType.Other)}: remove it, and have nginx write a file in its place";

    /// <summary>Null when it is not there, or nothing may be known of it.</summary>
    public static UnixFile? Look(string path, bool followLink)
    {
        if (NativeFile.TryStatus(path, followLink, out var status) != 0)
        {
            return null;
        }

        return new UnixFile(TypeOf(status), status.Permissions, status.UserId, status.GroupId);
    }

    public static UnixFileType TypeOf(NativeFile.Status status) =>
        status.IsRegular ? UnixFileType.Regular
        : status.IsDirectory ? UnixFileType.Directory
        : status.IsSymbolicLink ? UnixFileType.Link
        : UnixFileType.Other;

    /// <summary>Why what is no regular file is not read; null: it is one.</summary>
    public static string? FaultOf(UnixFileType type) => type switch
    {
        UnixFileType.Regular => null,
        UnixFileType.Directory => "is a directory",
        UnixFileType.Link => "is a symbolic link, which is not followed (FollowSymlinks)",
        _ => "is not a regular file (a pipe, a socket or a device)",
    };

    /// <summary>Why what stands in the place of a log is not read, and what to do.</summary>
    public static string RefusalOf(UnixFileType type) => type switch
    {
        UnixFileType.Link => "is a symbolic link, which is not followed: remove it (nginx's image has such links, to its console: mount an emptyDir over their directory), or set FollowSymlinks of the log",
        UnixFileType.Directory => DirectoryRefusal,
        _ => OtherRefusal,
    };

    /// <summary>Whose it is, who may do what, and who we are: what somebody needs who is not let in.</summary>
    public string AccessText() => $"it belongs to {UserId}:{GroupId} with mode {PermissionText()}, we are {NativeFile.EffectiveUserId()}:{NativeFile.EffectiveGroupId()}";

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
}
