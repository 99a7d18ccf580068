namespace LogShipper.Shipping;

/// <summary>A hint to one waiting loop. Hints that come while it does not wait count as one.</summary>
internal sealed class WakeSignal
{
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private TaskCompletionSource? _waiting;
    private bool _set;

    public WakeSignal(TimeProvider time) => _time = time;

    public void Set()
    {
        TaskCompletionSource? waiting;
        lock (_lock)
        {
            _set = true;
            waiting = _waiting;
            _waiting = null;
        }

        waiting?.TrySetResult();
    }

    /// <summary>Takes a hint without waiting for it.</summary>
    public bool TryTake()
    {
        lock (_lock)
        {
            return Interlocked.Exchange(ref _set, false);
        }
    }

    /// <summary>Waits for a hint, at most <paramref name="longest"/>.</summary>
    public async Task WaitAsync(TimeSpan longest)
    {
        TaskCompletionSource waiting;
        lock (_lock)
        {
            if (_set)
            {
                _set = false;
                return;
            }

            _waiting = waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        // Timers know whole milliseconds only, and one that is cut short wakes the lane before anything is due, and then again.
        var whole = longest == Timeout.InfiniteTimeSpan ? longest : TimeSpan.FromMilliseconds(Math.Ceiling(longest.TotalMilliseconds));
        using var timer = _time.CreateTimer(static state => ((WakeSignal)state!).Set(), this, whole, Timeout.InfiniteTimeSpan);
        await waiting.Task;
        lock (_lock)
        {
            _set = false;
        }
    }
}
