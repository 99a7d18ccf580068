using System.Text;
using LogShipper.Parsing;
using LogShipper.Shipping;
using LogShipper.Tailing;

namespace LogShipper.Payloads;

/// <summary>
/// One ECS document, without a newline: what the nginx integration of Elastic makes of a line with its ingest pipelines,
/// made here. Valid JSON whatever the line holds: invalid UTF-8 becomes U+FFFD, numbers and addresses that are none stay
/// out of the fields of those types, and no name stands twice in an object.
/// <para><c>message</c> is, of an error, all that nginx says behind the connection's number; of a request, what was asked
/// and answered (<c>GET /index.html 200</c>), which the integration leaves out and log viewers miss; of a record that no
/// format fits, the whole record. The whole line is <c>event.original</c>, if asked for.</para>
/// </summary>
internal sealed class JsonLayout
{
    private readonly bool _keepOriginal;
    private readonly byte[] _event;
    private readonly byte[] _end;
    private readonly CombinedDocument? _combined;

    public JsonLayout(SinkLog log)
        : this(log, DocumentContext.None)
    {
    }

    public JsonLayout(SinkLog log, DocumentContext context)
    {
        _keepOriginal = log.KeepOriginal;
        var type = log.Dataset == "nginx.error" ? "error" : "access";
        var dataset = JsonEncoded(log.Dataset);
        _event = Encoding.UTF8.GetBytes($"\"kind\":\"event\",\"category\":[\"web\"],\"type\":[\"{type}\"],\"module\":\"nginx\",\"dataset\":\"{dataset}\"");
        _end = End(dataset, context);
        _combined = type == "access" && !_keepOriginal ? new CombinedDocument(_event, _end) : null;
    }

    /// <summary>Appends the record's document.</summary>
    public void Write(ref Record record, PayloadBuffer output)
    {
        if (!TryWriteCombined(record, output))
        {
            WriteMembers(record, output);
        }
    }

    /// <summary>Appends the record's document if it is of the kind that most are.</summary>
    internal bool TryWriteCombined(scoped in Record record, PayloadBuffer output) => _combined is not null && _combined.TryWrite(record, output);

    /// <summary>Appends the record's document, member by member: for all kinds of records, and what the short way is held against.</summary>
    internal void WriteMembers(scoped in Record record, PayloadBuffer output)
    {
        var content = record.Content;
        var writer = new DocumentWriter(output, record.Fields, content.Length + 1024);
        writer.Name("{\"@timestamp\":\""u8);
        writer.Put(writer.Fields.Time.Format(record.TimeTicks));
        writer.Put((byte)'"');

        var isError = record.TryGet(NginxVariable.Text, out var text);
        var line = record.TryGet(NginxVariable.Request, out var request) ? RequestLine.Cut(request.Value) : default;
        if (isError)
        {
            writer.Member("\"message\":"u8, text);
        }
        else if (!AccessDocument.TryWriteMessage(ref writer, record, line))
        {
            writer.Member("\"message\":"u8, content);
        }

        WriteEvent(ref writer, record, isError);
        WriteLog(ref writer, record, isError);
        if (isError)
        {
            ErrorDocument.Write(ref writer, record, line);
        }
        else if (record.Parsed)
        {
            AccessDocument.Write(ref writer, record, line);
        }

        writer.Put(_end);
        writer.Complete();
    }

    private static byte[] End(string dataset, DocumentContext context)
    {
        using var buffer = new PayloadBuffer(1024);
        var writer = new DocumentWriter(buffer, new FieldTable(), 1024);
        context.Write(ref writer);
        writer.Complete();
        var own = Encoding.UTF8.GetString(buffer.WrittenSpan);
        var constants = $",\"service\":{{\"type\":\"nginx\"}},\"data_stream\":{{\"type\":\"logs\",\"dataset\":\"{dataset}\",\"namespace\":\"default\"}},\"ecs\":{{\"version\":\"8.11.0\"}}";
        return Encoding.UTF8.GetBytes($"{constants}{(own.Length > 0 ? "," : "")}{own}}}");
    }

    private static string JsonEncoded(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var encoded = new byte[utf8.Length * JsonText.WorstGrowth];
        return Encoding.UTF8.GetString(encoded, 0, JsonText.Write(utf8, encoded));
    }

    private void WriteEvent(ref DocumentWriter writer, scoped in Record record, bool isError)
    {
        var mark = writer.Open("\"event\":{"u8);
        writer.Name(_event);
        writer.Put(",\"created\":\""u8);
        writer.Put(writer.Fields.Created.Format(record.Batch.ReadAtTicks));
        writer.Put((byte)'"');
        if (isError)
        {
            if (writer.Fields.TimeZone.Length > 0)
            {
                writer.Member("\"timezone\":"u8, writer.Fields.TimeZone.AsSpan());
            }
        }
        else if (record.Parsed)
        {
            AccessDocument.WriteEvent(ref writer, record);
        }

        if (_keepOriginal)
        {
            writer.Member("\"original\":"u8, record.Content);
        }

        writer.Close(mark);
    }

    private static void WriteLog(ref DocumentWriter writer, scoped in Record record, bool isError)
    {
        var mark = writer.Open("\"log\":{"u8);
        writer.Name("\"file\":{\"path\":"u8);
        writer.Text(writer.Fields.PathText(record.Batch.Path));
        writer.Put((byte)'}');
        writer.Member("\"offset\":"u8, record.Offset);
        if (isError && record.TryGet(NginxVariable.Level, out var level))
        {
            writer.Member("\"level\":"u8, level);
        }

        if (record.Flags != RecordFlags.None || record.Remarks != RecordRemarks.None)
        {
            WriteFlags(ref writer, record.Flags, record.Remarks);
        }

        writer.Close(mark);
    }

    private static void WriteFlags(ref DocumentWriter writer, RecordFlags flags, RecordRemarks remarks)
    {
        var mark = writer.OpenArray("\"flags\":["u8);
        WriteFlag(ref writer, flags.HasFlag(RecordFlags.Cut), "\"cut\""u8);
        WriteFlag(ref writer, flags.HasFlag(RecordFlags.Late), "\"late\""u8);
        WriteFlag(ref writer, flags.HasFlag(RecordFlags.Continuation), "\"continuation\""u8);
        WriteFlag(ref writer, flags.HasFlag(RecordFlags.Torn), "\"torn\""u8);
        WriteFlag(ref writer, remarks.HasFlag(RecordRemarks.Unparsed), "\"unparsed\""u8);
        WriteFlag(ref writer, remarks.HasFlag(RecordRemarks.Multiline), "\"multiline\""u8);
        WriteFlag(ref writer, remarks.HasFlag(RecordRemarks.Suspicious), "\"suspicious\""u8);
        WriteFlag(ref writer, remarks.HasFlag(RecordRemarks.TruncatedByNginx), "\"truncated_by_nginx\""u8);
        writer.CloseArray(mark);
    }

    private static void WriteFlag(ref DocumentWriter writer, bool isSet, scoped ReadOnlySpan<byte> name)
    {
        if (isSet)
        {
            writer.Name(name);
        }
    }
}
