using LogShipper.Parsing;

namespace LogShipper.Payloads;

/// <summary>The members that a request has of its own.</summary>
internal static class AccessDocument
{
    /// <summary><c>GET /index.html 200</c>; false where the format has no request.</summary>
    public static bool TryWriteMessage(ref DocumentWriter writer, scoped in Record record)
    {
        ReadOnlySpan<byte> method = [];
        var hasRequest = record.TryGet(NginxVariable.Request, out var request);
        var line = hasRequest ? RequestLine.Cut(request.Value) : default;
        var subject = line.IsEmpty ? request : request.Part(line.Uri);
        if (line.IsEmpty && (record.TryGet(NginxVariable.RequestUri, out var uri) || record.TryGet(NginxVariable.Uri, out uri)))
        {
            subject = uri;
            hasRequest = true;
            method = record.TryGet(NginxVariable.RequestMethod, out var field) ? field.Value : [];
        }
        else
        {
            method = line.Method;
        }

        if (!hasRequest)
        {
            return false;
        }

        writer.Name("\"message\":\""u8);
        if (!method.IsEmpty)
        {
            writer.Append(method);
            writer.Put((byte)' ');
        }

        writer.Append(writer.Fields.Decode(subject));
        if (record.TryGet(NginxVariable.Status, out var status))
        {
            writer.Put((byte)' ');
            writer.Append(status.Value);
        }

        writer.Put((byte)'"');
        return true;
    }

    public static void WriteEvent(ref DocumentWriter writer, scoped in Record record)
    {
        if (record.TryGet(NginxVariable.Status, out var field) && FieldNumbers.TryLong(field.Value, out var status))
        {
            writer.Name(status < 400 ? "\"outcome\":\"success\""u8 : "\"outcome\":\"failure\""u8);
        }

        if (record.TryGet(NginxVariable.RequestTime, out var time) && FieldNumbers.TryNanoseconds(time.Value, out var duration))
        {
            writer.Member("\"duration\":"u8, duration);
        }
    }

    public static void Write(ref DocumentWriter writer, scoped in Record record)
    {
        var hasRequest = record.TryGet(NginxVariable.Request, out var request);
        var line = hasRequest ? RequestLine.Cut(request.Value) : default;
        WriteHttp(ref writer, record, line, request);
        WriteUrl(ref writer, record, line, request);
        if (record.TryGet(NginxVariable.HttpUserAgent, out var agent))
        {
            var mark = writer.Open("\"user_agent\":"u8);
            writer.Member("\"original\":"u8, agent);
            writer.Close(mark);
        }

        PeerDocument.Write(ref writer, record);
        WriteTls(ref writer, record);
        WriteTrace(ref writer, record);
        if (record.TryGet(NginxVariable.Pid, out var pid) && FieldNumbers.TryLong(pid.Value, out var processId))
        {
            writer.Name("\"process\":{\"pid\":"u8);
            writer.Number(processId);
            writer.Put((byte)'}');
        }

        var nginx = writer.Open("\"nginx\":"u8);
        NginxDocument.Write(ref writer, record, hasRequest && line.IsEmpty);
        writer.Close(nginx);
    }

    public static void WriteHttpRequest(
        ref DocumentWriter writer,
        scoped ReadOnlySpan<byte> method,
        scoped ReadOnlySpan<byte> protocol,
        scoped in Field request,
        bool hasReferrer,
        scoped in Field referrer)
    {
        var http = writer.Open("\"http\":"u8);
        WriteRequest(ref writer, default, method, hasReferrer, referrer, request);
        WriteVersion(ref writer, protocol);
        writer.Close(http);
    }

    private static void WriteHttp(ref DocumentWriter writer, scoped in Record record, scoped in RequestLine line, scoped in Field request)
    {
        var http = writer.Open("\"http\":"u8);
        var method = record.TryGet(NginxVariable.RequestMethod, out var field) ? field.Value : line.Method;
        var hasReferrer = record.TryGet(NginxVariable.HttpReferer, out var referrer);
        WriteRequest(ref writer, record, method, hasReferrer, referrer, record.TryGet(NginxVariable.RequestMethod, out _) ? field : request);

        var response = writer.Open("\"response\":"u8);
        WriteLong(ref writer, "\"status_code\":"u8, record, NginxVariable.Status);
        WriteLong(ref writer, "\"bytes\":"u8, record, NginxVariable.BytesSent);
        var body = writer.Open("\"body\":"u8);
        WriteLong(ref writer, "\"bytes\":"u8, record, NginxVariable.BodyBytesSent);
        writer.Close(body);
        writer.Close(response);
        WriteVersion(ref writer, record.TryGet(NginxVariable.ServerProtocol, out var protocol) ? protocol.Value : line.Protocol);
        writer.Close(http);
    }

