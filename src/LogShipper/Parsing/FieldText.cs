using System.Text;

namespace LogShipper.Parsing;

/// <summary>Undoes the escapes of values. What is no escape stays as it is; nothing gets longer.</summary>
internal static class FieldText
{
    /// <summary>Writes the bytes that <paramref name="value"/> stands for; <paramref name="destination"/> is at least as long.</summary>
    /// <returns>How many.</returns>
    public static int Decode(ReadOnlySpan<byte> value, FieldEncoding encoding, Span<byte> destination)
    {
        var written = 0;
        while (true)
        {
            var escape = encoding == FieldEncoding.Raw ? -1 : value.IndexOf((byte)'\\');
            var plain = escape < 0 ? value : value[..escape];
            plain.CopyTo(destination[written..]);
            written += plain.Length;
            if (escape < 0)
            {
                return written;
            }

            value = value[escape..];
            var used = encoding == FieldEncoding.HexEscapes
                ? DecodeHex(value, destination, ref written)
                : DecodeJson(value, destination, ref written);
            value = value[used..];
        }
    }

    private static int DecodeHex(ReadOnlySpan<byte> value, Span<byte> destination, ref int written)
    {
        if (value.Length >= 4 && value[1] == (byte)'x' && Hex(value[2]) is >= 0 and var high && Hex(value[3]) is >= 0 and var low)
        {
            destination[written++] = (byte)((high << 4) | low);
            return 4;
        }

        destination[written++] = value[0];
        return 1;
    }

    private static int DecodeJson(ReadOnlySpan<byte> value, Span<byte> destination, ref int written)
    {
        if (value.Length < 2)
        {
            destination[written++] = value[0];
            return 1;
        }

        var character = value[1] switch
        {
            (byte)'n' => (byte)'\n',
            (byte)'r' => (byte)'\r',
            (byte)'t' => (byte)'\t',
            (byte)'b' => (byte)'\b',
            (byte)'f' => (byte)'\f',
            (byte)'"' or (byte)'\\' or (byte)'/' => value[1],
            _ => (byte)0,
        };
        if (character != 0)
        {
            destination[written++] = character;
            return 2;
        }

        var unit = CodeUnit(value);
        if (unit < 0)
        {
            destination[written++] = value[0];
            return 1;
        }

        var used = 6;
        if (!Rune.TryCreate((char)unit, out var rune))
        {
            var second = CodeUnit(value[6..]);
            if (second >= 0 && Rune.TryCreate((char)unit, (char)second, out rune))
            {
                used = 12;
            }
            else
            {
                rune = Rune.ReplacementChar;
            }
        }

        written += rune.EncodeToUtf8(destination[written..]);
        return used;
    }

    private static int CodeUnit(ReadOnlySpan<byte> value)
    {
        if (value.Length < 6 || value[0] != (byte)'\\' || value[1] != (byte)'u')
        {
            return -1;
        }

        var unit = 0;
        for (var index = 2; index < 6; index++)
        {
            var digit = Hex(value[index]);
            if (digit < 0)
            {
                return -1;
            }

            unit = (unit << 4) | digit;
        }

        return unit;
    }

    /// <summary>Value of a hexadecimal digit; -1: it is none.</summary>
    public static int Hex(byte character) => character switch
    {
        >= (byte)'0' and <= (byte)'9' => character - '0',
        >= (byte)'A' and <= (byte)'F' => character - 'A' + 10,
        >= (byte)'a' and <= (byte)'f' => character - 'a' + 10,
        _ => -1,
    };
}
