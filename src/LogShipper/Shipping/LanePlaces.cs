using LogShipper.Tailing;

namespace LogShipper.Shipping;

/// <summary>Where a lane stands in each content: up to where it is settled, and from where it reads on, ahead of that by what is in flight.</summary>
internal sealed class LanePlaces(Checkpoint checkpoint) : IPositions
{
    private readonly Dictionary<FileId, Mark> _nextRead = [];

    /// <summary>What others have gone through for a lane that only observes; null: every lane that ships.</summary>
    public ObservedRanges? Observed { get; set; }

    public Mark NextRead(FileId file) => _nextRead.TryGetValue(file, out var mark) ? mark : checkpoint.Settled(file);

    public long SettledOffset(FileId file) => checkpoint.Settled(file).Offset;

    public Mark Settled(FileId file) => checkpoint.Settled(file);

    public long EndOf(FileId file) => Observed?.EndOf(file) ?? long.MaxValue;

    public bool WillBePassedOver(FileId file) => Observed?.WillBePassedOver(file) ?? false;

    /// <summary>The batch is read: the next one begins at its end.</summary>
    public void ReadOn(Batch batch) => _nextRead[batch.File] = batch.EndMark;

    /// <summary>The batch was given back: it is read again.</summary>
    public void ReadAgain(Batch batch) => _nextRead[batch.File] = batch.StartMark;

    /// <summary>Drops the places in contents that are gone and of which nothing is in flight.</summary>
    public void Prune(Func<FileId, bool> isNeeded)
    {
        checkpoint.Prune(isNeeded);
        Observed?.Prune(isNeeded);
        foreach (var file in _nextRead.Keys.ToArray())
        {
            if (!isNeeded(file))
            {
                _nextRead.Remove(file);
            }
        }
    }
}
