using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace LogShipper.Tailing;

/// <summary>The kernel's inotify: any number of directories behind one descriptor. Reading blocks a thread and nothing else.</summary>
internal sealed partial class Inotify : IFileEvents
{
    public const int ErrorTooManyDescriptors = 24;
    public const int ErrorNoSpace = 28;

    private const int ErrorInterrupted = 4;
    private const int CloseOnExec = 0x80000;
    private const uint OnlyDirectories = 0x01000000;
    private const uint AddToMask = 0x20000000;

    private const FileChanges OfNames = FileChanges.Created | FileChanges.MovedTo | FileChanges.DirectoryDeleted | FileChanges.DirectoryMoved;

    private const FileChanges OfLogs = OfNames | FileChanges.Modified | FileChanges.WriterClosed | FileChanges.MovedFrom | FileChanges.Deleted;

    private readonly SafeFileHandle _handle;

    private Inotify(SafeFileHandle handle) => _handle = handle;

    public static int TryOpen(out IFileEvents? events)
    {
        var handle = Open(CloseOnExec);
        if (handle.IsInvalid)
        {
            var error = Marshal.GetLastPInvokeError();
            handle.Dispose();
            events = null;
            return error;
        }

        events = new Inotify(handle);
        return 0;
    }

    public int TryWatch(string directory, bool namesOnly, out int watch)
    {
        // One inode has one watch and one mask: who wants less must not take it from who wants all.
        watch = Add(_handle, directory, OnlyDirectories | (namesOnly ? AddToMask | (uint)OfNames : (uint)OfLogs));
        return watch >= 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    public void Unwatch(int watch) => _ = Remove(_handle, watch);

    public int Read(Span<byte> events)
    {
        while (true)
        {
            var read = Read(_handle, ref MemoryMarshal.GetReference(events), events.Length);
            if (read >= 0 || Marshal.GetLastPInvokeError() != ErrorInterrupted)
            {
                return (int)Math.Max(0, read);
            }
        }
    }

    public void Dispose() => _handle.Dispose();

    [LibraryImport("libc", EntryPoint = "inotify_init1", SetLastError = true)]
    private static partial SafeFileHandle Open(int flags);

    [LibraryImport("libc", EntryPoint = "inotify_add_watch", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Add(SafeFileHandle handle, string path, uint mask);

    [LibraryImport("libc", EntryPoint = "inotify_rm_watch", SetLastError = true)]
    private static partial int Remove(SafeFileHandle handle, int watch);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(SafeFileHandle handle, ref byte buffer, nint length);
}
