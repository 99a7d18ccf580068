using System.Buffers;
using System.Runtime.CompilerServices;

namespace LogShipper.Parsing;

/// <summary>A request line cut into its parts; a line that is none (a TLS hello, an SSH banner) has none.</summary>
internal readonly ref struct RequestLine
{
    private const int LongestMethod = 32;
    private const int UsualEnd = 9;

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
        var space = MethodLength(request);
        if (space <= 0)
        {
            return default;
        }

        var rest = request[(space + 1)..];
        var last = rest.Length > UsualEnd && IsUsualEnd(rest[^UsualEnd..]) ? rest.Length - UsualEnd : LastSpaceBeforeProtocol(rest);
        if (last > 0)
        {
            return new RequestLine(request[..space], rest[..last], rest[(last + 1)..]);
        }

        return rest is [(byte)'/', ..] ? new RequestLine(request[..space], rest, []) : default;
    }

    /// <summary>How long the method is that a space follows; -1: there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int MethodLength(ReadOnlySpan<byte> request)
    {
        for (var index = 0; index < request.Length && index <= LongestMethod; index++)
        {
            var character = request[index];
            if (character == (byte)' ')
            {
                return index;
            }

            if ((uint)((character | 0x20) - 'a') > 'z' - 'a' && character is not ((byte)'-' or (byte)'_'))
            {
                return -1;
            }
        }

        return -1;
    }

    private static int LastSpaceBeforeProtocol(ReadOnlySpan<byte> rest)
    {
        var last = rest.LastIndexOf((byte)' ');
        return last > 0 && IsProtocol(rest[(last + 1)..]) ? last : -1;
    }

    /// <summary>A space and a version of three characters.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsUsualEnd(ReadOnlySpan<byte> text) =>
        text.StartsWith(" HTTP/"u8) && char.IsAsciiDigit((char)text[6]) && text[7] == (byte)'.' && char.IsAsciiDigit((char)text[8]);

    private static bool IsProtocol(ReadOnlySpan<byte> text) =>
        text.StartsWith("HTTP/"u8) && text.Length is > 5 and <= 10 && text[5..].IndexOfAnyExcept(VersionBytes) < 0;
}
