using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using System.Numerics;

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
    private const int ShortestMatch = 4;
    private const int LongestMatch = 258;
    private const int TableBits = 14;

    /// <summary>Text compressed at once, in room for its worst case, which is nine bits a byte.</summary>
    private const int StepBytes = 4 * 1024;

    // Of each literal and each length: the code, with the bits behind it that say which length it is, and in the high byte how many bits they are.
    private static readonly uint[] Literals = LiteralCodes();
    private static readonly uint[] Lengths = LengthCodes();
    private static readonly byte[] Distances = [.. Enumerable.Range(0, 32).Select(code => (byte)Reversed(code, 5))];

    private readonly PayloadBuffer _output;
    private readonly int[] _table;
    private readonly Crc32 _checksum = new();

    /// <summary>The place in the stream of the plain buffer's first byte; so high that what the table does not know is out of reach.</summary>
    private int _origin = History + 1;
    private int _done;
    private ulong _bits = 0b011;
    private int _bitCount = 3;

    public GzipEncoder(PayloadBuffer output)
    {
        _output = output;
        _table = ArrayPool<int>.Shared.Rent(1 << TableBits);
        _table.AsSpan(0, 1 << TableBits).Clear();
        // deflate, no name, no time, fastest, Unix.
        output.Write([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 3]);
    }

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

    public void Dispose() => ArrayPool<int>.Shared.Return(_table);

    /// <summary>Compresses from where it stands to <paramref name="end"/>, or as far behind that as what begins before it reaches.</summary>
    private void Compress(ReadOnlySpan<byte> text, int end)
    {
        var to = _output.GetSpan(((end - _done) * 9 / 8) + (2 * sizeof(ulong)));
        var table = _table.AsSpan(0, 1 << TableBits);
        var origin = _origin;
        var (bits, bitCount, at, written) = (_bits, _bitCount, _done, 0);
        var lastToLookUp = Math.Min(end, text.Length - sizeof(ulong) + 1);
        while (at < end)
        {
            uint code;
            if (at < lastToLookUp)
            {
                var eight = BinaryPrimitives.ReadUInt64LittleEndian(text[at..]);
                var slot = (int)(((eight << 24) * 0x9E3779B97F4A7C15) >> (64 - TableBits));
                var distance = origin + at - table[slot];
                table[slot] = origin + at;
                if (distance <= Math.Min(at, History) && BinaryPrimitives.ReadUInt32LittleEndian(text[(at - distance)..]) == (uint)eight)
                {
                    var longest = text.Slice(at + ShortestMatch, Math.Min(LongestMatch, text.Length - at) - ShortestMatch);
                    var length = ShortestMatch + longest.CommonPrefixLength(text[(at + ShortestMatch - distance)..]);
                    at += length;
                    code = Lengths[length];
                    bits |= (ulong)(code & 0xffffff) << bitCount;
                    bitCount += (int)(code >> 24);
                    code = DistanceCode(distance - 1);
                }
                else
                {
                    code = Literals[(byte)eight];
                    at++;
                }
            }
            else
            {
                code = Literals[text[at++]];
            }

            bits |= (ulong)(code & 0xffffff) << bitCount;
            bitCount += (int)(code >> 24);
            if (bitCount >= 32)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(to[written..], (uint)bits);
                written += sizeof(uint);
                bits >>= 32;
                bitCount -= 32;
            }
        }

        _output.Advance(written);
        (_bits, _bitCount, _done) = (bits, bitCount, at);
    }

    /// <summary>Twice as many distances share a code with every second one.</summary>
    private static uint DistanceCode(int distance)
    {
        if (distance < 4)
        {
            return Distances[distance] | (5u << 24);
        }

        var extra = BitOperations.Log2((uint)distance) - 1;
        var code = (2 * (extra + 1)) + ((distance >> extra) & 1);
        return Distances[code] | ((uint)(distance & ((1 << extra) - 1)) << 5) | ((uint)(5 + extra) << 24);
    }

    private static uint[] LiteralCodes() =>
        [.. Enumerable.Range(0, 256).Select(value => value < 144 ? Code(0x30 + value, 8) : Code(0x190 + value - 144, 9))];

    private static uint[] LengthCodes()
    {
        var codes = new uint[LongestMatch + 1];
        for (var length = 3; length < LongestMatch; length++)
        {
            var from = length - 3;
            var extra = from < 8 ? 0 : BitOperations.Log2((uint)from) - 2;
            var symbol = from < 8 ? from : (4 * (extra + 1)) + ((from >> extra) & 3);
            var code = SymbolOfLength(symbol);
            var bits = (int)(code >> 24);
            codes[length] = (code & 0xffffff) | ((uint)(from & ((1 << extra) - 1)) << bits) | ((uint)(bits + extra) << 24);
        }

        codes[LongestMatch] = SymbolOfLength(28);
        return codes;
    }

    private static uint SymbolOfLength(int symbol) => symbol < 23 ? Code(symbol + 1, 7) : Code(0xc0 + symbol - 23, 8);

    private static uint Code(int code, int bits) => Reversed(code, bits) | ((uint)bits << 24);

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
