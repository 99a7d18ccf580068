using System.Buffers;

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

    /// <summary>Digits that stand as they would be written: in the range of a long, without a leading zero.</summary>
    public static bool IsPlain(ReadOnlySpan<byte> text)
    {
        if (text.Length is 0 or > MostDigits || (text[0] == (byte)'0' && text.Length > 1))
        {
            return false;
        }

        foreach (var digit in text)
        {
            if ((uint)(digit - '0') > 9)
            {
                return false;
            }
        }

        return true;
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
