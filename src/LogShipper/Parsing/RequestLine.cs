using System.Buffers;

namespace LogShipper.Parsing;

/// <summary>A request line cut into its parts; a line that is none (a TLS hello, an SSH banner) has none.</summary>
internal readonly ref struct RequestLine
{
    private const int LongestMethod = 32;

    private static readonly SearchValues<byte> VersionBytes = SearchValues.Create("0123456789."u8);

    private RequestLine(ReadOnlySpan<byte> method, ReadOnlySpan<byte> uri, ReadOnlySpan<byte> protocol)
    {
        Method = method;
        Uri = uri;
        Protocol = protocol;
    }

    public ReadOnlySpan<byte> Method { get; }

    public ReadOnlySpan<byte> Uri { get; }

    /// <summary><c>HTTP/1.1</c>; empty in HTTP/0.9.</summary>
    public ReadOnlySpan<byte> Protocol { get; }

    public bool IsEmpty => Method.IsEmpty;

    /// <summary>Cuts it where nginx does: after the first space and before the last one that an HTTP version follows.</summary>
    public static RequestLine Cut(ReadOnlySpan<byte> request)
    {
        var space = request.IndexOf((byte)' ');
        if (space is <= 0 or > LongestMethod || !IsMethod(request[..space]))
        {
            return default;
        }

        var rest = request[(space + 1)..];
        var last = rest.LastIndexOf((byte)' ');
        if (last > 0 && IsProtocol(rest[(last + 1)..]))
        {
            return new RequestLine(request[..space], rest[..last], rest[(last + 1)..]);
        }

        return rest is [(byte)'/', ..] ? new RequestLine(request[..space], rest, []) : default;
    }

    private static bool IsMethod(ReadOnlySpan<byte> text)
    {
        foreach (var character in text)
        {
            if (!char.IsAsciiLetter((char)character) && character is not ((byte)'-' or (byte)'_'))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsProtocol(ReadOnlySpan<byte> text) =>
        text.StartsWith("HTTP/"u8) && text.Length is > 5 and <= 10 && text[5..].IndexOfAnyExcept(VersionBytes) < 0;
}
