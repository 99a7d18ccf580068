using LogShipper.Parsing;

namespace LogShipper.Payloads;

/// <summary>What one sink puts into a body for one record of one log. Called per record: it must not allocate.</summary>
internal interface IRecordWriter
{
    /// <summary>False: the record's bytes are all that is written, so it need not be parsed.</summary>
    bool Parses { get; }

    /// <summary>True: <see cref="Payload.ItemEnds"/> is filled (uncompressed bodies only).</summary>
    bool TracksItems { get; }

    /// <summary>Copied to <see cref="Payload.Target"/>.</summary>
    string Target { get; }

    PayloadCompression Compression { get; }

    /// <summary>Appends the record. The same record gives the same bytes, always.</summary>
    void Write(ref Record record, PayloadBuffer output);
}
