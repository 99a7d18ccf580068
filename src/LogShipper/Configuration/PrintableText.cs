using System.Globalization;
using System.Text;

namespace LogShipper.Configuration;

/// <summary>Text of unknown origin, made fit for a line on a terminal: control characters escaped, length bounded.</summary>
internal static class PrintableText
{
    private const int LongestValue = 120;

    /// <summary>Control characters (line separators and the direction marks of Unicode with them) become <c>\u00XX</c>.</summary>
    public static string Escape(string text)
    {
        var first = 0;
        while (first < text.Length && !MustBeEscaped(text[first]))
        {
            first++;
        }

        if (first == text.Length)
        {
            return text;
        }

        var escaped = new StringBuilder(text, 0, first, text.Length + 16);
        foreach (var character in text.AsSpan(first))
        {
            if (MustBeEscaped(character))
            {
                escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
            }
            else
            {
                escaped.Append(character);
            }
        }

        return escaped.ToString();
    }

    /// <summary>In quotation marks, escaped, and cut when it is long.</summary>
    public static string Quote(string text) =>
        text.Length <= LongestValue ? $"\"{Escape(text)}\"" : $"\"{Escape(text[..LongestValue])}…\" ({text.Length} characters)";

    /// <summary>What an exception says, fit to stand inside a sentence.</summary>
    public static string Message(Exception exception) => Escape(exception.Message).TrimEnd('.');

    public static bool MustBeEscaped(char character) =>
        char.IsControl(character) || character is '\u061c' or '\u200e' or '\u200f' or '\u2028' or '\u2029' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
