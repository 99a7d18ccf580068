using LogShipper.Payloads;
using LogShipper.Shipping;

namespace LogShipper.Sinks.Stdout;

/// <summary>
/// Records as lines on standard output. A whole payload is written in one turn of the turnstile that all lanes and all
/// sinks of this type share. A blocked reader is waited for without an end: that is lag, not failure.
/// </summary>
/// <remarks>
/// A pipe cannot take bytes back. Where a write fails or is cancelled in the middle of a line, the reader has seen the
/// torn beginning of it; that line is reported as not delivered and is sent again whole. No other line repeats.
/// </remarks>
internal sealed class StdoutSink : ISink
{
    // The first wait is a short poll(2), which a reader that merely lags ends within microseconds. Past it nobody is
    // reading, so the thread goes back to the pool and the clock asks again, ever less often up to LongestPause.
    private static readonly TimeSpan PollSlice = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(50);

    private readonly StdoutOptions _options;
    private readonly DocumentContext _context;
    private readonly IStandardOutput _output;
    private readonly TimeProvider _time;

    public StdoutSink(StdoutOptions options, IStandardOutput output, TimeProvider time, DocumentContext? context = null)
    {
        _options = options;
        _output = output;
        _time = time;
        _context = context ?? DocumentContext.None;
    }

    public int MaxInFlight => 1;

    public int MaxBatchBytes => 64 * 1024;

    public TimeSpan? AttemptTimeout => null;

    public TimeSpan CheckpointInterval => TimeSpan.Zero;

    public IRecordWriter CreateWriter(SinkLog log) =>
        new StdoutRecordWriter(_options.Layout == StdoutLayout.Json ? new JsonLayout(log, _context) : null);

    public async ValueTask<Delivery> SendAsync(Payload payload, CancellationToken cancellation)
    {
        await _output.Turnstile.WaitAsync(cancellation);
        try
        {
            return await WriteAsync(payload, cancellation);
        }
        finally
        {
            _output.Turnstile.Release();
        }
    }

    public ValueTask<string?> ContactAsync(CancellationToken cancellation) => ValueTask.FromResult<string?>(null);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async ValueTask<Delivery> WriteAsync(Payload payload, CancellationToken cancellation)
    {
        var body = payload.Body;
        var written = 0;
        while (written < body.Length)
        {
            if (cancellation.IsCancellationRequested || !await RoomAsync(cancellation))
            {
                return Stopped(payload, written, "cancelled") ?? throw new OperationCanceledException(cancellation);
            }

            var length = Math.Min(StandardOutput.MaxWriteBytes, body.Length - written);
            switch (_output.Write(body.Span.Slice(written, length), out var count, out var reason))
            {
                case WriteResult.Written:
                    written += count;
                    break;
                case WriteResult.Closed:
                    return Delivery.Ended(reason);
                case WriteResult.Failed:
                    return Stopped(payload, written, reason) ?? Delivery.Retry(reason);
                case WriteResult.Full:
                    // Another process filled the pipe between poll and write; poll may go on saying "ready", so the
                    // clock sets the pace, or this loop would spin.
                    await PauseAsync(FirstPause, cancellation);
                    break;
            }
        }

        return Delivery.Complete;
    }

    /// <summary>Waits until a write would not block; false when cancelled first.</summary>
    private async ValueTask<bool> RoomAsync(CancellationToken cancellation)
    {
        if (_output.IsReady(TimeSpan.Zero) || _output.IsReady(PollSlice))
        {
            return true;
        }

        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            await PauseAsync(pause, cancellation);
            if (cancellation.IsCancellationRequested)
            {
                return false;
            }

            if (_output.IsReady(TimeSpan.Zero))
            {
                return true;
            }
        }
    }

    private async ValueTask PauseAsync(TimeSpan pause, CancellationToken cancellation) =>
        await Task.Delay(pause, _time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <summary>What was delivered when the writing stopped early; null if no item was.</summary>
    private static Delivery? Stopped(Payload payload, int written, string reason)
    {
        if (payload.ItemEnds is not { } ends)
        {
            return null;
        }

        var whole = ends.AsSpan(0, payload.Count).BinarySearch(written);
        whole = whole < 0 ? ~whole : whole + 1;
        if (whole == 0)
        {
            return null;
        }

        var items = new ItemOutcome[payload.Count - whole];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = new ItemOutcome(whole + i, ItemFate.Retry, reason);
        }

        return Delivery.Answered(items, reason: reason);
    }
}
