namespace LogShipper.Payloads;

/// <summary>Text that is the same for all records of a batch, kept by the layout that writes them: all that stands between a message and the line's offset.</summary>
internal sealed class PreparedText
{
    private object? _owner;
    private string _path = "";
    private int _timeAt;

    /// <summary>That of requests that succeeded, and that of those that failed.</summary>
    public byte[][] ByFailure { get; private set; } = [[], []];

    /// <summary>The time of reading that stands in it; -1: none yet.</summary>
    public long ReadAtTicks { get; private set; } = -1;

    /// <summary>Whether <paramref name="owner"/> made it for batches of this file.</summary>
    public bool IsFor(object owner, string path) => ReferenceEquals(owner, _owner) && (ReferenceEquals(path, _path) || path == _path);

    /// <param name="owner">Who made it.</param>
    /// <param name="path">Of which file.</param>
    /// <param name="timeAt">Where the time of reading stands in both.</param>
    /// <param name="byFailure">See <see cref="ByFailure"/>.</param>
    public void Become(object owner, string path, int timeAt, byte[][] byFailure)
    {
        _owner = owner;
        _path = path;
        _timeAt = timeAt;
        ReadAtTicks = -1;
        ByFailure = byFailure;
    }

    public void SetTime(long readAtTicks, ReadOnlySpan<byte> text)
    {
        ReadAtTicks = readAtTicks;
        foreach (var prepared in ByFailure)
        {
            text.CopyTo(prepared.AsSpan(_timeAt));
        }
    }
}
