namespace LogShipper.Shipping;

/// <summary>
/// While there is a backlog, the lanes of a sink that only observes leave the time to others: after so many batches they read nothing for so many times as
/// long as these took. All of them together: each for itself, the lanes of some logs would take all the time that there is.
/// </summary>
/// <param name="timesAsLong">How many times as long the rest is.</param>
/// <param name="time">The clock.</param>
internal sealed class BacklogRest(int timesAsLong, TimeProvider time)
{
    private const int BatchesBetween = 64;

    /// <summary>However long the batches took: the process may have been frozen in one.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private int _batches;
    private long _took;
    private long _until = long.MinValue;

    /// <summary>Whether there is anybody to leave the time to.</summary>
    public Func<bool> OthersShip { get; init; } = static () => true;

    /// <summary>Until when nothing is read (timestamp).</summary>
    public long Until => Interlocked.Read(ref _until);

    /// <summary>A lane has read a batch, and sent it.</summary>
    /// <param name="began">When it began to (timestamp).</param>
    public void Took(long began)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            _took += now - began;
            if (++_batches >= BatchesBetween)
            {
                if (OthersShip())
                {
                    Interlocked.Exchange(ref _until, now + Math.Min(_took * timesAsLong, time.TimestampTicks(Longest)));
                }

                (_batches, _took) = (0, 0);
            }
        }
    }
}
