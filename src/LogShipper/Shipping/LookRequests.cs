namespace LogShipper.Shipping;

/// <summary>Looks that somebody wants before the next one is due: asked for on any thread, taken by the lane at its next turn. Those that come during a turn are one.</summary>
internal sealed class LookRequests(TimeProvider time)
{
    private long _asked = long.MaxValue;
    private long _hinted = long.MinValue;

    /// <summary>A look that sees everything up to now.</summary>
    public void Ask() => Interlocked.Exchange(ref _asked, time.GetTimestamp());

    /// <summary>A hint that the files have changed.</summary>
    /// <param name="asked">Since when a look sees the change (timestamp); lanes that are given the same share one look.</param>
    /// <param name="rest">The least time between two looks that are hinted at; what is hinted at meanwhile is seen by the one at its end.</param>
    /// <returns>False: a later hint was there already.</returns>
    public bool TryHint(long asked, TimeSpan rest)
    {
        var hinted = Interlocked.Read(ref _hinted);
        if (asked < hinted)
        {
            return false;
        }

        var due = hinted == long.MinValue ? asked : Math.Max(asked, hinted + time.TimestampTicks(rest));
        Interlocked.Exchange(ref _hinted, due);
        Interlocked.Exchange(ref _asked, due);
        return true;
    }

    /// <summary>Takes the one that stands; <paramref name="asked"/>: what it must see was written before (timestamp).</summary>
    public bool TryTake(out long asked)
    {
        asked = Interlocked.Exchange(ref _asked, long.MaxValue);
        return asked < long.MaxValue;
    }
}
