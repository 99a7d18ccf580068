namespace LogShipper.Parsing;

/// <summary>One way to read a record.</summary>
internal interface IRecordFormat
{
    /// <summary>Cuts the record into fields; false: it is not of this format, and the fields are rubbish. Never throws.</summary>
    bool TryParse(ReadOnlySpan<byte> content, FieldTable fields);
}
