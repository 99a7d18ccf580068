using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LogShipper.Parsing;

/// <summary>What the value of a variable can look like: says where it ends when its separator could stand in it.</summary>
internal enum ValueShape : byte
{
    /// <summary>Anything that the client likes.</summary>
    Free,

    /// <summary>Digits, <c>-</c> or nothing.</summary>
    Digits,

    /// <summary>Digits with at most one point between them, <c>-</c> or nothing.</summary>
    Number,

    /// <summary>Values of tried upstreams: separated by <c>", "</c>, groups by <c>" : "</c>; no other space.</summary>
    UpstreamList,

    /// <summary><c>23/Apr/2021:14:59:24 +0000</c>.</summary>
    TimeLocal,

    /// <summary><c>2021-04-23T14:59:24+00:00</c>.</summary>
    TimeIso8601,
}

/// <summary>Finds the ends of values by their shape. Bounded by the value's length, never more than once over it.</summary>
internal static class ValueShapes
{
    public const int TimeLocalLength = 26;
    public const int TimeIso8601Length = 25;

    /// <summary>Longer numbers nginx does not write; a bound on what a separator made of digits could cost.</summary>
    private const int LongestNumber = 40;

    private static readonly SearchValues<byte> NumberBytes = SearchValues.Create("0123456789."u8);

    private static ReadOnlySpan<byte> HighestBeginning =>
    [
        (byte)'9', (byte)'9', (byte)'/', 255, 255, 255, (byte)'/', (byte)'9', (byte)'9', (byte)'9', (byte)'9', (byte)':', (byte)'9', (byte)'9', (byte)':', (byte)'9',
    ];

    /// <summary>Whether the shape alone says where a value ends, from either side.</summary>
    public static bool IsClosed(ValueShape shape) => shape is not (ValueShape.Free or ValueShape.UpstreamList);

    /// <summary>Length of the value at the start of <paramref name="text"/>; -1: no such value stands there.</summary>
    public static int MeasureForward(ValueShape shape, ReadOnlySpan<byte> text)
    {
        switch (shape)
        {
            case ValueShape.Digits:
                return text is [(byte)'-', ..] ? 1 : RunOfDigits(text);
            case ValueShape.Number:
                return text is [(byte)'-', ..] ? 1 : MeasureNumber(text);
            case ValueShape.TimeLocal:
                return text.Length >= TimeLocalLength && IsTimeLocal(text[..TimeLocalLength]) ? TimeLocalLength : text is [(byte)'-', ..] ? 1 : -1;
            case ValueShape.TimeIso8601:
                return text.Length >= TimeIso8601Length && IsTimeIso8601(text[..TimeIso8601Length]) ? TimeIso8601Length : text is [(byte)'-', ..] ? 1 : -1;
            case ValueShape.UpstreamList:
                return MeasureList(text);
            default:
                return -1;
        }
    }

    /// <summary>Length of the value that ends at <paramref name="end"/> and begins at <paramref name="start"/> or behind it; -1: no such value stands there.</summary>
    public static int MeasureBackward(ValueShape shape, ReadOnlySpan<byte> content, int start, int end)
    {
        var text = content[start..end];
        switch (shape)
        {
            case ValueShape.Digits:
                return text is [.., (byte)'-'] ? 1 : LastRunOfDigits(content, start, end);
            case ValueShape.Number:
                text = text[^Math.Min(text.Length, LongestNumber)..];
                var number = text.Length - 1 - text.LastIndexOfAnyExcept(NumberBytes);
                return text is [.., (byte)'-'] ? 1 : text[^number..].Count((byte)'.') <= 1 ? number : -1;
            case ValueShape.TimeLocal:
                return text.Length >= TimeLocalLength && IsTimeLocal(text[^TimeLocalLength..]) ? TimeLocalLength : -1;
            case ValueShape.TimeIso8601:
                return text.Length >= TimeIso8601Length && IsTimeIso8601(text[^TimeIso8601Length..]) ? TimeIso8601Length : -1;
            default:
                return -1;
        }
    }

    // Numbers are short: a loop costs less than the call of a vectorised search.
    private static int RunOfDigits(ReadOnlySpan<byte> text)
    {
        text = text[..Math.Min(text.Length, LongestNumber)];
        var length = 0;
        while (length < text.Length && IsDigit(text[length]))
        {
            length++;
        }

        return length;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int LastRunOfDigits(ReadOnlySpan<byte> content, int start, int end)
    {
        if (end >= Vector128<byte>.Count)
        {
            // Of the sixteen bytes before the end, a bit for each that is no digit: the highest says where the digits begin.
            var others = ~Vector128.LessThan(Vector128.Create(content.Slice(end - Vector128<byte>.Count, Vector128<byte>.Count)) - Vector128.Create((byte)'0'), Vector128.Create((byte)10))
                .ExtractMostSignificantBits() & ushort.MaxValue;
            if (others != 0)
            {
                return Math.Min(Vector128<byte>.Count - 1 - BitOperations.Log2(others), end - start);
            }
        }

        var first = end;
        var limit = Math.Max(start, end - LongestNumber);
        while (first > limit && IsDigit(content[first - 1]))
        {
            first--;
        }

        return end - first;
    }

    private static int MeasureNumber(ReadOnlySpan<byte> text)
    {
        var whole = RunOfDigits(text);
        return whole < text.Length && text[whole] == (byte)'.' ? whole + 1 + RunOfDigits(text[(whole + 1)..]) : whole;
    }

    private static int MeasureList(ReadOnlySpan<byte> text)
    {
        var end = 0;
        while (end < text.Length)
        {
            var space = text[end..].IndexOf((byte)' ');
            if (space < 0)
            {
                return text.Length;
            }

            end += space;
            if (end > 0 && text[end - 1] == (byte)',')
            {
                end++;
            }
            else if (text[end..].StartsWith(" : "u8))
            {
                end += 3;
            }
            else
            {
                return end;
            }
        }

        return text.Length;
    }

    /// <summary>Digits and what stands between them; of the sign, the comma lies between plus and minus. The month's name is read later.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsTimeLocal(ReadOnlySpan<byte> text) =>
        LiesBetween(text[..16], "00/\0\0\0/0000:00:0"u8, HighestBeginning) &&
        LiesBetween(text[10..26], "0:00:00:00 +0000"u8, "9:99:99:99 -9999"u8) && text[21] != (byte)',';

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool LiesBetween(ReadOnlySpan<byte> text, ReadOnlySpan<byte> lowest, ReadOnlySpan<byte> highest)
    {
        var bytes = Vector128.Create(text);
        return Vector128.Max(bytes, Vector128.Create(lowest)) == bytes && Vector128.Min(bytes, Vector128.Create(highest)) == bytes;
    }

    private static bool IsTimeIso8601(ReadOnlySpan<byte> text) =>
        text[4] == (byte)'-' && text[7] == (byte)'-' && text[10] == (byte)'T' && text[13] == (byte)':' && text[16] == (byte)':' &&
        text[19] is (byte)'+' or (byte)'-' && text[22] == (byte)':' && AreDigits(text[..4]) && AreDigits(text[5..7]) &&
        AreDigits(text[8..10]) && AreDigits(text[11..13]) && AreDigits(text[14..16]) && AreDigits(text[17..19]);

    private static bool AreDigits(ReadOnlySpan<byte> text)
    {
        foreach (var character in text)
        {
            if (!IsDigit(character))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsDigit(byte character) => (uint)(character - '0') <= 9;
}
