using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace LogShipper.Tailing;

/// <summary>A directory on disk. One look an interval is shared by all who follow logs in it.</summary>
internal sealed class DiskLogDirectory : ILogDirectory
{
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private DirectoryLook? _last;

    public DiskLogDirectory(string path, TimeProvider time)
    {
        Path = path;
        _time = time;
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
            try
            {
                return _last = new DirectoryLook(takenAt, AgreedListing.Take(List));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                return _last = new DirectoryLook(takenAt, [], $"{Path} cannot be listed: {exception.Message}") { IsMissing = exception is DirectoryNotFoundException };
            }
        }
    }

    public ILogFile? Open(string name, out string? problem)
    {
        var path = $"{Path}/{name}";
        var error = NativeFile.TryOpen(path, out var handle);
        problem = error switch
        {
            0 => null,
            NativeFile.ErrorNoPermission when UnixFile.Look(path, followLink: false) is { } file => $"Permission denied: {file.AccessText()}",
            NativeFile.ErrorLoop => "is a symbolic link, which is not followed",
            _ => Marshal.GetPInvokeErrorMessage(error),
        };
        if (problem is not null)
        {
            handle.Dispose();
            return null;
        }

        try
        {
            var status = NativeFile.StatusOf(handle);
            if (status.IsRegular)
            {
                return new DiskLogFile(handle, status.Identity);
            }

            problem = "is not a regular file";
        }
        catch (IOException exception)
        {
            problem = exception.Message;
        }

        handle.Dispose();
        return null;
    }

    private List<DirectoryEntry> List()
    {
        var entries = new List<DirectoryEntry>();
        foreach (var path in Directory.EnumerateFiles(Path))
        {
            // What is removed between the listing and its status was not there.
            if (NativeFile.TryStatus(path, out var status) == 0 && status.IsRegular)
            {
                entries.Add(new DirectoryEntry(System.IO.Path.GetFileName(path), status.Identity, status.Length, status.ModifiedNanoseconds));
            }
        }

        return entries;
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
