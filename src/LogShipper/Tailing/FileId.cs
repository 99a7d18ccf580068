namespace LogShipper.Tailing;

/// <summary>
/// Which content a line stands in: a hash of (instance, log, fingerprint, generation).
/// Two contents of one log never share one, whatever their names or inodes.
/// </summary>
internal readonly record struct FileId(ulong Value)
{
    public override string ToString() => Value.ToString("x16");
}
