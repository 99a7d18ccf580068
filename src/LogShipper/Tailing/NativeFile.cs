using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace LogShipper.Tailing;

/// <summary>The system calls for which the base library has no equivalent. Linux, any architecture (statx is the same on all).</summary>
internal static partial class NativeFile
{
    public const int OpenReadOnly = 0;
    public const int OpenWriteOnly = 1;
    public const int OpenCreate = 0x40;
    public const int OpenExclusive = 0x80;
    public const int OpenNonBlocking = 0x800;
    public const int OpenCloseOnExec = 0x80000;

    // Of a directory: to begin a search in, which needs no permission to list it.
    public const int OpenPath = 0x200000;

    public const int ErrorNotPermitted = 1;
    public const int ErrorNoEntry = 2;
    public const int ErrorAgain = 11;
    public const int ErrorNoPermission = 13;
    public const int ErrorCrossesDevice = 18;
    public const int ErrorNotDirectory = 20;
    public const int ErrorNoSystemCall = 38;
    public const int ErrorLoop = 40;

    private const int AtCurrentDirectory = -100;
    private const int AtSymlinkNoFollow = 0x100;
    private const int AtEmptyPath = 0x1000;
    private const uint BasicStatsAndBirth = 0x7ff | 0x800;
    private const uint BirthMask = 0x800;
    private const int CallOpenAt2 = 437;
    private const ulong ResolveNoSymbolicLinks = 0x04;
    private const ulong ResolveBeneath = 0x08;
    private const int LockExclusive = 2;
    private const int LockNonBlocking = 4;
    private const int SetLease = 1024;
    private const int LeaseRead = 0;
    private const int LeaseNone = 2;

    // 0600, before the umask takes from it.
    private const uint OwnerOnly = 0x180;

    // O_DIRECTORY and O_NOFOLLOW have other values on arm64 than on x86-64.
    private static readonly bool IsArm = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;

    public static int OpenDirectory => IsArm ? 0x4000 : 0x10000;

    public static int OpenNoFollow => IsArm ? 0x8000 : 0x20000;

    /// <summary>What the kernel says of a file.</summary>
    public readonly record struct Status(FileIdentity Identity, long Length, long ModifiedNanoseconds, uint Mode, uint UserId, uint GroupId)
    {
        private const uint TypeMask = 0xF000;

        private const uint PermissionMask = 0xFFF;

        public UnixFileMode Permissions => (UnixFileMode)(Mode & PermissionMask);

        public bool IsDirectory => (Mode & TypeMask) == 0x4000;

        public bool IsRegular => (Mode & TypeMask) == 0x8000;

        public bool IsSymbolicLink => (Mode & TypeMask) == 0xA000;
    }

    /// <summary>The user that this process acts as.</summary>
    public static uint EffectiveUserId() => GetEffectiveUserId();

    /// <summary>The group that this process acts as, beside others that it may be in.</summary>
    public static uint EffectiveGroupId() => GetEffectiveGroupId();

    /// <summary>Status of a name, symbolic links in the last place not followed; the error number if there is none.</summary>
    public static int TryStatus(string path, out Status status) => TryStatus(path, followLink: false, out status);

    public static int TryStatus(string path, bool followLink, out Status status)
    {
        var error = Statx(AtCurrentDirectory, path, followLink ? 0 : AtSymlinkNoFollow, BasicStatsAndBirth, out var raw) == 0 ? 0 : Marshal.GetLastPInvokeError();
        status = error == 0 ? raw.ToStatus() : default;
        return error;
    }

    /// <summary>Status of an open file.</summary>
    /// <exception cref="IOException">The kernel refused.</exception>
    public static Status StatusOf(SafeFileHandle handle) =>
        Statx(handle, "", AtEmptyPath, BasicStatsAndBirth, out var raw) == 0
            ? raw.ToStatus()
            : throw new IOException($"The status of an open file cannot be read: {Marshal.GetLastPInvokeErrorMessage()}");

    /// <summary>Status of a name in an open directory, a symbolic link not followed unless asked; the error number if there is none.</summary>
    public static int TryStatus(SafeFileHandle directory, string name, bool followLink, out Status status)
    {
        var error = Statx(directory, name, followLink ? 0 : AtSymlinkNoFollow, BasicStatsAndBirth, out var raw) == 0 ? 0 : Marshal.GetLastPInvokeError();
        status = error == 0 ? raw.ToStatus() : default;
        return error;
    }

    /// <summary>Opens a path; no descriptor goes to a child process. What is made (<see cref="OpenCreate"/>) is its owner's alone. The error number if it cannot.</summary>
    public static int TryOpen(string path, int flags, out SafeFileHandle handle)
    {
        handle = Open(path, flags | OpenCloseOnExec, OwnerOnly);
        return handle.IsInvalid ? Marshal.GetLastPInvokeError() : 0;
    }

    /// <summary>Opens one name of an open directory; the error number if it cannot.</summary>
    public static int TryOpenAt(SafeFileHandle directory, string name, int flags, out SafeFileHandle handle)
    {
        handle = OpenAt(directory, name, flags | OpenCloseOnExec, OwnerOnly);
        return handle.IsInvalid ? Marshal.GetLastPInvokeError() : 0;
    }

