using System.Runtime.InteropServices;

namespace LogShipper.Benchmarks;

/// <summary>CPU seconds, user and system, of this process or of the calling thread.</summary>
internal static partial class ProcessorTime
{
    private const int ProcessClock = 2;
    private const int ThreadClock = 3;

    public static double OfProcess() => Read(ProcessClock);

    public static double OfThread() => Read(ThreadClock);

    private static double Read(int clock)
    {
        var time = default(Time);
        if (GetTime(clock, ref time) != 0)
        {
            throw new InvalidOperationException("The kernel has no such clock.");
        }

        return time.Seconds + (time.Nanoseconds / 1e9);
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, ref Time time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Time
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
