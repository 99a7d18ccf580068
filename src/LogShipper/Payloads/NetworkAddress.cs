using System.Numerics;
using System.Runtime.CompilerServices;
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
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsAddress(ReadOnlySpan<byte> text, int length) =>
        (length is >= 7 and <= 15 && text.Length >= Vector128<byte>.Count && IsIPv4(Vector128.Create(text), length)) || IsAddress(text[..length]);

    /// <summary>
    /// Whether the first bytes are four numbers up to 255 without a leading zero, which means octal to some readers. A bit for each byte, and
    /// no branch: how long the numbers are, nothing foretells.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsIPv4(Vector128<byte> bytes, int length)
    {
        var inside = (1u << length) - 1;
        var points = Vector128.Equals(bytes, Vector128.Create((byte)'.')).ExtractMostSignificantBits() & inside;
        var digits = Vector128.LessThan(bytes - Vector128.Create((byte)'0'), Vector128.Create((byte)10)).ExtractMostSignificantBits() & inside;
        var zeros = Vector128.Equals(bytes, Vector128.Create((byte)'0')).ExtractMostSignificantBits();
        var twos = Vector128.Equals(bytes, Vector128.Create((byte)'2')).ExtractMostSignificantBits();
        var overTwo = Vector128.GreaterThan(bytes, Vector128.Create((byte)'2')).ExtractMostSignificantBits();
        var fives = Vector128.Equals(bytes, Vector128.Create((byte)'5')).ExtractMostSignificantBits();
        var overFive = Vector128.GreaterThan(bytes, Vector128.Create((byte)'5')).ExtractMostSignificantBits();

        // Where the numbers begin; of how many digits they are; and which of those of three begin with more than 255.
        var starts = (points << 1) | 1;
        var (second, third) = (digits >> 1, digits >> 2);
        var tooHigh = overTwo | (twos & ((overFive >> 1) | ((fives >> 1) & (overFive >> 2))));
        var wrong = (starts & ~digits) | (starts & zeros & second) | (starts & second & third & ((digits >> 3) | tooHigh));
        return (points | digits) == inside && BitOperations.PopCount(points) == 3 && wrong == 0;
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
