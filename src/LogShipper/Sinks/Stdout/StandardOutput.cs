using System.Runtime.InteropServices;

namespace LogShipper.Sinks.Stdout;

/// <summary>What became of one small write.</summary>
internal enum WriteResult : byte
{
    /// <summary>Some bytes were taken.</summary>
    Written,

    /// <summary>There is no room now.</summary>
    Full,

    /// <summary>Nobody reads any more, and nobody ever will.</summary>
    Closed,

    /// <summary>The write failed for a reason that may pass (a full disk).</summary>
    Failed,
}

/// <summary>The seam to the process's standard output.</summary>
internal interface IStandardOutput
{
    /// <summary>Holds one writer at a time, oldest first: whole payloads never mix.</summary>
    SemaphoreSlim Turnstile { get; }

    /// <summary>Whether a write of up to <see cref="StandardOutput.MaxWriteBytes"/> would not block; waits up to <paramref name="timeout"/> for it.</summary>
    bool IsReady(TimeSpan timeout);

    /// <summary>Writes what it can of <paramref name="bytes"/> (the sink gives at most <see cref="StandardOutput.MaxWriteBytes"/>).</summary>
    WriteResult Write(ReadOnlySpan<byte> bytes, out int written, out string reason);
}

/// <summary>
/// Standard output through its file descriptor, because <see cref="Console"/>'s stream hangs in a full pipe where no
/// cancellation reaches it. poll(2) says that a pipe has a free page, and a write of no more than one page
/// (PIPE_BUF) then goes through at once and whole.
/// </summary>
internal sealed partial class StandardOutput : IStandardOutput
{
    /// <summary>PIPE_BUF on Linux.</summary>
    public const int MaxWriteBytes = 4096;

    /// <summary>The process's own: one, whatever is configured and however often, so that reloads share its turnstile.</summary>
    public static readonly StandardOutput OfProcess = new(1);

    private const short PollOut = 4;
    private const int Eperm = 1, Eintr = 4, Eio = 5, Ebadf = 9, Eagain = 11, Efbig = 27, Enospc = 28, Epipe = 32, Econnreset = 104, Edquot = 122;

    private readonly int _descriptor;

    public StandardOutput(int descriptor) => _descriptor = descriptor;

    // SemaphoreSlim queues its asynchronous waiters first come, first served, and a release goes to the oldest of
    // them; only synchronous waiters could overtake, and there are none.
    public SemaphoreSlim Turnstile { get; } = new(1, 1);

    public bool IsReady(TimeSpan timeout)
    {
        var poll = new PollDescriptor { Descriptor = _descriptor, Events = PollOut };
        // An interrupted poll says "not ready": the caller asks again. Errors and hang-ups are "ready": the write names them.
        return Poll(ref poll, 1, (int)timeout.TotalMilliseconds) > 0;
    }

    public WriteResult Write(ReadOnlySpan<byte> bytes, out int written, out string reason)
    {
        while (true)
        {
            var result = WriteDescriptor(_descriptor, bytes, (nuint)bytes.Length);
            if (result >= 0)
            {
                written = (int)result;
                reason = "";
                return WriteResult.Written;
            }

            var error = Marshal.GetLastPInvokeError();
            if (error == Eintr)
            {
                continue;
            }

            written = 0;
            reason = error switch
            {
                Epipe or Econnreset => "stdout has no reader",
                Ebadf => "stdout is closed",
                Enospc or Edquot => "no space left for stdout",
                Efbig => "stdout's file is at its largest size",
                Eio => "stdout input/output error",
                Eperm => "stdout refuses writes",
                _ => $"stdout error {error}",
            };
            return error switch
            {
                Eagain => WriteResult.Full,
                Epipe or Econnreset or Ebadf => WriteResult.Closed,
                _ => WriteResult.Failed,
            };
        }
    }

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref PollDescriptor descriptors, nuint count, int timeoutMilliseconds);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteDescriptor(int descriptor, ReadOnlySpan<byte> bytes, nuint count);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short ReturnedEvents;
    }
}
