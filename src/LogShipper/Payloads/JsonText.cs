using System.Buffers;
using System.Text;

namespace LogShipper.Payloads;

/// <summary>Bytes of any kind as the inside of a JSON string: always valid, whatever they are.</summary>
internal static class JsonText
{
    /// <summary>The most bytes that one byte becomes (<c>\u001F</c>).</summary>
    public const int WorstGrowth = 6;

    private static readonly SearchValues<byte> Special = SearchValues.Create(SpecialBytes());

    private static ReadOnlySpan<byte> HexDigits => "0123456789abcdef"u8;

    /// <summary>Index of the first byte that cannot stand in a JSON string unseen; -1: none.</summary>
    public static int IndexOfSpecial(ReadOnlySpan<byte> text) => text.IndexOfAny(Special);

    /// <summary>Writes <paramref name="text"/> as the inside of a JSON string. Invalid UTF-8 becomes U+FFFD.</summary>
    /// <returns>How many bytes of <paramref name="destination"/> were filled; it holds <see cref="WorstGrowth"/> times the text.</returns>
    public static int Write(ReadOnlySpan<byte> text, Span<byte> destination)
    {
        var written = 0;
        while (true)
        {
            var special = text.IndexOfAny(Special);
            var plain = special < 0 ? text : text[..special];
            plain.CopyTo(destination[written..]);
            written += plain.Length;
            if (special < 0)
            {
                return written;
            }

            text = text[special..];
            if (text[0] < 0x80)
            {
                written += WriteEscape(text[0], destination[written..]);
                text = text[1..];
                continue;
            }

            var valid = Rune.DecodeFromUtf8(text, out _, out var used) == OperationStatus.Done;
            var character = valid ? text[..used] : "\uFFFD"u8;
            character.CopyTo(destination[written..]);
            written += character.Length;
            text = text[used..];
        }
    }

    private static int WriteEscape(byte character, Span<byte> destination)
    {
        destination[0] = (byte)'\\';
        switch (character)
        {
            case (byte)'"' or (byte)'\\':
                destination[1] = character;
                return 2;
            case (byte)'\n':
                destination[1] = (byte)'n';
                return 2;
            case (byte)'\r':
                destination[1] = (byte)'r';
                return 2;
            case (byte)'\t':
                destination[1] = (byte)'t';
                return 2;
            default:
                "u00"u8.CopyTo(destination[1..]);
                destination[4] = HexDigits[character >> 4];
                destination[5] = HexDigits[character & 15];
                return 6;
        }
    }

    private static byte[] SpecialBytes() =>
        [.. Enumerable.Range(0, 256).Where(value => value is < 0x20 or '"' or '\\' or >= 0x7f).Select(value => (byte)value)];
}
