namespace LogShipper.Shipping;

/// <summary>Where the dead letters stood that made room: one range for each content, from the first to the last of them.</summary>
internal sealed class DroppedPlaces
{
    private readonly Dictionary<string, (string Path, long From, long To, Amount Amount)> _byContent = new(StringComparer.Ordinal);

    public void Add(ReadOnlySpan<byte> letter, Amount amount)
    {
        if (DeadLetter.Parse(letter.TrimEnd((byte)'\n')) is not { } place)
        {
            return;
        }

        var end = place.Offset + amount.Bytes;
        _byContent[place.File] = _byContent.TryGetValue(place.File, out var known)
            ? (place.Path, Math.Min(known.From, place.Offset), Math.Max(known.To, end), known.Amount + amount)
            : (place.Path, place.Offset, end, amount);
    }

    public void Tell(Action<string, long, long, Amount>? listener)
    {
        foreach (var (path, from, to, amount) in _byContent.Values)
        {
            listener?.Invoke(path, from, to, amount);
        }
    }
}
