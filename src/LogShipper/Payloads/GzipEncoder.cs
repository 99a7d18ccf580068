using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace LogShipper.Payloads;

/// <summary>
/// gzip, as fast as text that repeats itself allows: each place is looked up once in a table of the places before it that
/// read alike, and what is found is written in deflate's fixed codes. zlib does the same at its level 1; the text stays
/// where it was written here, which zlib copies into a window of its own.
/// </summary>
internal sealed class GzipEncoder : IDisposable
{
    /// <summary>Deflate points no farther back.</summary>
    public const int History = 32 * 1024;

    private const int TrailerBytes = 8;
    private const int LongestMatch = 258;
    private const int TableBits = 14;

    /// <summary>Text compressed at once.</summary>
    private const int StepBytes = 4 * 1024;

    /// <summary>A code has in its high byte how many bits it is.</summary>
    private const int CountShift = 56;
    private const ulong CodeBits = (1UL << CountShift) - 1;

    private static readonly ulong[] Literals = LiteralCodes();

    // With the bits behind it that say which length it is.
    private static readonly ulong[] Lengths = LengthCodes();

    private readonly PayloadBuffer _output;
    private readonly int[] _table;
    private readonly ulong[] _codes;
    private readonly Crc32 _checksum = new();

    /// <summary>The place in the stream of the plain buffer's first byte; so high that what the table does not know is out of reach.</summary>
    private int _origin = History + 1;
    private int _done;
    private ulong _bits = 0b011;
    private int _bitCount = 3;

    public GzipEncoder(PayloadBuffer output)
    {
        _codes = ArrayPool<ulong>.Shared.Rent(StepBytes);
        _output = output;
        _table = ArrayPool<int>.Shared.Rent(1 << TableBits);
        _table.AsSpan(0, 1 << TableBits).Clear();
        // deflate, no name, no time, fastest, Unix.
        output.Write([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 3]);
    }

    /// <summary>The codes of distances: the numbers from 0 to 29 in five bits, the first one first.</summary>
    private static ReadOnlySpan<byte> DistanceSymbols =>
        [0, 16, 8, 24, 4, 20, 12, 28, 2, 18, 10, 26, 6, 22, 14, 30, 1, 17, 9, 25, 5, 21, 13, 29, 3, 19, 11, 27, 7, 23];

    /// <summary>Appends what was written to <paramref name="plain"/> since the last time, and takes away what nothing points to any more.</summary>
    public void Take(PayloadBuffer plain)
    {
        var text = plain.WrittenSpan;
        _checksum.Append(text[_done..]);
        while (_done < text.Length)
        {
            Compress(text, Math.Min(text.Length, _done + StepBytes));
        }

        var gone = Math.Max(0, text.Length - History);
        plain.KeepLast(text.Length - gone);
        _origin = checked(_origin + gone);
        _done -= gone;
    }