    /// <summary>Opens a path below an open directory in one step in which the kernel follows no symbolic link and leaves the directory by no way (Linux 5.6).</summary>
    public static int TryOpenAt2(SafeFileHandle directory, string path, int flags, out SafeFileHandle handle)
    {
        var how = new OpenHow((ulong)(uint)(flags | OpenCloseOnExec), Mode: 0, ResolveNoSymbolicLinks | ResolveBeneath);
        var descriptor = SystemCall(CallOpenAt2, directory, path, how, Marshal.SizeOf<OpenHow>());
        handle = new SafeFileHandle((nint)descriptor, ownsHandle: true);
        return descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
    }

    /// <summary>Has the entries of an open directory begin anew.</summary>
    public static void Rewind(SafeFileHandle directory) => _ = Seek(directory, offset: 0, from: 0);

    /// <summary>The next entries of an open directory, as <c>struct linux_dirent64</c>s one after the other; 0 bytes at its end.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public static int ReadEntries(SafeFileHandle directory, Span<byte> entries)
    {
        var read = GetEntries(directory, ref MemoryMarshal.GetReference(entries), entries.Length);
        return read >= 0 ? (int)read : throw new IOException(Marshal.GetLastPInvokeErrorMessage());
    }

    /// <summary>Takes the file for this process, until it is closed; the error number if it cannot (<see cref="ErrorAgain"/>: another has it).</summary>
    public static int TryLock(SafeFileHandle handle) => Lock(handle, LockExclusive | LockNonBlocking) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>Makes the names in a directory durable.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public static void SyncDirectory(string path)
    {
        var error = TryOpen(path, OpenReadOnly | OpenDirectory, out var handle);
        using (handle)
        {
            if (error == 0 && FSync(handle) != 0)
            {
                error = Marshal.GetLastPInvokeError();
            }
        }

        if (error != 0)
        {
            throw new IOException($"{path}: {Marshal.GetPInvokeErrorMessage(error)}");
        }
    }

    /// <summary>Asks for a read lease, which the kernel gives only if nobody has the file open for writing, and gives it back at once.</summary>
    public static Writers AskWriters(SafeFileHandle handle)
    {
        LeaseSignal.Ignore();
        if (Control(handle, SetLease, LeaseRead) == 0)
        {
            _ = Control(handle, SetLease, LeaseNone);
            return Writers.None;
        }

        return Marshal.GetLastPInvokeError() == ErrorAgain ? Writers.Some : Writers.Unknown;
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, out StatxBuffer status);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(SafeFileHandle directory, string path, int flags, uint mask, out StatxBuffer status);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle OpenAt(SafeFileHandle directory, string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint SystemCall(nint number, SafeFileHandle directory, string path, in OpenHow how, nint size);

    [LibraryImport("libc", EntryPoint = "getdents64", SetLastError = true)]
    private static partial nint GetEntries(SafeFileHandle directory, ref byte entries, nint length);

    [LibraryImport("libc", EntryPoint = "lseek64", SetLastError = true)]
    private static partial long Seek(SafeFileHandle directory, long offset, int from);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Lock(SafeFileHandle handle, int operation);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUserId();

    [LibraryImport("libc", EntryPoint = "getegid")]
    private static partial uint GetEffectiveGroupId();

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(SafeFileHandle handle);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(SafeFileHandle handle, int command, int argument);

    /// <summary><c>struct open_how</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct OpenHow(ulong Flags, ulong Mode, ulong Resolve);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct StatxTime
    {
        private readonly long _seconds;
        private readonly uint _nanoseconds;
        private readonly int _reserved;

        public long Nanoseconds => (_seconds * 1_000_000_000) + _nanoseconds;
    }

    /// <summary><c>struct statx</c>: 256 bytes, identical on all architectures.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 256)]
    private readonly struct StatxBuffer
    {
        private readonly uint _mask;
        private readonly uint _blockSize;
        private readonly ulong _attributes;
        private readonly uint _links;
        private readonly uint _user;
        private readonly uint _group;
        private readonly ushort _mode;
        private readonly ushort _spare;
        private readonly ulong _inode;
        private readonly ulong _size;
        private readonly ulong _blocks;
        private readonly ulong _attributesMask;
        private readonly StatxTime _accessed;
        private readonly StatxTime _born;
        private readonly StatxTime _changed;
        private readonly StatxTime _modified;
        private readonly uint _deviceKindMajor;
        private readonly uint _deviceKindMinor;
        private readonly uint _deviceMajor;
        private readonly uint _deviceMinor;

        public Status ToStatus() => new(
            new FileIdentity(((ulong)_deviceMajor << 32) | _deviceMinor, _inode, (_mask & BirthMask) != 0 ? _born.Nanoseconds : 0),
            (long)_size, _modified.Nanoseconds, _mode, _user, _group);
    }

    /// <summary>Breaking a lease sends SIGIO, whose default ends the process: it is taken before the first lease.</summary>
    private static class LeaseSignal
    {
        private const PosixSignal InputOutput = (PosixSignal)29;

        private static readonly PosixSignalRegistration Registration = PosixSignalRegistration.Create(InputOutput, context => context.Cancel = true);

        public static void Ignore() => GC.KeepAlive(Registration);
    }
}
