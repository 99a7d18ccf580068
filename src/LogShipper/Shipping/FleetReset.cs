namespace LogShipper.Shipping;

/// <summary>Writing a position by hand.</summary>
internal sealed partial class Fleet
{
    /// <summary>Stops the lane at the boundary of a batch, moves its position to the beginning or the end of what is there, and lets it go on. Other lanes are not touched.</summary>
    /// <param name="log">Name of the log.</param>
    /// <param name="sink">Name of the sink.</param>
    /// <param name="toEnd">Where to.</param>
    /// <param name="isConfirmed">False: only if no byte is sent again or skipped.</param>
    /// <returns>Null: there is no such lane, or the fleet is draining.</returns>
    public async Task<LaneReset?> ResetAsync(string log, string sink, bool toEnd, bool isConfirmed)
    {
        await _changing.WaitAsync();
        try
        {
            if (_stopping.IsCancellationRequested || Array.Find(_lanes.Running(), lane => lane.Key == (log, sink)) is not { } lane)
            {
                return null;
            }

            await StopAsync([lane]);
            LaneReset? reset = null;
            TryStart(lane.Log, lane.Sink, lane, toleratesFaults: true, next => reset = next.Reset(toEnd, isConfirmed));
            lane.Shipper.Dispose();
            return reset;
        }
        finally
        {
            _changing.Release();
        }
    }
}
