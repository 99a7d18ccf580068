using System.Buffers;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using LogShipper.Parsing;
using LogShipper.Payloads;
using LogShipper.Shipping;
using LogShipper.Tests.Parsing;
using Record = LogShipper.Parsing.Record;

namespace LogShipper.Tests.Payloads;

/// <summary>A writer of one JSON document a line, as a sink would have it.</summary>
internal sealed class JsonLines(JsonLayout layout) : IRecordWriter
{
    public bool Parses => true;

    public bool TracksItems { get; init; }

    public string Target => "target";

    public PayloadCompression Compression { get; init; }

    public void Write(ref Record record, PayloadBuffer output)
    {
        layout.Write(ref record, output);
        output.Write("\n"u8);
    }
}

/// <summary>A writer of the very bytes.</summary>
internal sealed class RawLines : IRecordWriter
{
    public bool Parses => false;

    public bool TracksItems { get; init; }

    public string Target => "";

    public PayloadCompression Compression { get; init; }

    public void Write(ref Record record, PayloadBuffer output)
    {
        output.Write(record.Raw.Bytes);
        if (record.Raw.Bytes is not [.., (byte)'\n'])
        {
            output.Write("\n"u8);
        }
    }
}

/// <summary>Documents of test lines, read by a parser that refuses what is not JSON and names that stand twice.</summary>
internal static class Documents
{
    public static JsonElement Of(LogParser parser, string line, bool keepOriginal = false, DocumentContext? context = null) =>
        Of(parser, Encoding.UTF8.GetBytes(line), keepOriginal, context);

    public static JsonElement Of(LogParser parser, ReadOnlySpan<byte> line, bool keepOriginal = false, DocumentContext? context = null) =>
        Read(Bytes(parser, line, keepOriginal, context));

    public static byte[] Bytes(LogParser parser, ReadOnlySpan<byte> line, bool keepOriginal = false, DocumentContext? context = null)
    {
        using var batch = Lines.Batch(line, parser);
        var layout = new JsonLayout(new SinkLog("access", parser.Dataset, keepOriginal), context ?? DocumentContext.None);
        using var output = new PayloadBuffer(16);
        var record = new Record(new LogShipper.Tailing.RawRecord(0, 0, batch.Bytes, LogShipper.Tailing.RecordFlags.None), batch);
        parser.Parse(ref record);
        layout.Write(ref record, output);
        return output.WrittenSpan.ToArray();
    }

    public static JsonElement Read(ReadOnlyMemory<byte> document)
    {
        using var parsed = JsonDocument.Parse(document, new JsonDocumentOptions { AllowDuplicateProperties = false });
        Assert.True(Encoding.UTF8.GetCharCount(document.Span) > 0);
        return parsed.RootElement.Clone();
    }

    /// <summary>The value at a dotted path; null where there is none.</summary>
    public static string? At(this JsonElement document, string path)
    {
        foreach (var name in path.Split('.'))
        {
            if (document.ValueKind != JsonValueKind.Object || !document.TryGetProperty(name, out document))
            {
                return null;
            }
        }

        return document.ValueKind == JsonValueKind.String ? document.GetString() : document.GetRawText();
    }

    public static byte[] Plain(Payload payload)
    {
        if (payload.Compression == PayloadCompression.None)
        {
            return payload.Body.ToArray();
        }

        using var unzipped = new MemoryStream();
        using (var stream = new GZipStream(new MemoryStream(payload.Body.ToArray()), CompressionMode.Decompress))
        {
            stream.CopyTo(unzipped);
        }

        return unzipped.ToArray();
    }

    public static List<JsonElement> ReadLines(Payload payload) =>
        [.. Encoding.UTF8.GetString(Plain(payload)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => Read(Encoding.UTF8.GetBytes(line)))];
}
