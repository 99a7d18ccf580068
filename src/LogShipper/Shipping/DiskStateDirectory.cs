using LogShipper.Tailing;

namespace LogShipper.Shipping;

/// <summary>The state directory on disk: files of mode 0600, replaced by write, fsync, rename, fsync of the directory.</summary>
internal sealed class DiskStateDirectory : IStateDirectory, IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _path;
    private readonly Lock _losing = new();
    private FileStream? _lock;
    private int _losses;

    public DiskStateDirectory(string path) => _path = path;

    /// <summary>Makes the directory if need be (mode 0700) and takes it for this process: two shippers on one state directory would ship everything twice.</summary>
    /// <exception cref="IOException">It cannot be made or written, or another process holds it.</exception>
    public void Claim()
    {
        const int WouldBlock = 11;
        try
        {
            Directory.CreateDirectory(_path, OwnerOnly | UnixFileMode.UserExecute);
            _lock = new FileStream(Path.Combine(_path, "lock"), new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.Write,
                Share = FileShare.None,
                UnixCreateMode = OwnerOnly,
            });
        }
        catch (IOException exception) when (exception.HResult == WouldBlock)
        {
            throw new IOException($"Another LogShipper uses the state directory '{_path}' and holds its lock; give each a StateDirectory of its own.", exception);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new IOException(exception.Message, exception);
        }
    }

    public int CountLosses(out bool isMadeAgain)
    {
        isMadeAgain = false;
        lock (_losing)
        {
            if (_lock is null || NativeFile.TryStatus(_path, out _) != NativeFile.ErrorNoEntry)
            {
                return _losses;
            }

            try
            {
                _lock.Dispose();
                Claim();
                _losses++;
                isMadeAgain = true;
            }
            catch (IOException)
            {
                // Whoever writes there says so.
            }

            return _losses;
        }
    }

    public byte[]? Read(string name) => Guard(() =>
    {
        var path = Path.Combine(_path, name);
        return File.Exists(path) ? File.ReadAllBytes(path) : null;
    });

    public void Replace(string name, ReadOnlySpan<byte> bytes) => Replace(name, bytes, isSynced: true);

    public void ReplaceUnsynced(string name, ReadOnlySpan<byte> bytes) => Replace(name, bytes, isSynced: false);

    private void Replace(string name, ReadOnlySpan<byte> bytes, bool isSynced)
    {
        var path = Path.Combine(_path, name);
        var temporary = path + ".new";
        try
        {
            using (var file = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                File.SetUnixFileMode(file, OwnerOnly);
                RandomAccess.Write(file, bytes, 0);
                if (isSynced)
                {
                    RandomAccess.FlushToDisk(file);
                }
            }

            File.Move(temporary, path, overwrite: true);
            if (isSynced)
            {
                NativeFile.SyncDirectory(_path);
            }
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new IOException(exception.Message, exception);
        }
    }

    public void Append(string name, ReadOnlySpan<byte> bytes)
    {
        var path = Path.Combine(_path, name);
        try
        {
            var isNew = !File.Exists(path);
            using (var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read))
            {
                File.SetUnixFileMode(file, OwnerOnly);
                var end = RandomAccess.GetLength(file);
                try
                {
                    RandomAccess.Write(file, bytes, end);
                    RandomAccess.FlushToDisk(file);
                }
                catch (IOException)
                {
                    // A disk that is full may have taken a part: it would glue itself to what comes next.
                    RandomAccess.SetLength(file, end);
                    throw;
                }
            }

            if (isNew)
            {
                NativeFile.SyncDirectory(_path);
            }
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new IOException(exception.Message, exception);
        }
    }

    public void Remove(string name) => Guard<object?>(() =>
    {
        File.Delete(Path.Combine(_path, name));
        return null;
    });

    public void SetAside(string name)
    {
        var path = Path.Combine(_path, name);
        Guard<object?>(() =>
        {
            File.Move(path, path + ".unreadable", overwrite: true);
            return null;
        });
    }

    public void Dispose() => _lock?.Dispose();

    private static T Guard<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new IOException(exception.Message, exception);
        }
    }
}
