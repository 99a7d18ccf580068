namespace LogShipper.Payloads;

/// <summary>Text that is the same for all records of a batch, made once by the layout that writes them.</summary>
internal sealed class PreparedText
{
    private object? _owner;
    private string _path = "";
    private long _readAtTicks;

    /// <summary>What stands between the message and the event's outcome.</summary>
    public byte[] BeforeOutcome { get; private set; } = [];

    /// <summary>What stands between the event's outcome and the line's offset.</summary>
    public byte[] BeforeOffset { get; private set; } = [];

    /// <summary>Whether it was made by <paramref name="owner"/> for a batch of this file, read at this time.</summary>
    public bool IsFor(object owner, string path, long readAtTicks) =>
        readAtTicks == _readAtTicks && ReferenceEquals(owner, _owner) && ReferenceEquals(path, _path);

    public void Become(object owner, string path, long readAtTicks, byte[] beforeOutcome, byte[] beforeOffset)
    {
        _owner = owner;
        _path = path;
        _readAtTicks = readAtTicks;
        BeforeOutcome = beforeOutcome;
        BeforeOffset = beforeOffset;
    }
}
