namespace LogShipper.Shipping;

/// <summary>Moments that all who wait for a multiple of some time have in common: an idle process wakes once for all of them.</summary>
internal static class SharedBeat
{
    /// <summary>How long until the next multiple of <paramref name="every"/> since the clock's zero.</summary>
    public static TimeSpan UntilNext(this TimeProvider time, TimeSpan every)
    {
        var now = time.GetTimestamp();
        var ticks = Math.Max(1, time.TimestampTicks(every));
        return time.GetElapsedTime(now, ((now / ticks) + 1) * ticks);
    }
}
