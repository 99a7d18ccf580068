using System.Runtime.InteropServices;

namespace LogShipper.Hosting;

/// <summary>
/// How the C library's heap behaves, before anything uses it. A compressor takes some 350 KB of it for each body, aligned; once the first was
/// given back, the library would carve all later ones from its heaps, one for each thread, which such blocks leave in pieces: 10 MiB in half a minute,
/// and more with time. Mapped for themselves they go back whole.
/// </summary>
internal static partial class NativeHeap
{
    private const int TrimThreshold = -1;
    private const int MapThreshold = -3;
    private const int MostArenas = -8;

    private const int MappedFromBytes = 192 * 1024;
    private const int KeptAtTheEndBytes = 128 * 1024;

    public static void KeepSmall()
    {
        try
        {
            // What it refuses stays as it is.
            _ = Set(MapThreshold, MappedFromBytes);
            _ = Set(TrimThreshold, KeptAtTheEndBytes);
            _ = Set(MostArenas, 2);
        }
        catch (EntryPointNotFoundException)
        {
            // Another C library, with ways of its own.
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int Set(int parameter, int value);
}
