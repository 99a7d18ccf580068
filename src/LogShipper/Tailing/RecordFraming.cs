namespace LogShipper.Tailing;

/// <summary>Which lines of a log make up one record. Access logs: each line is one.</summary>
internal class RecordFraming
{
    public static readonly RecordFraming LinePerRecord = new();

    /// <summary>Whether a record of this log may span lines at all; false lets the reader end a batch at any newline.</summary>
    public virtual bool JoinsLines => false;

    /// <summary>Whether <paramref name="line"/> (with its newline) still belongs to <paramref name="record"/>
    /// (everything of the record so far, with its newlines). <paramref name="record"/> is empty when the line is the
    /// first that is seen; true then says that the line starts no record of its own.</summary>
    public virtual bool Continues(ReadOnlySpan<byte> record, ReadOnlySpan<byte> line) => false;
}
