using System.Buffers.Binary;
using System.Buffers.Text;
using System.Runtime.CompilerServices;
using LogShipper.Parsing;

namespace LogShipper.Signals;

/// <summary>Numbers as nginx writes them.</summary>
internal static class SignalNumbers
{
    /// <summary>A longer one is a forged or broken number.</summary>
    private const double LongestSeconds = 24 * 60 * 60;

    /// <summary>So many digits fit, whatever they are.</summary>
    private const int CertainDigits = 18;

    /// <summary>The digits before the point, with it and three behind it.</summary>
    private const int UsualDecimals = 4;

    private const ulong Zeros = 0x3030303030303030;
    private const ulong HighBits = 0x8080808080808080;

    /// <summary>Added to a byte it sets the highest bit where that is more than 9.</summary>
    private const ulong Above9 = 0x7676767676767676;

    /// <summary>A whole number above zero; anything else is 0.</summary>
    public static long WholeOf(ReadOnlySpan<byte> digits)
    {
        if (TryRead(digits, out var usual))
        {
            return usual;
        }

        return Utf8Parser.TryParse(digits, out long number, out var consumed) && consumed == digits.Length && number > 0 ? number : 0;
    }

    /// <summary>The same for digits in a line; up to eight of them are read at once, since nothing foretells how many there are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long WholeOf(ReadOnlySpan<byte> line, TextPlace place)
    {
        if (place.Length is >= 1 and <= sizeof(ulong) && place.End >= sizeof(ulong))
        {
            // What stands before the first digit becomes zeros.
            var kept = ulong.MaxValue << (8 * (sizeof(ulong) - place.Length));
            var digits = (BinaryPrimitives.ReadUInt64LittleEndian(line[(place.End - sizeof(ulong))..]) ^ Zeros) & kept;
            if (((digits | (digits + Above9)) & HighBits) == 0)
            {
                // Pairs, then fours, then eight of them side by side; the first digit stands in the lowest byte.
                digits = (digits * 10) + (digits >> 8);
                digits = ((digits & 0x00ff00ff_00ff00ff) * 100) + ((digits >> 16) & 0x00ff00ff_00ff00ff);
                return (long)(((digits & 0xffff) * 10_000) + ((digits >> 32) & 0xffff));
            }
        }

        return WholeOf(line.Slice(place.Start, place.Length));
    }

    /// <summary>Of seconds; -1: they are no duration.</summary>
    public static int MillisecondsOf(ReadOnlySpan<byte> seconds)
    {
        // nginx writes three decimals, always.
        if (seconds is [.. var whole, (byte)'.', _, _, _] && whole.Length <= UsualDecimals && TryRead(whole, out var usual) && TryRead(seconds[^3..], out var decimals))
        {
            return (int)((usual * 1000) + decimals);
        }

        return Utf8Parser.TryParse(seconds, out double value, out var consumed) && consumed == seconds.Length && value is >= 0 and <= LongestSeconds
            ? (int)Math.Round(value * 1000)
            : -1;
    }

    /// <summary>Of <c>0.012, 0.003 : 0.100</c> the sum (each is one upstream that was tried); <c>-</c> stands for one that never answered.</summary>
    public static int SumOfMilliseconds(ReadOnlySpan<byte> times)
    {
        var sum = -1;
        while (!times.IsEmpty)
        {
            var length = times.IndexOfAny(" ,:"u8);
            var time = length < 0 ? times : times[..length];
            if (MillisecondsOf(time) is >= 0 and var milliseconds)
            {
                sum = Math.Max(0, sum) + milliseconds;
            }

            times = length < 0 ? [] : times[(length + 1)..];
        }

        return sum;
    }

    private static bool TryRead(ReadOnlySpan<byte> digits, out long number)
    {
        number = 0;
        if (digits.Length is 0 or > CertainDigits)
        {
            return false;
        }

        foreach (var character in digits)
        {
            var digit = (uint)(character - '0');
            if (digit > 9)
            {
                return false;
            }

            number = (number * 10) + digit;
        }

        return true;
    }
}
