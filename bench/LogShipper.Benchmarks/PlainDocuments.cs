using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using LogShipper.Parsing;
using LogShipper.Payloads;
using LogShipper.Tailing;

namespace LogShipper.Benchmarks;

/// <summary>The same members of the same documents with the platform's JSON writer, as one would write it first.</summary>
internal sealed class PlainDocuments
{
    private readonly FieldTable _fields = new();
    private readonly ArrayBufferWriter<byte> _body = new(8 << 20);
    private readonly byte[] _id = new byte[DocumentId.Length];
    private readonly Utf8JsonWriter _json;

    public PlainDocuments() =>
        _json = new Utf8JsonWriter(_body, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });

    public int Write(Batch batch)
    {
        _body.ResetWrittenCount();
        foreach (var raw in batch)
        {
            var record = new Record(raw, batch, _fields);
            Tail.Parser.Parse(ref record);
            DocumentId.Write(batch.File, raw, _id);
            Start();
            _json.WriteStartObject("create"u8);
            _json.WriteString("_id"u8, _id);
            _json.WriteEndObject();
            End();
            Document(record);
        }

        return _body.WrittenCount;
    }

    private void Start()
    {
        _json.Reset();
        _json.WriteStartObject();
    }

    private void End()
    {
        _json.WriteEndObject();
        _json.Flush();
        _body.Write("\n"u8);
    }

    private void Document(scoped in Record record)
    {
        Start();
        record.TryGet(NginxVariable.Request, out var request);
        var line = RequestLine.Cut(request.Value);
        record.TryGet(NginxVariable.Status, out var status);
        FieldNumbers.TryLong(status.Value, out var code);
        _json.WriteString("@timestamp"u8, _fields.Time.Format(record.TimeTicks));
        _json.WriteString("message"u8, request.Value);
        _json.WriteStartObject("event"u8);
        _json.WriteString("kind"u8, "event"u8);
        Array("category"u8, "web"u8);
        Array("type"u8, "access"u8);
        _json.WriteString("module"u8, "nginx"u8);
        _json.WriteString("dataset"u8, "nginx.access"u8);
        _json.WriteString("created"u8, _fields.Created.Format(record.Batch.ReadAtTicks));
        _json.WriteString("outcome"u8, code < 400 ? "success"u8 : "failure"u8);
        _json.WriteEndObject();
        _json.WriteStartObject("log"u8);
        _json.WriteStartObject("file"u8);
        _json.WriteString("path"u8, _fields.PathText(record.Batch.Path));
        _json.WriteEndObject();
        _json.WriteNumber("offset"u8, record.Raw.Offset);
        _json.WriteEndObject();
        Http(record, line, code);
        Url(line.Uri);
        Text("user_agent"u8, "original"u8, record, NginxVariable.HttpUserAgent);
        Peer(record);
        Constants();
        End();
    }

    private void Http(scoped in Record record, scoped in RequestLine line, long code)
    {
        _json.WriteStartObject("http"u8);
        _json.WriteStartObject("request"u8);
        _json.WriteString("method"u8, line.Method);
        if (record.TryGet(NginxVariable.HttpReferer, out var referrer))
        {
            _json.WriteString("referrer"u8, _fields.Decode(referrer));
        }

        _json.WriteEndObject();
        _json.WriteStartObject("response"u8);
        _json.WriteNumber("status_code"u8, code);
        _json.WriteStartObject("body"u8);
        record.TryGet(NginxVariable.BodyBytesSent, out var bytes);
        FieldNumbers.TryLong(bytes.Value, out var sent);
        _json.WriteNumber("bytes"u8, sent);
        _json.WriteEndObject();
        _json.WriteEndObject();
        _json.WriteString("version"u8, line.Protocol[5..]);
        _json.WriteEndObject();
    }

    private void Url(ReadOnlySpan<byte> uri)
    {
        _json.WriteStartObject("url"u8);
        _json.WriteString("original"u8, uri);
        var query = uri.IndexOf((byte)'?');
        if (query >= 0)
        {
            _json.WriteString("query"u8, uri[(query + 1)..]);
            uri = uri[..query];
        }

        _json.WriteString("path"u8, uri);
        if (uri.LastIndexOf((byte)'.') is > 0 and var point)
        {
            _json.WriteString("extension"u8, uri[(point + 1)..]);
        }

        _json.WriteEndObject();
    }

    private void Peer(scoped in Record record)
    {
        record.TryGet(NginxVariable.RemoteAddr, out var address);
        _json.WriteStartObject("source"u8);
        _json.WriteString("address"u8, address.Value);
        _json.WriteString("ip"u8, address.Value);
        _json.WriteEndObject();
        Text("user"u8, "name"u8, record, NginxVariable.RemoteUser);
        _json.WriteStartObject("related"u8);
        Array("ip"u8, address.Value);
        _json.WriteEndObject();
        _json.WriteStartObject("nginx"u8);
        _json.WriteStartObject("access"u8);
        Array("remote_ip_list"u8, address.Value);
        _json.WriteEndObject();
        _json.WriteEndObject();
    }

    private void Constants()
    {
        _json.WriteStartObject("service"u8);
        _json.WriteString("type"u8, "nginx"u8);
        _json.WriteEndObject();
        _json.WriteStartObject("data_stream"u8);
        _json.WriteString("type"u8, "logs"u8);
        _json.WriteString("dataset"u8, "nginx.access"u8);
        _json.WriteString("namespace"u8, "default"u8);
        _json.WriteEndObject();
        _json.WriteStartObject("ecs"u8);
        _json.WriteString("version"u8, "8.11.0"u8);
        _json.WriteEndObject();
        _json.WriteStartObject("kubernetes"u8);
        _json.WriteStartObject("pod"u8);
        _json.WriteString("name"u8, "webserver"u8);
        _json.WriteString("uid"u8, "6f2d4f2e-2a43-4b0e-9a55-6a4c9d2b8f10"u8);
        _json.WriteEndObject();
        _json.WriteString("namespace"u8, "default"u8);
        _json.WriteStartObject("node"u8);
        _json.WriteString("name"u8, "node-1.example.com"u8);
        _json.WriteEndObject();
        _json.WriteStartObject("container"u8);
        _json.WriteString("name"u8, "nginx-container"u8);
        _json.WriteEndObject();
        _json.WriteEndObject();
        _json.WriteStartObject("host"u8);
        _json.WriteString("name"u8, "node-1.example.com"u8);
        _json.WriteEndObject();
    }

    private void Text(ReadOnlySpan<byte> outer, ReadOnlySpan<byte> name, scoped in Record record, NginxVariable variable)
    {
        if (record.TryGet(variable, out var field))
        {
            _json.WriteStartObject(outer);
            _json.WriteString(name, _fields.Decode(field));
            _json.WriteEndObject();
        }
    }

    private void Array(ReadOnlySpan<byte> name, ReadOnlySpan<byte> item)
    {
        _json.WriteStartArray(name);
        _json.WriteStringValue(item);
        _json.WriteEndArray();
    }
}
