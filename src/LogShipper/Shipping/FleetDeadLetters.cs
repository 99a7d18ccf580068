namespace LogShipper.Shipping;

/// <summary>Dead letters, as who is not their lane sees them.</summary>
internal sealed partial class Fleet
{
    /// <summary>Cancelled when the drain begins: whatever is done beside the lanes ends.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>
    /// Does something with a lane's dead letters while no other lane can take its place: two lanes would be two writers of one file.
    /// </summary>
    /// <returns>False: there is no such lane now.</returns>
    public async Task<bool> WithDeadLettersAsync(string log, string sink, Action<DeadLetters> action)
    {
        await _changing.WaitAsync();
        try
        {
            if (Array.Find(_lanes.Running(), lane => lane.Key == (log, sink)) is not { } lane)
            {
                return false;
            }

            action(lane.Shipper.DeadLetters);
            return true;
        }
        finally
        {
            _changing.Release();
        }
    }
}
