using System.Numerics;
using System.Runtime.Intrinsics;

namespace LogShipper.Payloads;

internal enum AddressKind : byte
{
    /// <summary>A name, a socket, rubbish.</summary>
    None,

    /// <summary>Not reachable from outside: loopback, link-local and private ranges.</summary>
    Private,

    Public,
}

/// <summary>What may go into a field of type <c>ip</c>. As strict as Elasticsearch, which refuses a document with a bad one.</summary>
internal static class NetworkAddress
{
    public static bool IsAddress(ReadOnlySpan<byte> text) => Look(text) != AddressKind.None;

    /// <summary>Whether the first <paramref name="length"/> bytes of <paramref name="text"/> are an address: faster for IPv4 where sixteen bytes can be looked at.</summary>
    public static bool IsAddress(ReadOnlySpan<byte> text, int length)
    {
        // An octet looks at three bytes, wherever it begins.
        if (length is >= 7 and <= 15 && text.Length >= Vector128<byte>.Count + 2)
        {
            var bytes = Vector128.Create(text[..Vector128<byte>.Count]);
            var inside = (1u << length) - 1;
            var points = Vector128.Equals(bytes, Vector128.Create((byte)'.')).ExtractMostSignificantBits() & inside;
            var digits = Vector128.LessThan(bytes - Vector128.Create((byte)'0'), Vector128.Create((byte)10)).ExtractMostSignificantBits() & inside;
            if ((points | digits) == inside)
            {
                var first = BitOperations.TrailingZeroCount(points);
                points &= points - 1;
                var second = BitOperations.TrailingZeroCount(points);
                points &= points - 1;
                var third = BitOperations.TrailingZeroCount(points);
                return points != 0 && (points & (points - 1)) == 0 &&
                    (IsOctet(text, 0, first) & IsOctet(text, first + 1, second) & IsOctet(text, second + 1, third) & IsOctet(text, third + 1, length));
            }
        }

        return IsAddress(text[..length]);
    }

    /// <summary>What kind of address the text is.</summary>
    public static AddressKind Look(ReadOnlySpan<byte> text)
    {
        Span<byte> octets = stackalloc byte[4];
        if (TryReadIPv4(text, octets))
        {
            return octets[0] is 10 or 127 || (octets[0] == 192 && octets[1] == 168) ||
                (octets[0] == 172 && octets[1] is >= 16 and <= 31) || (octets[0] == 169 && octets[1] == 254)
                ? AddressKind.Private : AddressKind.Public;
        }

        if (!IsIPv6(text))
        {
            return AddressKind.None;
        }

        return text.SequenceEqual("::1"u8) || (text.Length > 4 && text[4] == (byte)':' && ((text[0] | 0x20) == 'f') &&
            ((text[1] | 0x20) is 'c' or 'd' || ((text[1] | 0x20) == 'e' && (text[2] | 0x20) is '8' or '9' or 'a' or 'b')))
            ? AddressKind.Private : AddressKind.Public;
    }

    /// <summary>Digits that make a number up to 255, without a leading zero, which means octal to some readers. Without a branch:
    /// how long it is, nothing foretells.</summary>
    private static bool IsOctet(ReadOnlySpan<byte> text, int start, int end)
    {
        var length = end - start;
        var digits = text.Slice(start, 3);
        var number = (digits[0] * 100) + (digits[1] * 10) + digits[2] - ('0' * 111);
        return ((uint)(length - 1) < 3) & ((length == 1) | (digits[0] != (byte)'0')) & ((length < 3) | (number <= 255));
    }

    private static bool IsIPv4(ReadOnlySpan<byte> text)
    {
        Span<byte> octets = stackalloc byte[4];
        return TryReadIPv4(text, octets);
    }

    private static bool TryReadIPv4(ReadOnlySpan<byte> text, Span<byte> octets)
    {
        if (text.Length is < 7 or > 15)
        {
            return false;
        }

        var octet = 0;
        var value = 0u;
        var digits = 0;
        foreach (var character in text)
        {
            var digit = (uint)(character - '0');
            if (digit <= 9)
            {
                // A leading zero means octal to some readers.
                if (digits > 0 && value == 0)
                {
                    return false;
                }

                value = (value * 10) + digit;
                digits++;
                continue;
            }

            if (character != (byte)'.' || digits is 0 or > 3 || value > 255 || octet == 3)
            {
                return false;
            }

            octets[octet++] = (byte)value;
            value = 0;
            digits = 0;
        }

        if (octet != 3 || digits is 0 or > 3 || value > 255)
        {
            return false;
        }

        octets[3] = (byte)value;
        return true;
    }

    private static bool IsIPv6(ReadOnlySpan<byte> text)
    {
        if (text.Length is < 2 or > 45)
        {
            return false;
        }

        var groups = 0;
        var compressed = false;
        while (!text.IsEmpty)
        {
            if (text.StartsWith("::"u8))
            {
                if (compressed)
                {
                    return false;
                }

                compressed = true;
                text = text[2..];
                if (text.IsEmpty)
                {
                    break;
                }
            }
            else if (groups > 0)
            {
                if (text[0] != (byte)':')
                {
                    return false;
                }

                text = text[1..];
            }

            var end = text.IndexOf((byte)':');
            var group = end < 0 ? text : text[..end];
            if (end < 0 && group.Contains((byte)'.'))
            {
                if (!IsIPv4(group))
                {
                    return false;
                }

                groups += 2;
            }
            else if (IsGroup(group))
            {
                groups++;
            }
            else
            {
                return false;
            }

            text = text[group.Length..];
        }

        return compressed ? groups < 8 : groups == 8;
    }

    private static bool IsGroup(ReadOnlySpan<byte> group)
    {
        if (group.Length is 0 or > 4)
        {
            return false;
        }

        foreach (var character in group)
        {
            if (!char.IsAsciiHexDigit((char)character))
            {
                return false;
            }
        }

        return true;
    }
}
