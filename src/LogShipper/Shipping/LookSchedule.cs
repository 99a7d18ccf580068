namespace LogShipper.Shipping;

/// <summary>
/// When a lane looks at its files: at once, then at the multiples of the interval, so that all lanes look at the same
/// moments and share what they see; in the drain every 20 ms.
/// </summary>
internal sealed class LookSchedule
{
    private static readonly TimeSpan DrainInterval = TimeSpan.FromMilliseconds(20);

    private readonly TimeProvider _time;
    private readonly long _interval;
    private readonly long _drainInterval;
    private long _due;
    private long _drainDue = long.MinValue;

    public LookSchedule(TimeSpan interval, TimeProvider time)
    {
        _time = time;
        _interval = Math.Max(1, time.TimestampTicks(interval));
        _drainInterval = Math.Max(1, time.TimestampTicks(DrainInterval));
        _due = time.GetTimestamp();
    }

    /// <summary>When the next look is due (timestamp).</summary>
    public long Next(bool draining) => draining ? _drainDue : _due;

    /// <summary>Whether a look is due; then the time since when a look that another lane took will do, and the next is scheduled.</summary>
    public bool TryTake(bool draining, out long notBefore)
    {
        var now = _time.GetTimestamp();
        if (draining)
        {
            notBefore = now;
            if (now < _drainDue)
            {
                return false;
            }

            _drainDue = now + _drainInterval;
            return true;
        }

        notBefore = _due;
        if (now < _due)
        {
            return false;
        }

        // A lane that fell behind does not run after the looks that it missed.
        _due = ((now / _interval) + 1) * _interval;
        return true;
    }

    /// <summary>A look is wanted that sees what was written before <paramref name="asked"/> (timestamp): the next one is due then, and those after it are where they were.</summary>
    public void Hasten(long asked)
    {
        _due = Math.Min(_due, asked);
        _drainDue = Math.Min(_drainDue, asked);
    }
}
