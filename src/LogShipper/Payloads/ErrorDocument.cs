using LogShipper.Parsing;

namespace LogShipper.Payloads;

/// <summary>The members that a record of error.log has of its own.</summary>
internal static class ErrorDocument
{
    public static void Write(ref DocumentWriter writer, scoped in Record record)
    {
        WriteProcess(ref writer, record);
        WriteHttp(ref writer, record);
        var hasClient = record.TryGet(NginxVariable.Client, out var client);
        var clientIsIp = hasClient && NetworkAddress.IsAddress(client.Value);
        if (hasClient)
        {
            WritePeer(ref writer, "\"client\":"u8, client, clientIsIp);
            WritePeer(ref writer, "\"source\":"u8, client, clientIsIp);
        }

        if (record.TryGet(NginxVariable.Server, out var server) && !server.Value.IsEmpty)
        {
            var mark = writer.Open("\"server\":"u8);
            writer.Member("\"domain\":"u8, server);
            writer.Close(mark);
        }

        if (record.TryGet(NginxVariable.Errno, out var number) && record.TryGet(NginxVariable.ErrnoText, out var text))
        {
            var mark = writer.Open("\"error\":"u8);
            writer.Member("\"code\":"u8, number);
            writer.Member("\"message\":"u8, text);
            writer.Close(mark);
        }

        if (clientIsIp)
        {
            writer.Name("\"related\":{\"ip\":["u8);
            writer.Text(client.Value);
            writer.Put("]}"u8);
        }

        WriteNginx(ref writer, record);
    }

    private static void WriteProcess(ref DocumentWriter writer, scoped in Record record)
    {
        var mark = writer.Open("\"process\":"u8);
        WriteLong(ref writer, "\"pid\":"u8, record, NginxVariable.Pid);
        var thread = writer.Open("\"thread\":"u8);
        WriteLong(ref writer, "\"id\":"u8, record, NginxVariable.Tid);
        writer.Close(thread);
        writer.Close(mark);
    }

    private static void WriteHttp(ref DocumentWriter writer, scoped in Record record)
    {
        var hasReferrer = record.TryGet(NginxVariable.Referrer, out var referrer);
        var hasRequest = record.TryGet(NginxVariable.Request, out var request);
        var line = hasRequest ? RequestLine.Cut(request.Value) : default;
        if (hasReferrer || !line.IsEmpty)
        {
            AccessDocument.WriteHttpRequest(ref writer, line.Method, line.Protocol, request, hasReferrer, referrer);
        }

        var hasHost = record.TryGet(NginxVariable.Host, out var host) && !host.Value.IsEmpty;
        if (hasHost || !line.IsEmpty)
        {
            var mark = writer.Open("\"url\":"u8);
            var hasDomain = !line.IsEmpty && UrlText.Write(ref writer, request.Part(line.Uri));
            if (hasHost && !hasDomain)
            {
                HostPort.Cut(host.Value, out var name, out _);
                writer.Member("\"domain\":"u8, name);
            }

            writer.Close(mark);
        }
    }

    private static void WritePeer(ref DocumentWriter writer, scoped ReadOnlySpan<byte> name, scoped in Field client, bool isIp)
    {
        var mark = writer.Open(name);
        writer.Member("\"address\":"u8, client);
        if (isIp)
        {
            writer.Member("\"ip\":"u8, client);
        }

        writer.Close(mark);
    }

    private static void WriteNginx(ref DocumentWriter writer, scoped in Record record)
    {
        var nginx = writer.Open("\"nginx\":"u8);
        var error = writer.Open("\"error\":"u8);
        WriteLong(ref writer, "\"connection_id\":"u8, record, NginxVariable.Connection);
        WriteText(ref writer, "\"subrequest\":"u8, record, NginxVariable.Subrequest);
        WriteText(ref writer, "\"upstream\":"u8, record, NginxVariable.Upstream);
        if (record.TryGet(NginxVariable.LimitExcess, out var excess) && FieldNumbers.IsDecimal(excess.Value))
        {
            writer.Name("\"limit_excess\":"u8);
            writer.Put(excess.Value);
        }

        WriteText(ref writer, "\"limit_zone\":"u8, record, NginxVariable.LimitZone);
        if (record.TryGet(NginxVariable.Request, out var request) && RequestLine.Cut(request.Value).IsEmpty)
        {
            writer.Member("\"request\":"u8, request);
        }

        writer.Close(error);
        writer.Close(nginx);
    }

    private static void WriteText(ref DocumentWriter writer, scoped ReadOnlySpan<byte> name, scoped in Record record, NginxVariable variable)
    {
        if (record.TryGet(variable, out var field))
        {
            writer.Member(name, field);
        }
    }

    private static void WriteLong(ref DocumentWriter writer, scoped ReadOnlySpan<byte> name, scoped in Record record, NginxVariable variable)
    {
        if (record.TryGet(variable, out var field) && FieldNumbers.TryLong(field.Value, out var number))
        {
            writer.Member(name, number);
        }
    }
}
