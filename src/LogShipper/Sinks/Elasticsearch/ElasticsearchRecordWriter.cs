using System.Runtime.CompilerServices;
using LogShipper.Parsing;
using LogShipper.Payloads;

namespace LogShipper.Sinks.Elasticsearch;

/// <summary>
/// Two lines a record, as <c>_bulk</c> wants them: the action (<c>create</c> with our own id, so that a record which is
/// there already answers 409 and is never stored twice) and the document.
/// </summary>
internal sealed class ElasticsearchRecordWriter : IRecordWriter
{
    private readonly JsonLayout _json;
    private readonly IndexName? _indexOfRecord;

    /// <param name="json">Writes the documents.</param>
    /// <param name="target">Where all of them go; empty when the index depends on the record.</param>
    /// <param name="indexOfRecord">The index by the record's time, or null.</param>
    /// <param name="compression">How bodies are compressed.</param>
    public ElasticsearchRecordWriter(JsonLayout json, string target, IndexName? indexOfRecord, PayloadCompression compression)
    {
        _json = json;
        _indexOfRecord = indexOfRecord;
        Target = target;
        Compression = compression;
    }

    public bool Parses => true;

    public bool TracksItems => false;

    public string Target { get; }

    public PayloadCompression Compression { get; }

    public void Write(ref Record record, PayloadBuffer output)
    {
        WriteAction(in record, output);
        _json.Write(ref record, output);
        output.GetSpan(1)[0] = (byte)'\n';
        output.Advance(1);
    }

    internal void WriteAction(in Record record, PayloadBuffer output)
    {
        if (_indexOfRecord is null)
        {
            WriteId(in record, "{\"create\":{\"_id\":\""u8, output);
            return;
        }

        output.Write("{\"create\":{\"_index\":\""u8);
        _indexOfRecord.Write(record.TimeTicks, output);
        WriteId(in record, "\",\"_id\":\""u8, output);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WriteId(in Record record, ReadOnlySpan<byte> before, PayloadBuffer output)
    {
        var after = "\"}}\n"u8;
        var line = output.GetSpan(before.Length + DocumentId.Room);
        before.CopyTo(line);
        DocumentId.WriteIntoRoom(record.Batch.File, record.Offset, record.Content, line[before.Length..]);
        after.CopyTo(line[(before.Length + DocumentId.Length)..]);
        output.Advance(before.Length + DocumentId.Length + after.Length);
    }
}
