using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace LogShipper.Parsing;

/// <summary>
/// One look at a whole line, in place of one for each of its values: where its double quotes stand, and whether it is plain.
/// Reused from line to line.
/// </summary>
internal sealed class LineScan
{
    /// <summary>More quotes than lines have that nginx wrote; those behind are searched for.</summary>
    private const int Capacity = 64;

    private readonly int[] _quotes = new int[Capacity];
    private int _count;
    private int _next;

    /// <summary>Nothing but printable ASCII without a backslash.</summary>
    public bool IsPlain { get; private set; }

    /// <summary>Where its quotes stand, as far as they are noted.</summary>
    public ReadOnlySpan<int> Quotes => _quotes.AsSpan(0, Math.Min(_count, Capacity));

    /// <summary>Whether the line has that many quotes.</summary>
    public bool HasQuotes(int count) => _count == count && count <= Capacity;

    public void Look(ReadOnlySpan<byte> line)
    {
        var quotes = _quotes.AsSpan(0, Capacity);
        var strange = Vector128<byte>.Zero;
        var count = 0;
        var at = 0;
        foreach (var bytes in MemoryMarshal.Cast<byte, Vector128<byte>>(line))
        {
            strange |= Strange(bytes);
            for (var found = Vector128.Equals(bytes, Vector128.Create((byte)'"')).ExtractMostSignificantBits(); found != 0; found &= found - 1)
            {
                Note(quotes, count++, at + BitOperations.TrailingZeroCount(found));
            }

            at += Vector128<byte>.Count;
        }

        if (at < line.Length && at > 0)
        {
            // The last sixteen bytes once more, less what was looked at.
            var bytes = Vector128.Create(line[^Vector128<byte>.Count..]);
            strange |= Strange(bytes);
            var found = Vector128.Equals(bytes, Vector128.Create((byte)'"')).ExtractMostSignificantBits() >> (Vector128<byte>.Count - (line.Length - at));
            for (; found != 0; found &= found - 1)
            {
                Note(quotes, count++, at + BitOperations.TrailingZeroCount(found));
            }
        }
        else
        {
            for (; at < line.Length; at++)
            {
                strange |= Strange(Vector128.Create(line[at]));
                if (line[at] == (byte)'"')
                {
                    Note(quotes, count++, at);
                }
            }
        }

        IsPlain = strange == Vector128<byte>.Zero;
        _count = count;
        _next = 0;
    }

    /// <summary>Where the first quote stands from <paramref name="from"/> on; -1: there is none. Cheapest where that goes on from quote to quote.</summary>
    public int NextQuote(ReadOnlySpan<byte> line, int from)
    {
        var quotes = _quotes;
        var next = _next;
        while (next > 0 && quotes[next - 1] >= from)
        {
            next--;
        }

        while (next < _count && (uint)next < (uint)quotes.Length)
        {
            if (quotes[next] >= from)
            {
                _next = next;
                return quotes[next];
            }

            next++;
        }

        _next = next;
        if (_count <= Capacity)
        {
            return -1;
        }

        var index = line[from..].IndexOf((byte)'"');
        return index < 0 ? -1 : from + index;
    }

    /// <summary>As <see cref="NextQuote"/>, in text whose quotes and backslashes are escaped by a backslash.</summary>
    public static int NextUnescapedQuote(ReadOnlySpan<byte> line, int from)
    {
        while (true)
        {
            var index = line[from..].IndexOfAny((byte)'"', (byte)'\\');
            if (index < 0)
            {
                return -1;
            }

            if (line[from + index] == (byte)'"')
            {
                return from + index;
            }

            from += index + 2;
            if (from > line.Length)
            {
                return -1;
            }
        }
    }

    /// <summary>What is below a space as a signed number: control characters and all beyond ASCII; DEL; the backslash.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Strange(Vector128<byte> bytes) =>
        Vector128.LessThan(bytes.AsSByte(), Vector128.Create((sbyte)0x20)).AsByte() |
        Vector128.Equals(bytes, Vector128.Create((byte)0x7f)) |
        Vector128.Equals(bytes, Vector128.Create((byte)'\\'));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Note(Span<int> quotes, int count, int at)
    {
        if ((uint)count < (uint)quotes.Length)
        {
            quotes[count] = at;
        }
    }
}
