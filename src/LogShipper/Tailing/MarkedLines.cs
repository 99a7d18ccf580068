using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace LogShipper.Tailing;

/// <summary>Walks the lines of a batch and says where the double quotes of each stand, with one look at all its bytes.</summary>
internal ref struct MarkedLines
{
    /// <summary>As many bytes as a set of bits has room for.</summary>
    private const int BlockBytes = 64;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly ReadOnlySpan<Vector128<byte>> _vectors;
    private readonly Span<int> _quotes;
    private ulong _marks;
    private int _block;
    private int _next;
    private int _start;
    private int _end;
    private int _count;

    /// <param name="bytes">The lines.</param>
    /// <param name="quotes">Room for the places of a line's quotes; what goes beyond it is counted only.</param>
    public MarkedLines(ReadOnlySpan<byte> bytes, Span<int> quotes)
    {
        _bytes = bytes;
        _vectors = MemoryMarshal.Cast<byte, Vector128<byte>>(bytes);
        _quotes = quotes;
    }

    /// <summary>The line and all that follows it.</summary>
    public readonly ReadOnlySpan<byte> Rest => _bytes[_start..];

    /// <summary>How long the line is, without its newline.</summary>
    public readonly int Length => _end - _start;

    /// <summary>Where the line begins.</summary>
    public readonly int Start => _start;

    /// <summary>Where the next line begins.</summary>
    public readonly int Next => _next;

    /// <summary>No line follows.</summary>
    public readonly bool IsLast => _next >= _bytes.Length;

    /// <summary>How many double quotes the line has.</summary>
    public readonly int QuoteCount => _count;

    public bool MoveNext()
    {
        var bytes = _bytes;
        if (_next >= bytes.Length)
        {
            return false;
        }

        // In registers: to memory and back would be the longest part of the way from mark to mark.
        var quotes = _quotes;
        var (start, marks, block, count) = (_next, _marks, _block, 0);
        while (true)
        {
            for (; marks != 0; marks &= marks - 1)
            {
                var at = block - BlockBytes + BitOperations.TrailingZeroCount(marks);
                if (bytes[at] == (byte)'\n')
                {
                    Take(start, at, at + 1, count, marks & (marks - 1), block);
                    return true;
                }

                if ((uint)count < (uint)quotes.Length)
                {
                    quotes[count] = at - start;
                }

                count++;
            }

            if (block >= bytes.Length)
            {
                // The file ends without a newline.
                Take(start, bytes.Length, bytes.Length, count, 0, block);
                return true;
            }

            marks = bytes.Length - block >= BlockBytes ? MarksOfVectors(block / Vector128<byte>.Count) : MarksOfRest(block);
            block += BlockBytes;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Take(int start, int end, int next, int count, ulong marks, int block)
    {
        _start = start;
        _end = end;
        _next = next;
        _count = count;
        _marks = marks;
        _block = block;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly ulong MarksOfVectors(int first)
    {
        var vectors = _vectors.Slice(first, BlockBytes / Vector128<byte>.Count);
        return MarksOf(vectors[0]) | (MarksOf(vectors[1]) << 16) | (MarksOf(vectors[2]) << 32) | (MarksOf(vectors[3]) << 48);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong MarksOf(Vector128<byte> bytes) =>
        (Vector128.Equals(bytes, Vector128.Create((byte)'"')) | Vector128.Equals(bytes, Vector128.Create((byte)'\n'))).ExtractMostSignificantBits();

    private readonly ulong MarksOfRest(int block)
    {
        var marks = 0UL;
        for (var at = block; at < _bytes.Length; at++)
        {
            if (_bytes[at] is (byte)'"' or (byte)'\n')
            {
                marks |= 1UL << (at - block);
            }
        }

        return marks;
    }
}
