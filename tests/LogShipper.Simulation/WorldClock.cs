namespace LogShipper.Simulation;

/// <summary>The machine's clocks: the monotonic one and timers go with the world's time, the wall clock may be set.</summary>
internal sealed class WorldClock(TimeProvider world) : TimeProvider
{
    /// <summary>How far the wall clock is off.</summary>
    public TimeSpan Offset { get; set; }

    /// <summary>The time that really is.</summary>
    public DateTimeOffset True => world.GetUtcNow();

    public override long TimestampFrequency => world.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => world.LocalTimeZone;

    public override DateTimeOffset GetUtcNow() => world.GetUtcNow() + Offset;

    public override long GetTimestamp() => world.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => world.CreateTimer(callback, state, dueTime, period);
}
