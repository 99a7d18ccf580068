namespace LogShipper.Payloads;

/// <summary>Text that is the same for all records of a batch, kept by the layout that writes them.</summary>
internal sealed class PreparedText
{
    private object? _owner;
    private string _path = "";

    /// <summary>What stands between the message and the event's outcome.</summary>
    public byte[] BeforeOutcome { get; private set; } = [];

    /// <summary>What stands between the event's outcome and the line's offset.</summary>
    public byte[] BeforeOffset { get; private set; } = [];

    /// <summary>The time of reading that stands in it; -1: none yet.</summary>
    public long ReadAtTicks { get; set; } = -1;

    /// <summary>Whether <paramref name="owner"/> made it for batches of this file.</summary>
    public bool IsFor(object owner, string path) => ReferenceEquals(owner, _owner) && (ReferenceEquals(path, _path) || path == _path);

    public void Become(object owner, string path, byte[] beforeOutcome, byte[] beforeOffset)
    {
        _owner = owner;
        _path = path;
        ReadAtTicks = -1;
        BeforeOutcome = beforeOutcome;
        BeforeOffset = beforeOffset;
    }
}
