using Microsoft.Win32.SafeHandles;

namespace LogShipper.Tailing;

/// <summary>
/// A directory with logs, as the operator named it: a fixed part, whose symbolic links are the operator's own, and what
/// was found below it, which another container may have made. No symbolic link below the fixed part is followed, unless
/// <see cref="FollowsLinks"/>, so that whoever writes the logs cannot lead the shipper to a file that is not theirs.
/// </summary>
/// <param name="Anchor">The fixed part: the directory before the first wildcard.</param>
/// <param name="Below">The way from there, without a slash at either end; empty: the anchor itself.</param>
/// <param name="FollowsLinks">The operator trusts who writes there.</param>
internal readonly record struct LogPath(string Anchor, string Below, bool FollowsLinks)
{
    public string Directory => Below.Length == 0 ? Anchor : $"{Anchor.TrimEnd('/')}/{Below}";

    /// <summary>The place of a full path that lies below an anchor, or is it.</summary>
    public static LogPath Of(string anchor, string directory, bool followsLinks) =>
        directory.Length > anchor.Length && directory.StartsWith(anchor, StringComparison.Ordinal)
            ? new LogPath(anchor, directory[anchor.Length..].Trim('/'), followsLinks)
            : new LogPath(directory, "", followsLinks);

    /// <summary>Opens the directory, anew each time: a volume may have been mounted in its place. The error number if it cannot.</summary>
    public int TryOpen(out SafeFileHandle directory)
    {
        var error = NativeFile.TryOpen(Anchor, NativeFile.OpenPath | NativeFile.OpenDirectory, out var anchor);
        if (error != 0)
        {
            directory = anchor;
            return error;
        }

        using (anchor)
        {
            return TryOpenBelow(anchor, Below.Length == 0 ? "." : Below, NativeFile.OpenReadOnly | NativeFile.OpenDirectory, FollowsLinks, out directory);
        }
    }

    /// <summary>Opens a path below an open directory: by <c>openat2</c>, or, where the kernel or its guard does not know that, one name after the other.</summary>
    public static int TryOpenBelow(SafeFileHandle directory, string path, int flags, bool followsLinks, out SafeFileHandle handle)
    {
        if (followsLinks)
        {
            return NativeFile.TryOpenAt(directory, path, flags, out handle);
        }

        var error = NativeFile.TryOpenAt2(directory, path, flags, out handle);

        // Seccomp filters older than the call refuse it with any of these; a refusal that means the file is found again below.
        return error is NativeFile.ErrorNoSystemCall or NativeFile.ErrorNotPermitted or NativeFile.ErrorNoPermission
            ? TryOpenByName(directory, path, flags, out handle)
            : error;
    }

    /// <summary>The same, one name after the other, none of which may be a symbolic link.</summary>
    public static int TryOpenByName(SafeFileHandle directory, string path, int flags, out SafeFileHandle handle)
    {
        handle = new SafeFileHandle();
        SafeFileHandle? parent = null;
        try
        {
            var names = path.Split('/');
            for (var place = 0; place < names.Length; place++)
            {
                if (names[place] is "" or "..")
                {
                    return NativeFile.ErrorCrossesDevice;
                }

                var isLast = place == names.Length - 1;
                var error = NativeFile.TryOpenAt(
                    parent ?? directory, names[place], NativeFile.OpenNoFollow | (isLast ? flags : NativeFile.OpenPath | NativeFile.OpenDirectory), out var opened);
                if (error != 0)
                {
                    // With O_DIRECTORY a link is told to be no directory: say what it is.
                    var isLink = error == NativeFile.ErrorNotDirectory && NativeFile.TryStatus(parent ?? directory, names[place], followLink: false, out var status) == 0 && status.IsSymbolicLink;
                    handle = opened;
                    return isLink ? NativeFile.ErrorLoop : error;
                }

                if (isLast)
                {
                    handle = opened;
                    return 0;
                }

                parent?.Dispose();
                parent = opened;
            }

            return NativeFile.ErrorCrossesDevice;
        }
        finally
        {
            parent?.Dispose();
        }
    }
}
