using LogShipper.Parsing;
using LogShipper.Payloads;

namespace LogShipper.Sinks.Stdout;

/// <summary>One record a line: its very bytes, or one ECS document.</summary>
internal sealed class StdoutRecordWriter : IRecordWriter
{
    private readonly JsonLayout? _json;

    /// <param name="json">Null for the very bytes.</param>
    public StdoutRecordWriter(JsonLayout? json) => _json = json;

    public bool Parses => _json is not null;

    public bool TracksItems => true;

    public string Target => "";

    public PayloadCompression Compression => PayloadCompression.None;

    public void Write(ref Record record, PayloadBuffer output)
    {
        if (_json is null)
        {
            output.Write(record.Raw.Content);
        }
        else
        {
            _json.Write(ref record, output);
        }

        // A cut or torn line has no newline of its own, and the next one must not run into it.
        output.Write("\n"u8);
    }
}
