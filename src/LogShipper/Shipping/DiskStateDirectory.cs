using System.Runtime.InteropServices;
using LogShipper.Tailing;
using Microsoft.Win32.SafeHandles;

namespace LogShipper.Shipping;

/// <summary>
/// The state directory on disk: files of mode 0600, replaced by write, fsync, rename, fsync of the directory. Its own path
/// may lead over symbolic links; in it none is followed, so that whoever gets to write there cannot have us read or
/// overwrite what is elsewhere.
/// </summary>
internal sealed class DiskStateDirectory : IStateDirectory, IDisposable
{
    private const string LockName = "lock";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _path;
    private readonly Lock _losing = new();
    private SafeFileHandle? _lock;
    private bool _isLost;
    private int _losses;

    public DiskStateDirectory(string path) => _path = path;

    /// <summary>Told once that what was there is gone: null when it was made again, else why it cannot be.</summary>
    public Action<string?> Lost { get; set; } = static _ => { };

    /// <summary>Makes the directory if need be (mode 0700) and takes it for this process: two shippers on one state directory would ship everything twice.</summary>
    /// <exception cref="IOException">It cannot be made or written, or another process holds it.</exception>
    public void Claim()
    {
        try
        {
            Directory.CreateDirectory(_path, OwnerOnly | UnixFileMode.UserExecute);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new IOException(exception.Message, exception);
        }

        var file = Open(LockName, NativeFile.OpenWriteOnly | NativeFile.OpenCreate);
        var error = NativeFile.TryLock(file);
        if (error != 0)
        {
            file.Dispose();
            throw new IOException(error == NativeFile.ErrorAgain
                ? $"Another LogShipper uses the state directory '{_path}' and holds its lock; give each a StateDirectory of its own."
                : $"{Path.Combine(_path, LockName)} cannot be locked: {Marshal.GetPInvokeErrorMessage(error)}");
        }

        _lock = file;
    }

    public int Losses => Volatile.Read(ref _losses);

    public int CountLosses()
    {
        lock (_losing)
        {
            // Its lock is there as long as everything else is.
            if (_lock is null || (!_isLost && NativeFile.TryStatus(Path.Combine(_path, LockName), out _) is not (NativeFile.ErrorNoEntry or NativeFile.ErrorNotDirectory)))
            {
                return _losses;
            }

            try
            {
                _lock.Dispose();
                Claim();
                _isLost = false;
                _losses++;
                Lost(null);
            }
            catch (IOException exception)
            {
                if (!_isLost)
                {
                    _isLost = true;
                    Lost(exception.Message);
                }
            }

            return _losses;
        }
    }

    public byte[]? Read(string name)
    {
        if (TryOpen(name, NativeFile.OpenReadOnly, out var file) is not null and var problem)
        {
            return problem.Length == 0 ? null : throw new IOException(problem);
        }

        using (file)
        {
            var bytes = new byte[Math.Min(RandomAccess.GetLength(file), Array.MaxLength)];
            var length = 0;
            while (length < bytes.Length && RandomAccess.Read(file, bytes.AsSpan(length), length) is > 0 and var read)
            {
                length += read;
            }

            return length == bytes.Length ? bytes : bytes[..length];
        }
    }

    public void Replace(string name, ReadOnlySpan<byte> bytes) => Replace(name, bytes, isSynced: true);

    public void ReplaceUnsynced(string name, ReadOnlySpan<byte> bytes) => Replace(name, bytes, isSynced: false);

    private void Replace(string name, ReadOnlySpan<byte> bytes, bool isSynced)
    {
        var path = Path.Combine(_path, name);
        var temporary = path + ".new";
        try
        {
            // What a death has left there goes; what somebody puts there now is not written through.
            File.Delete(temporary);
            using (var file = Open(name + ".new", NativeFile.OpenWriteOnly | NativeFile.OpenCreate | NativeFile.OpenExclusive))
            {
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
        using (var file = Open(name, NativeFile.OpenWriteOnly | NativeFile.OpenCreate))
        {
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

            if (end > 0)
            {
                return;
            }
        }

        NativeFile.SyncDirectory(_path);
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

    /// <summary>Opens a file for writing; its mode is 0600 whatever it was, and whatever the umask is.</summary>
    /// <exception cref="IOException">It cannot be opened, or is no file.</exception>
    private SafeFileHandle Open(string name, int flags)
    {
        if (TryOpen(name, flags, out var file) is not null and var problem)
        {
            throw new IOException(problem.Length == 0 ? $"{Path.Combine(_path, name)}: {Marshal.GetPInvokeErrorMessage(NativeFile.ErrorNoEntry)}" : problem);
        }

        try
        {
            File.SetUnixFileMode(file, OwnerOnly);
            return file;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            file.Dispose();
            throw new IOException($"{Path.Combine(_path, name)} belongs to somebody else: {exception.Message}", exception);
        }
    }

    /// <summary>Null: it is open. Otherwise what is the matter; empty: there is none.</summary>
    private string? TryOpen(string name, int flags, out SafeFileHandle file)
    {
        var path = Path.Combine(_path, name);
        var error = NativeFile.TryOpen(path, flags | NativeFile.OpenNoFollow | NativeFile.OpenNonBlocking, out file);
        if (error == 0)
        {
            if (UnixFile.FaultOf(UnixFile.TypeOf(NativeFile.StatusOf(file))) is not { } fault)
            {
                return null;
            }

            file.Dispose();
            return $"{path} {fault}";
        }

        file.Dispose();
        return error switch
        {
            NativeFile.ErrorNoEntry => "",
            NativeFile.ErrorLoop => $"{path} is a symbolic link, which is not followed in the state directory; remove it",
            _ => $"{path}: {Marshal.GetPInvokeErrorMessage(error)}",
        };
    }

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
