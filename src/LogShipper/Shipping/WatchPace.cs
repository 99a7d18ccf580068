namespace LogShipper.Shipping;

/// <summary>
/// How often the kernel's events are taken. A few at once are taken at once; who goes on faster than one each
/// <see cref="Gap"/> is answered every <see cref="Gap"/>, so that a busy log costs a bounded number of looks and its lines
/// are sent by the batch.
/// </summary>
internal sealed class WatchPace(TimeProvider time)
{
    /// <summary>Between two, in the long run.</summary>
    public static readonly TimeSpan Gap = TimeSpan.FromMilliseconds(5);

    /// <summary>So many may come without a gap.</summary>
    public const int Burst = 20;

    private readonly long _gap = time.TimestampTicks(Gap);
    private long _paidUntil = long.MinValue;

    /// <summary>Events were taken; how long to rest before the next.</summary>
    public TimeSpan Take()
    {
        var now = time.GetTimestamp();
        _paidUntil = Math.Min(Math.Max(_paidUntil, now) + _gap, now + ((Burst + 1) * _gap));
        var rest = _paidUntil - now - (Burst * _gap);
        return rest <= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds((double)rest / time.TimestampFrequency);
    }
}
