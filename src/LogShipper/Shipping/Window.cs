using LogShipper.Tailing;

namespace LogShipper.Shipping;

/// <summary>Deliveries in flight, settled oldest first. Changed by the lane's loop alone; anybody may end their pauses.</summary>
internal sealed class Window
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Parcel> _parcels = [];

    public int Count => _parcels.Count;

    public Parcel? Oldest => _parcels.First?.Value;

    public Parcel? Newest => _parcels.Last?.Value;

    public IEnumerable<Parcel> Parcels => _parcels;

    public void Add(Parcel parcel)
    {
        lock (_lock)
        {
            _parcels.AddLast(parcel);
        }
    }

    /// <summary>Takes the oldest or the newest out and frees what it holds.</summary>
    public void Remove(Parcel parcel)
    {
        lock (_lock)
        {
            _parcels.Remove(parcel);
        }

        parcel.Dispose();
    }

    public void EndPauses()
    {
        Parcel[] parcels;
        lock (_lock)
        {
            parcels = [.. _parcels];
        }

        foreach (var parcel in parcels)
        {
            parcel.EndPause();
        }
    }

    public bool Holds(FileId file)
    {
        foreach (var parcel in _parcels)
        {
            if (parcel.Batch.File == file)
            {
                return true;
            }
        }

        return false;
    }
}