    /// <summary>Ends the stream; nothing is taken after it.</summary>
    public void Complete()
    {
        var length = _origin + _done - (History + 1);
        // The code of the end is seven zeros.
        _bitCount += 7;
        var to = _output.GetSpan(sizeof(ulong) + TrailerBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(to, _bits);
        var written = (_bitCount + 7) / 8;
        BinaryPrimitives.WriteUInt32LittleEndian(to[written..], _checksum.GetCurrentHashAsUInt32());
        BinaryPrimitives.WriteUInt32LittleEndian(to[(written + 4)..], (uint)length);
        _output.Advance(written + TrailerBytes);
    }

    public void Dispose()
    {
        ArrayPool<int>.Shared.Return(_table);
        ArrayPool<ulong>.Shared.Return(_codes);
    }

    /// <summary>Compresses from where it stands to <paramref name="end"/>, or as far behind that as what begins before it reaches.</summary>
    private void Compress(ReadOnlySpan<byte> text, int end)
    {
        // In two loops, each of which has few enough variables for a processor's registers. No code is over four bytes.
        var count = Find(text, end);
        Write(_codes.AsSpan(0, count), _output.GetSpan((count * sizeof(uint)) + sizeof(ulong)));
    }

    /// <summary>Finds what stood in the text before; returns how many codes say what the text up to <paramref name="end"/> is.</summary>
    private int Find(ReadOnlySpan<byte> text, int end)
    {
        var table = _table.AsSpan(0, 1 << TableBits);
        var codes = _codes.AsSpan();
        var literals = Literals;
        var lengths = Lengths;
        var origin = _origin;
        var at = _done;
        var count = 0;
        var lastToLookUp = Math.Min(end, text.Length - sizeof(ulong) + 1);
        while (at < lastToLookUp)
        {
            var eight = BinaryPrimitives.ReadUInt64LittleEndian(text.Slice(at, sizeof(ulong)));
            ref var place = ref table[(int)(((eight << 24) * 0x9E3779B97F4A7C15) >> (64 - TableBits))];
            var distance = origin + at - place;
            place = origin + at;
            if (distance <= History)
            {
                var different = eight ^ BinaryPrimitives.ReadUInt64LittleEndian(text.Slice(at - distance, sizeof(ulong)));
                if ((uint)different == 0)
                {
                    var length = different != 0 ? BitOperations.TrailingZeroCount(different) >> 3 : Length(text, at, distance);
                    codes[count++] = WithDistance(lengths[length], distance - 1);
                    at += length;
                    continue;
                }
            }

            codes[count++] = literals[(byte)eight];
            at++;
        }

        for (; at < end; at++)
        {
            codes[count++] = literals[text[at]];
        }

        _done = at;
        return count;
    }

    /// <summary>How long the text goes on as it did that far before, of which eight bytes are known.</summary>
    private static int Length(ReadOnlySpan<byte> text, int at, int distance)
    {
        at += sizeof(ulong);
        var most = Math.Min(LongestMatch - sizeof(ulong), text.Length - at);
        var now = text.Slice(at, most);
        var before = text.Slice(at - distance, most);
        var vectors = MemoryMarshal.Cast<byte, Vector128<byte>>(now);
        var vectorsBefore = MemoryMarshal.Cast<byte, Vector128<byte>>(before);
        for (var index = 0; index < vectors.Length && index < vectorsBefore.Length; index++)
        {
            var same = Vector128.Equals(vectors[index], vectorsBefore[index]).ExtractMostSignificantBits();
            if (same != 0xffff)
            {
                return sizeof(ulong) + (index * Vector128<byte>.Count) + BitOperations.TrailingZeroCount(~same);
            }
        }

        var length = vectors.Length * Vector128<byte>.Count;
        while (length < now.Length && now[length] == before[length])
        {
            length++;
        }

        return sizeof(ulong) + length;
    }

    private void Write(ReadOnlySpan<ulong> codes, Span<byte> to)
    {
        var (bits, bitCount, written) = (_bits, _bitCount, 0);
        foreach (var code in codes)
        {
            bits |= (code & CodeBits) << bitCount;
            bitCount += (int)(code >> CountShift);
            // Whole bytes and what is begun, which the next code writes again: nothing that a processor has to guess.
            BinaryPrimitives.WriteUInt64LittleEndian(to.Slice(written, sizeof(ulong)), bits);
            written += bitCount >> 3;
            bits >>= bitCount & ~7;
            bitCount &= 7;
        }

        _output.Advance(written);
        (_bits, _bitCount) = (bits, bitCount);
    }

    /// <summary>The code of a length and behind it that of a distance. Twice as many distances share a code with every second one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong WithDistance(ulong length, int distance)
    {
        var extra = distance < 4 ? 0 : BitOperations.Log2((uint)distance) - 1;
        var symbol = DistanceSymbols[(2 * extra) + (distance >> extra)] | ((ulong)(distance & ((1 << extra) - 1)) << 5);
        return (length + ((ulong)(5 + extra) << CountShift)) | (symbol << (int)(length >> CountShift));
    }

    private static ulong[] LiteralCodes() =>
        [.. Enumerable.Range(0, 256).Select(value => value < 144 ? Code(0x30 + value, 8) : Code(0x190 + value - 144, 9))];

    private static ulong[] LengthCodes()
    {
        var codes = new ulong[LongestMatch + 1];
        for (var length = 3; length < LongestMatch; length++)
        {
            var from = length - 3;
            var extra = from < 8 ? 0 : BitOperations.Log2((uint)from) - 2;
            var symbol = from < 8 ? from : (4 * (extra + 1)) + ((from >> extra) & 3);
            var code = SymbolOfLength(symbol);
            var bits = (int)(code >> CountShift);
            codes[length] = (code & CodeBits) | ((ulong)(from & ((1 << extra) - 1)) << bits) | ((ulong)(bits + extra) << CountShift);
        }

        codes[LongestMatch] = SymbolOfLength(28);
        return codes;
    }

    private static ulong SymbolOfLength(int symbol) => symbol < 23 ? Code(symbol + 1, 7) : Code(0xc0 + symbol - 23, 8);

    private static ulong Code(int code, int bits) => Reversed(code, bits) | ((ulong)bits << CountShift);

    /// <summary>Codes stand in the stream with their first bit first.</summary>
    private static uint Reversed(int code, int bits)
    {
        var reversed = 0u;
        for (var bit = 0; bit < bits; bit++)
        {
            reversed |= (uint)((code >> bit) & 1) << (bits - 1 - bit);
        }

        return reversed;
    }
}
