using System.Runtime.CompilerServices;
using LogShipper.Parsing;

namespace LogShipper.Payloads;

/// <summary>Where the parts of a URI that begins with a slash lie in it.</summary>
/// <param name="HasFragment">There is a <c>#</c> in it: the rest says nothing.</param>
/// <param name="PathLength">How long its path is; a query follows where that is not the end.</param>
/// <param name="ExtensionLength">How long the extension at the path's end is; 0: there is none.</param>
internal readonly record struct UriParts(bool HasFragment, int PathLength, int ExtensionLength)
{
    /// <summary>Looks at the <paramref name="uri"/> in <paramref name="content"/>, which goes on behind it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UriParts Of(ReadOnlySpan<byte> content, TextPlace uri)
    {
        if (uri.Length >= ByteMask.Length)
        {
            return OfLong(content.Slice(uri.Start, uri.Length));
        }

        var bytes = new ByteMask(content.Slice(uri.Start, ByteMask.Length));
        var inside = ByteMask.Below(uri.Length);
        var fragments = bytes.Of((byte)'#') & inside;
        // A bit behind its end stands for the query that is not there.
        var pathLength = ByteMask.First((bytes.Of((byte)'?') & inside) | (inside + 1));
        var last = ByteMask.Last(bytes.Of((byte)'/', (byte)'.') & ByteMask.Below(pathLength));
        return new UriParts(fragments != 0, pathLength, content[uri.Start + last] == (byte)'.' ? pathLength - last - 1 : 0);
    }

    private static UriParts OfLong(ReadOnlySpan<byte> uri)
    {
        var query = uri.IndexOf((byte)'?');
        var path = query < 0 ? uri : uri[..query];
        var last = path.LastIndexOfAny((byte)'/', (byte)'.');
        return new UriParts(uri.Contains((byte)'#'), path.Length, path[last] == (byte)'.' ? path.Length - last - 1 : 0);
    }
}
