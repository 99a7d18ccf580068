using LogShipper.Parsing;

namespace LogShipper.Payloads;

/// <summary>A request's URI cut into the members of <c>url</c>, as the <c>uri_parts</c> processor does.</summary>
internal static class UrlText
{
    /// <summary>Writes <c>original</c>, <c>path</c>, <c>query</c>, <c>extension</c>, <c>fragment</c> and, of an absolute URI,
    /// <c>scheme</c>, <c>domain</c> and <c>port</c>. Returns whether it wrote a domain.</summary>
    public static bool Write(ref DocumentWriter writer, scoped in Field uri, bool withScheme = true)
    {
        writer.Member("\"original\":"u8, uri);
        var hasDomain = false;
        var path = uri.Value;
        var scheme = path.IndexOf("://"u8);
        if (scheme is > 0 and <= 16 && path[0] != (byte)'/')
        {
            var rest = path[(scheme + 3)..];
            var end = rest.IndexOfAny((byte)'/', (byte)'?', (byte)'#');
            HostPort.Cut(end < 0 ? rest : rest[..end], out var host, out var port);
            if (withScheme)
            {
                writer.Member("\"scheme\":"u8, uri.Encoding, path[..scheme]);
            }

            hasDomain = !host.IsEmpty;
            if (hasDomain)
            {
                writer.Member("\"domain\":"u8, uri.Encoding, host);
            }

            if (port >= 0)
            {
                writer.Member("\"port\":"u8, port);
            }

            path = end < 0 ? [] : rest[end..];
        }
        else if (path is not [(byte)'/', ..])
        {
            return false;
        }

        WriteParts(ref writer, uri, path);
        return hasDomain;
    }

    /// <summary>Writes the members that stand in what follows the host.</summary>
    public static void WriteParts(ref DocumentWriter writer, scoped in Field uri, scoped ReadOnlySpan<byte> path)
    {
        var fragment = path.IndexOf((byte)'#');
        if (fragment >= 0)
        {
            writer.Member("\"fragment\":"u8, uri.Encoding, path[(fragment + 1)..]);
            path = path[..fragment];
        }

        var query = path.IndexOf((byte)'?');
        if (query >= 0)
        {
            writer.Member("\"query\":"u8, uri.Encoding, path[(query + 1)..]);
            path = path[..query];
        }

        if (path.IsEmpty)
        {
            return;
        }

        writer.Member("\"path\":"u8, uri.Encoding, path);
        var name = path[(path.LastIndexOf((byte)'/') + 1)..];
        var point = name.LastIndexOf((byte)'.');
        if (point >= 0 && point < name.Length - 1)
        {
            writer.Member("\"extension\":"u8, uri.Encoding, name[(point + 1)..]);
        }
    }
}

/// <summary>A host with or without a port.</summary>
internal static class HostPort
{
    /// <summary>Cuts <c>example.com:80</c>, <c>[::1]:80</c>, <c>1.2.3.4</c>; brackets are left out of the host. A port that is none stays in it.</summary>
    public static void Cut(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> host, out long port)
    {
        port = -1;
        host = text;
        var colon = text.LastIndexOf((byte)':');
        if (text is [(byte)'[', ..] && text.IndexOf((byte)']') is > 0 and var bracket)
        {
            if (bracket != text.Length - 1 && colon != bracket + 1)
            {
                return;
            }

            host = text[1..bracket];
            if (bracket == text.Length - 1)
            {
                return;
            }
        }
        else if (colon < 0 || text.IndexOf((byte)':') != colon)
        {
            return;
        }
        else
        {
            host = text[..colon];
        }

        if (!FieldNumbers.TryLong(text[(colon + 1)..], out port) || port > ushort.MaxValue)
        {
            port = -1;
            host = text;
        }
    }
}
