namespace LogShipper.Shipping;

/// <summary>
/// The seam to the state directory. What a method returned from is durable: it survives the death of the process and of
/// the machine, where nothing else is said. Every failure is an <see cref="IOException"/>.
/// </summary>
internal interface IStateDirectory
{
    /// <summary>
    /// How often everything in it was lost while the process ran, and it was made again: whoever has written there before
    /// writes again. Looks, and makes it again if need be.
    /// </summary>
    int CountLosses() => 0;

    /// <summary>The same, as it is known: nothing is looked at.</summary>
    int Losses => 0;

    /// <summary>The bytes of a file; null if there is none.</summary>
    byte[]? Read(string name);

    /// <summary>Replaces a file whole: after a crash it is the old one or the new one.</summary>
    void Replace(string name, ReadOnlySpan<byte> bytes);

    /// <summary>
    /// The same, but only against the death of the process: when the machine dies, what was last made durable may stand
    /// there, or nothing that can be read.
    /// </summary>
    void ReplaceUnsynced(string name, ReadOnlySpan<byte> bytes) => Replace(name, bytes);

    /// <summary>Appends to a file; after a crash a beginning of what was appended may stand there.</summary>
    void Append(string name, ReadOnlySpan<byte> bytes);

    /// <summary>Removes a file that nobody needs any more, if it is there; one that comes back after a crash does no harm.</summary>
    void Remove(string name)
    {
    }

    /// <summary>Keeps a file that cannot be read under another name, out of the way.</summary>
    void SetAside(string name);
}