    private static void WriteRequest(ref DocumentWriter writer, scoped in Record record, scoped ReadOnlySpan<byte> method, bool hasReferrer, scoped in Field referrer, scoped in Field request)
    {
        var mark = writer.Open("\"request\":"u8);
        if (!method.IsEmpty)
        {
            writer.Member("\"method\":"u8, request.Encoding, method);
        }

        if (hasReferrer)
        {
            writer.Member("\"referrer\":"u8, referrer);
        }

        WriteLong(ref writer, "\"bytes\":"u8, record, NginxVariable.RequestLength);
        if (record.TryGet(NginxVariable.RequestId, out var id))
        {
            writer.Member("\"id\":"u8, id);
        }

        writer.Close(mark);
    }

    private static void WriteVersion(ref DocumentWriter writer, scoped ReadOnlySpan<byte> protocol)
    {
        if (protocol.StartsWith("HTTP/"u8) && protocol.Length > 5)
        {
            writer.Member("\"version\":"u8, protocol[5..]);
        }
    }

    private static void WriteUrl(ref DocumentWriter writer, scoped in Record record, scoped in RequestLine line, scoped in Field request)
    {
        var url = writer.Open("\"url\":"u8);
        var hasScheme = record.TryGet(NginxVariable.Scheme, out var scheme);
        var hasDomain = false;
        if (record.TryGet(NginxVariable.RequestUri, out var uri))
        {
            hasDomain = UrlText.Write(ref writer, uri, withScheme: !hasScheme);
        }
        else if (!line.IsEmpty)
        {
            hasDomain = UrlText.Write(ref writer, request.Part(line.Uri), withScheme: !hasScheme);
        }
        else if (record.TryGet(NginxVariable.Uri, out uri))
        {
            if (record.TryGet(NginxVariable.Args, out var query))
            {
                var path = uri.Value.IndexOfAny((byte)'?', (byte)'#') is >= 0 and var end ? uri.Value[..end] : uri.Value;
                UrlText.WriteParts(ref writer, uri, path);
                writer.Member("\"query\":"u8, query);
            }
            else
            {
                UrlText.WriteParts(ref writer, uri, uri.Value);
            }
        }

        if (hasScheme)
        {
            writer.Member("\"scheme\":"u8, scheme);
        }

        if (!hasDomain && (record.TryGet(NginxVariable.HttpHost, out var host) || record.TryGet(NginxVariable.Host, out host)))
        {
            HostPort.Cut(host.Value, out var name, out _);
            writer.Member("\"domain\":"u8, host.Encoding, name);
        }

        writer.Close(url);
    }

    private static void WriteTls(ref DocumentWriter writer, scoped in Record record)
    {
        var tls = writer.Open("\"tls\":"u8);
        if (record.TryGet(NginxVariable.SslProtocol, out var protocol))
        {
            var value = protocol.Value;
            if (value.StartsWith("TLSv"u8) || value.StartsWith("SSLv"u8))
            {
                writer.Member("\"version\":"u8, value[4..]);
                writer.Member("\"version_protocol\":"u8, value[0] == (byte)'T' ? "tls"u8 : "ssl"u8);
            }
        }

        if (record.TryGet(NginxVariable.SslCipher, out var cipher))
        {
            writer.Member("\"cipher\":"u8, cipher);
        }

        writer.Close(tls);
    }

    /// <summary>W3C's <c>traceparent</c> is <c>00-trace-span-flags</c>.</summary>
    private static void WriteTrace(ref DocumentWriter writer, scoped in Record record)
    {
        ReadOnlySpan<byte> trace = record.TryGet(NginxVariable.OtelTraceId, out var id) ? id.Value : [];
        ReadOnlySpan<byte> span = record.TryGet(NginxVariable.OtelSpanId, out id) ? id.Value : [];
        if (trace.IsEmpty && record.TryGet(NginxVariable.HttpTraceparent, out var parent) && parent.Value.Length >= 55 &&
            parent.Value[2] == (byte)'-' && parent.Value[35] == (byte)'-' && parent.Value[52] == (byte)'-')
        {
            trace = parent.Value[3..35];
            span = parent.Value[36..52];
        }

        WriteId(ref writer, "\"trace\":"u8, trace, 32);
        WriteId(ref writer, "\"span\":"u8, span, 16);
    }

    private static void WriteId(ref DocumentWriter writer, scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> id, int length)
    {
        if (id.Length != length)
        {
            return;
        }

        foreach (var character in id)
        {
            if (!char.IsAsciiHexDigit((char)character))
            {
                return;
            }
        }

        var mark = writer.Open(name);
        writer.Member("\"id\":"u8, id);
        writer.Close(mark);
    }

    private static void WriteLong(ref DocumentWriter writer, scoped ReadOnlySpan<byte> name, scoped in Record record, NginxVariable variable)
    {
        if (record.TryGet(variable, out var field) && FieldNumbers.TryLong(field.Value, out var number))
        {
            writer.Member(name, number);
        }
    }
}
