namespace LogShipper.Shipping;

/// <summary>Spans of time in the unit of a clock's timestamps.</summary>
internal static class TimestampSpan
{
    /// <summary>By how much a timestamp of this clock grows in a span.</summary>
    public static long TimestampTicks(this TimeProvider time, TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);
}
