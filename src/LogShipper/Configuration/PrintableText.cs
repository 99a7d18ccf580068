using System.Buffers;
using System.Globalization;
using System.Text;

namespace LogShipper.Configuration;

/// <summary>Text of unknown origin, made fit for a line on a terminal: what it would obey or not show is escaped, length bounded.</summary>
internal static class PrintableText
{
    private const int LongestValue = 120;

    /// <summary>
    /// What a terminal obeys, or does not show, becomes <c>\uXXXX</c>, as JSON has it: control and format characters (direction marks, tags, what
    /// has no width), separators of lines, and what is for private use. Text of all languages stays as it is.
    /// </summary>
    public static string Escape(string text)
    {
        var first = 0;
        while (first < text.Length && LengthOfShown(text.AsSpan(first)) is > 0 and var length)
        {
            first += length;
        }

        if (first == text.Length)
        {
            return text;
        }

        var escaped = new StringBuilder(text, 0, first, text.Length + 16);
        for (var rest = text.AsSpan(first); !rest.IsEmpty;)
        {
            if (LengthOfShown(rest) is > 0 and var length)
            {
                escaped.Append(rest[..length]);
                rest = rest[length..];
                continue;
            }

            // Half a character cannot stand in JSON, not even escaped.
            var isWhole = Rune.DecodeFromUtf16(rest, out _, out var units) == OperationStatus.Done;
            foreach (var unit in rest[..units])
            {
                escaped.Append(CultureInfo.InvariantCulture, $"\\u{(isWhole ? unit : Rune.ReplacementChar.Value):x4}");
            }

            rest = rest[units..];
        }

        return escaped.ToString();
    }

    /// <summary>In quotation marks, escaped, and cut when it is long.</summary>
    public static string Quote(string text) =>
        text.Length <= LongestValue ? $"\"{Escape(text)}\"" : $"\"{Escape(text[..(char.IsHighSurrogate(text[LongestValue - 1]) ? LongestValue - 1 : LongestValue)])}…\" ({text.Length} characters)";

    /// <summary>What an exception says, fit to stand inside a sentence.</summary>
    public static string Message(Exception exception) => Escape(exception.Message).TrimEnd('.');

    /// <summary>How many UTF-16 units the first character has, if it is shown as it is; 0: it is not.</summary>
    private static int LengthOfShown(ReadOnlySpan<char> text)
    {
        if (char.IsAscii(text[0]))
        {
            return char.IsControl(text[0]) ? 0 : 1;
        }

        return Rune.DecodeFromUtf16(text, out var character, out var length) == OperationStatus.Done && IsShown(character) ? length : 0;
    }

    private static bool IsShown(Rune character) => Rune.GetUnicodeCategory(character) switch
    {
        UnicodeCategory.Control or UnicodeCategory.PrivateUse or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => false,

        // Signs of Arabic, Syriac and Kaithi that stand before numbers: format, to Unicode, and to be seen.
        UnicodeCategory.Format => character.Value is (>= 0x0600 and <= 0x0605) or 0x06dd or 0x070f or 0x0890 or 0x0891 or 0x08e2 or 0x110bd or 0x110cd,
        _ => true,
    };
}
