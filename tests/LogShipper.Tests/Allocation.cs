namespace LogShipper.Tests;

/// <summary>What an action allocates on the thread that runs it.</summary>
internal static class Allocation
{
    private const int Times = 6;

    /// <summary>
    /// The least of several times, in bytes. A collection that a test on another thread causes counts the rest of this thread's allocation
    /// block (up to 8 KiB) as allocated, and may empty pools; what the action itself allocates shows every time.
    /// </summary>
    public static long Of(Action action)
    {
        var least = long.MaxValue;
        for (var time = 0; time < Times && least > 0; time++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
