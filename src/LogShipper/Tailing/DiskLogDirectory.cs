using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace LogShipper.Tailing;

/// <summary>A directory on disk. One look an interval is shared by all who follow logs in it.</summary>
internal sealed class DiskLogDirectory : ILogDirectory
{
    private readonly LogPath _place;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private DirectoryLook? _last;

    /// <summary>A directory whose path is the operator's; what its names lead to is not.</summary>
    public DiskLogDirectory(string path, TimeProvider time)
        : this(new LogPath(path, "", FollowsLinks: false), time)
    {
    }

    public DiskLogDirectory(LogPath place, TimeProvider time)
    {
        _place = place;
        _time = time;
        Path = place.Directory;
    }

    public string Path { get; }

    public DirectoryLook Look(long notBefore)
    {
        lock (_lock)
        {
            if (_last is { } last && last.TakenAt >= notBefore)
            {
                return last;
            }

            var takenAt = _time.GetTimestamp();
            var error = _place.TryOpen(out var directory);
            using (directory)
            {
                if (error != 0)
                {
                    return _last = new DirectoryLook(takenAt, [], $"{Path} cannot be listed: {FaultOf(error)}") { IsMissing = error == NativeFile.ErrorNoEntry };
                }

                try
                {
                    var refused = new List<(string Name, string Why)>();
                    return _last = new DirectoryLook(takenAt, AgreedListing.Take(() => List(directory, refused))) { Refused = refused };
                }
                catch (IOException exception)
                {
                    return _last = new DirectoryLook(takenAt, [], $"{Path} cannot be listed: {exception.Message}");
                }
            }
        }
    }

    public ILogFile? Open(string name, out string? problem)
    {
        var error = _place.TryOpen(out var directory);
        using (directory)
        {
            if (error != 0)
            {
                problem = FaultOf(error);
                return null;
            }

            // Asked before it is opened: opening alone wakes who waits at the other end of a pipe, and may move a device.
            error = NativeFile.TryStatus(directory, name, _place.FollowsLinks, out var status);
            problem = error == 0 ? UnixFile.FaultOf(UnixFile.TypeOf(status)) : FaultOf(error);
            if (problem is not null)
            {
                return null;
            }

            error = LogPath.TryOpenBelow(directory, name, NativeFile.OpenReadOnly | NativeFile.OpenNonBlocking, _place.FollowsLinks, out var handle);
            if (error == 0)
            {
                return OpenRegular(handle, out problem);
            }

            handle.Dispose();
            problem = error == NativeFile.ErrorNoPermission ? $"Permission denied: {new UnixFile(UnixFileType.Regular, status.Permissions, status.UserId, status.GroupId).AccessText()}" : FaultOf(error);
            return null;
        }
    }

    /// <summary>Whatever the name led to a moment ago: what is open must be a file.</summary>
    private static DiskLogFile? OpenRegular(SafeFileHandle handle, out string? problem)
    {
        try
        {
            var status = NativeFile.StatusOf(handle);
            problem = UnixFile.FaultOf(UnixFile.TypeOf(status));
            if (problem is null)
            {
                return new DiskLogFile(handle, status.Identity);
            }
        }
        catch (IOException exception)
        {
            problem = exception.Message;
        }

        handle.Dispose();
        return null;
    }

    private static string FaultOf(int error) =>
        error == NativeFile.ErrorLoop ? "a symbolic link leads there, which is not followed (FollowSymlinks)" : Marshal.GetPInvokeErrorMessage(error);

    private List<DirectoryEntry> List(SafeFileHandle directory, List<(string Name, string Why)> refused)
    {
        var entries = new List<DirectoryEntry>();
        var fault = 0;
        refused.Clear();
        foreach (var (name, listed) in DirectoryListing.Read(directory))
        {
            var type = listed;
            if (type is UnixFileType.Regular or UnixFileType.Other || (type == UnixFileType.Link && _place.FollowsLinks))
            {
                // What is removed between the listing and its status was not there.
                var error = NativeFile.TryStatus(directory, name, _place.FollowsLinks, out var status);
                if (error != 0)
                {
                    fault = error == NativeFile.ErrorNoEntry ? fault : error;
                    continue;
                }

                if (status.IsRegular)
                {
                    entries.Add(new DirectoryEntry(name, status.Identity, status.Length, status.ModifiedNanoseconds));
                    continue;
                }

                type = UnixFile.TypeOf(status);
            }

            refused.Add((name, UnixFile.RefusalOf(type)));
        }

        // Where names may be read and no more (mode r--), what has them is not gone.
        return entries.Count > 0 || fault == 0 ? entries : throw new IOException($"its names can be read, its files cannot be looked at: {FaultOf(fault)}");
    }

    /// <summary>An open file on disk.</summary>
    private sealed class DiskLogFile(SafeFileHandle handle, FileIdentity identity) : ILogFile
    {
        public FileIdentity Identity { get; } = identity;

        public long Length => RandomAccess.GetLength(handle);

        public int Read(Span<byte> destination, long offset) => RandomAccess.Read(handle, destination, offset);

        public Writers AskWriters() => NativeFile.AskWriters(handle);

        public void Dispose() => handle.Dispose();
    }
}
