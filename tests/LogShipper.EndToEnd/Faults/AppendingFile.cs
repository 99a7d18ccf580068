using System.Runtime.InteropServices;

namespace LogShipper.EndToEnd.Faults;

/// <summary>A file as nginx has its logs open: <c>O_APPEND</c>, a <c>write()</c> for each buffer, and what the disk did not take is gone.</summary>
internal sealed partial class AppendingFile : IDisposable
{
    private const int WriteOnly = 1;
    private const int Create = 0x40;
    private const int Append = 0x400;
    private const int CloseOnExec = 0x80000;
    private const int Mode = 0x1A4; // 0644

    private int _descriptor;

    private AppendingFile(int descriptor) => _descriptor = descriptor;

    /// <summary>Null: it cannot be opened.</summary>
    public static AppendingFile? TryOpen(string path) =>
        Open(path, WriteOnly | Create | Append | CloseOnExec, Mode) is >= 0 and var descriptor ? new AppendingFile(descriptor) : null;

    /// <summary>Bytes that the disk took.</summary>
    public int Write(ReadOnlySpan<byte> bytes) => (int)Math.Max(0, Write(_descriptor, bytes, bytes.Length));

    public void Dispose()
    {
        if (_descriptor >= 0)
        {
            _ = Close(_descriptor);
            _descriptor = -1;
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int descriptor, ReadOnlySpan<byte> bytes, nint count);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
