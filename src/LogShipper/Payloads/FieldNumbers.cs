using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using LogShipper.Parsing;

namespace LogShipper.Payloads;

/// <summary>Numbers as nginx writes them.</summary>
internal static class FieldNumbers
{
    private const int MostDigits = 18;

    private static readonly SearchValues<byte> DecimalBytes = SearchValues.Create("0123456789."u8);

    /// <summary>Digits only, leading zeros allowed (<c>009</c> is 9), in the range of a long.</summary>
    public static bool TryLong(ReadOnlySpan<byte> text, out long number)
    {
        number = 0;
        if (text.Length is 0 or > MostDigits)
        {
            return false;
        }

        foreach (var digit in text)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return false;
            }

            number = (number * 10) + (digit - '0');
        }

        return true;
    }

    /// <summary>Sixteen digits at most that stand as they would be written, without a leading zero; <paramref name="content"/> goes on for as many bytes from their start.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsPlain(ReadOnlySpan<byte> content, TextPlace place)
    {
        if (place.Length is 0 or > 16)
        {
            return false;
        }

        // One look rather than a loop, whose end nothing foretells.
        var bytes = content.Slice(place.Start, Vector128<byte>.Count);
        var digits = Vector128.LessThan(Vector128.Create(bytes) - Vector128.Create((byte)'0'), Vector128.Create((byte)10)).ExtractMostSignificantBits();
        var inside = (1u << place.Length) - 1;
        return (digits & inside) == inside && (bytes[0] != (byte)'0' || place.Length == 1);
    }

    /// <summary>What is below it has eight digits at most.</summary>
    public const uint EightDigits = 100_000_000;

    /// <summary>The eight digits of a number, leading zeros included, the first of them in the lowest byte: halves, quarters and eighths are cut apart side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Digits(uint number)
    {
        ulong halves = (number / 10_000) | ((ulong)(number % 10_000) << 32);
        var hundreds = ((halves * 10_486) >> 20) & 0x0000007f_0000007f;
        var quarters = hundreds | ((halves - (hundreds * 100)) << 16);
        var tens = ((quarters * 103) >> 10) & 0x000f_000f_000f_000f;
        return (tens | ((quarters - (tens * 10)) << 8)) | 0x3030_3030_3030_3030;
    }

    /// <summary>Seconds with a fraction, in nanoseconds.</summary>
    public static bool TryNanoseconds(ReadOnlySpan<byte> seconds, out long nanoseconds)
    {
        nanoseconds = 0;
        var point = seconds.IndexOf((byte)'.');
        var whole = point < 0 ? seconds : seconds[..point];
        var fraction = point < 0 ? [] : seconds[(point + 1)..];
        if (whole.Length > 9 || !TryLong(whole, out var number) || (point >= 0 && !TryLong(fraction, out _)))
        {
            return false;
        }

        nanoseconds = number * 1_000_000_000;
        var scale = 100_000_000L;
        foreach (var digit in fraction)
        {
            nanoseconds += (digit - '0') * scale;
            scale /= 10;
        }

        return true;
    }

    /// <summary>Whether it is a JSON number without sign and exponent, such as <c>3.20</c>.</summary>
    public static bool IsDecimal(ReadOnlySpan<byte> text)
    {
        if (text.Length is 0 or > MostDigits || text.ContainsAnyExcept(DecimalBytes) || text[0] == (byte)'.' || text[^1] == (byte)'.' || text.Count((byte)'.') > 1)
        {
            return false;
        }

        return text[0] != (byte)'0' || text.Length == 1 || text[1] == (byte)'.';
    }
}
