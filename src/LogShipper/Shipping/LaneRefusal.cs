namespace LogShipper.Shipping;

/// <summary>
/// Notices a lane of which its sink accepts nothing while it accepts what other lanes send (one data stream forbidden, for
/// example): the sink's own health, which all of its lanes share, does not show that. A sink that accepts nothing at all is told there.
/// </summary>
internal sealed class LaneRefusal(SinkCircuit circuit, ICourierEvents events, TimeProvider time)
{
    /// <summary>What is refused for a shorter time is a sink that is busy.</summary>
    private static readonly TimeSpan ToldAfter = TimeSpan.FromSeconds(60);

    private readonly Lock _lock = new();
    private long? _acceptedBefore;
    private long? _since;
    private volatile bool _isTold;

    /// <summary>The sink works, but has accepted nothing of this lane for a minute in which attempts failed.</summary>
    public bool IsTold => _isTold;

    /// <summary>Called after each attempt that was made.</summary>
    public void Note(Delivery delivery, int items)
    {
        if (delivery.Result == DeliveryResult.Ended)
        {
            return;
        }

        lock (_lock)
        {
            if (delivery.Accepts(items))
            {
                _acceptedBefore = null;
                _since = null;
                if (!_isTold)
                {
                    return;
                }

                _isTold = false;
            }
            else if (!TryTell())
            {
                return;
            }
        }

        if (delivery.Accepts(items))
        {
            events.AcceptedAgain();
        }
        else
        {
            events.NothingAccepted(delivery.Failure);
        }
    }

    /// <summary>The minute begins when the sink has accepted something else since the first failure: an outage of the sink does not count.</summary>
    private bool TryTell()
    {
        _acceptedBefore ??= circuit.Accepted;
        if (circuit.Accepted > _acceptedBefore)
        {
            _since ??= time.GetTimestamp();
        }

        if (_isTold || _since is not { } since || time.GetElapsedTime(since) < ToldAfter)
        {
            return false;
        }

        return _isTold = true;
    }
}
