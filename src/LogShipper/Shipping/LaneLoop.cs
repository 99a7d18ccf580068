namespace LogShipper.Shipping;

/// <summary>Has a lane take its turns: the next one when the pause after the last is over, or as soon as something wakes the lane.</summary>
internal sealed class LaneLoop(Shipper lane, Dispatch dispatch, WakeSignal wake, TimeProvider time)
{
    private long _deadline = time.GetTimestamp();

    /// <summary>When it must have turned again (timestamp).</summary>
    public long Deadline => Interlocked.Read(ref _deadline);

    /// <summary>Turns until the drain is over, the lane is stopped or it is aborted; then closes the lane.</summary>
    public async Task RunAsync()
    {
        while (!lane.HasEnded && !lane.IsDrained && !lane.IsStopped && !dispatch.IsAborted)
        {
            Interlocked.Exchange(ref _deadline, time.GetTimestamp());
            var pause = lane.TakeTurn();
            if (pause > TimeSpan.Zero && !lane.IsDrained && !lane.IsStopped)
            {
                Interlocked.Exchange(ref _deadline, time.GetTimestamp() + time.TimestampTicks(pause));
                await wake.WaitAsync(pause);
            }
            else
            {
                // With a backlog there is always more, and a lane whose sink answers at once never waits: others, and what comes back from the network, go first.
                await Task.Yield();
            }
        }

        await dispatch.EndAsync();
        lane.Close();
    }
}
