namespace LogShipper.Tailing;

/// <summary>Why bytes were lost.</summary>
internal enum LossReason : byte
{
    /// <summary>The file was truncated before they were read, and no copy held them.</summary>
    Truncated,

    /// <summary>The file was gone when it should have been read on.</summary>
    Gone,

    /// <summary>The rest of a line over MaxLineBytes.</summary>
    LineTooLong,

    /// <summary>Dead letters that made room for newer ones (<c>WhenFull: drop-oldest</c>).</summary>
    DeadLetterDropped,

    /// <summary>Skipped by hand (<c>reset --to end</c>).</summary>
    Skipped,
}

/// <summary>What a reader tells of the files that it follows: for messages and for the ledger.</summary>
internal interface ITailEvents
{
    /// <summary>Bytes [from, from + bytes) of the content are lost for good.</summary>
    void Lost(TrackedFile file, LossReason reason, long from, long bytes);

    /// <summary>The live name leads to another file now.</summary>
    void Rotated(TrackedFile file);

    /// <summary>The file was truncated: it holds another content now.</summary>
    void Truncated(TrackedFile file);

    /// <summary>The log cannot be read now, or not all of it. The same problem is told at every look that meets it; null: it is over.</summary>
    void Problem(string? what);
}

/// <summary>What a reader asks of the one that holds the positions.</summary>
internal interface IPositions
{
    /// <summary>Where the next batch of this content begins.</summary>
    Mark NextRead(FileId file);

    /// <summary>How many bytes of this content are settled, contiguously from its beginning.</summary>
    long SettledOffset(FileId file);

    /// <summary>Up to where this content may be read, however long it is.</summary>
    long EndOf(FileId file) => long.MaxValue;

    /// <summary>What comes next of this content others have gone through, or go through now: it is passed over, whether it is there to be read or not.</summary>
    bool WillBePassedOver(FileId file) => false;
}
