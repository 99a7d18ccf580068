using System.Runtime.InteropServices;

namespace LogShipper.Sinks.Stdout;

/// <summary>
/// Which of the standard streams the process was started with. The next file that is opened takes the number of one that
/// was closed: records and messages would go into it.
/// </summary>
internal static partial class StandardStreams
{
    private const int GetDescriptorFlags = 1;
    private const int CloseOnExec = 1;
    private const int OpenReadWrite = 2;

    /// <summary>stdout was closed at the start.</summary>
    public static bool OutputIsClosed { get; private set; }

    /// <summary>
    /// Looks which are there; called before anything else. The numbers of closed ones that are still free lead to
    /// /dev/null from then on, and nothing is read or written through those that the runtime has taken already.
    /// </summary>
    public static void TakeStock()
    {
        var (input, output, error) = (IsInherited(0), IsInherited(1), IsInherited(2));
        var free = Open("/dev/null", OpenReadWrite);
        while (free is >= 0 and <= 2)
        {
            free = Open("/dev/null", OpenReadWrite);
        }

        if (free > 2)
        {
            _ = Close(free);
        }

        OutputIsClosed = !output;
        if (!input)
        {
            Console.SetIn(TextReader.Null);
        }

        if (!output)
        {
            Console.SetOut(TextWriter.Null);
        }

        if (!error)
        {
            Console.SetError(TextWriter.Null);
        }
    }

    /// <summary>Whatever was opened by this process itself is closed in those that it executes; what it was started with cannot be.</summary>
    internal static bool IsInherited(int descriptor) => Control(descriptor, GetDescriptorFlags, 0) is >= 0 and var flags && (flags & CloseOnExec) == 0;

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);
}
