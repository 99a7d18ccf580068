using System.Diagnostics.CodeAnalysis;
using System.Text;
using LogShipper.Payloads;

namespace LogShipper.Sinks.Elasticsearch;

/// <summary>
/// The name of an index or data stream, with a date pattern where it has one: <c>nginx-{0:yyyy.MM.dd}</c>.
/// The date is that of the record, in UTC, so that a record sent again after midnight goes to the same index.
/// </summary>
internal sealed class IndexName
{
    /// <summary>What may be written, for messages.</summary>
    public const string Allowed = "lower-case letters, digits, - _ . +, not beginning with - _ +, with a date pattern of yyyy, yy, MM, dd and HH such as nginx-{0:yyyy.MM.dd}";

    private const int LongestBytes = 255;
    private const string Forbidden = "\\/*?\"<>| ,#:";

    private readonly Part[] _parts;

    private IndexName(string text, Part[] parts)
    {
        Text = text;
        _parts = parts;
        HasDate = parts.Any(part => part.Kind != PartKind.Literal);
    }

    private enum PartKind : byte
    {
        Literal,
        Year,
        YearOfCentury,
        Month,
        Day,
        Hour,
    }

    /// <summary>As it stands in the configuration.</summary>
    public string Text { get; }

    /// <summary>Whether the name depends on the record's time.</summary>
    public bool HasDate { get; }

    /// <summary>A pattern that matches every name that it makes: <c>nginx-*</c>; the name itself where it has no date.</summary>
    public string Wildcard
    {
        get
        {
            var pattern = new StringBuilder();
            foreach (var part in _parts)
            {
                if (part.Kind == PartKind.Literal)
                {
                    pattern.Append(Encoding.UTF8.GetString(part.Text));
                }
                else if (pattern is not [.., '*'])
                {
                    pattern.Append('*');
                }
            }

            return HasDate ? CollapseDate(pattern.ToString()) : pattern.ToString();
        }
    }

    /// <summary>Reads a name as Elasticsearch allows it; else says in a sentence what is wrong.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out IndexName? name, [NotNullWhen(false)] out string? problem)
    {
        name = null;
        var parts = new List<Part>();
        problem = Split(text, parts);
        if (problem is not null)
        {
            return false;
        }

        var candidate = new IndexName(text, [.. parts]);
        problem = Check(candidate.For(new DateTime(2000, 12, 31, 23, 0, 0, DateTimeKind.Utc).Ticks));
        if (problem is not null)
        {
            return false;
        }

        name = candidate;
        return true;
    }

    /// <summary>What is wrong with a name, as a part of a sentence; null: nothing.</summary>
    public static string? FaultOf(string text) =>
        TryParse(text, out _, out var problem) ? null : char.ToLowerInvariant(problem[0]) + problem[1..].TrimEnd('.');

    /// <summary>The name for a record of that time.</summary>
    public string For(long timeTicks)
    {
        using var buffer = new PayloadBuffer(LongestBytes);
        Write(timeTicks, buffer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Appends the name for a record of that time; the name needs no escaping in JSON.</summary>
    public void Write(long timeTicks, PayloadBuffer output)
    {
        var time = new DateTime(Math.Clamp(timeTicks, 0, DateTime.MaxValue.Ticks), DateTimeKind.Utc);
        foreach (var part in _parts)
        {
            switch (part.Kind)
            {
                case PartKind.Literal:
                    output.Write(part.Text);
                    break;
                case PartKind.Year:
                    WriteTwoDigits(time.Year / 100, output);
                    WriteTwoDigits(time.Year % 100, output);
                    break;
                case PartKind.YearOfCentury:
                    WriteTwoDigits(time.Year % 100, output);
                    break;
                case PartKind.Month:
                    WriteTwoDigits(time.Month, output);
                    break;
                case PartKind.Day:
                    WriteTwoDigits(time.Day, output);
                    break;
                case PartKind.Hour:
                    WriteTwoDigits(time.Hour, output);
                    break;
            }
        }
    }

    private static void WriteTwoDigits(int number, PayloadBuffer output)
    {
        var digits = output.GetSpan(2);
        digits[0] = (byte)('0' + (number / 10));
        digits[1] = (byte)('0' + (number % 10));
        output.Advance(2);
    }

    private static string? Split(string text, List<Part> parts)
    {
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            var open = rest.IndexOfAny('{', '}');
            if (open < 0)
            {
                AddLiteral(rest, parts);
                return null;
            }

            AddLiteral(rest[..open], parts);
            rest = rest[open..];
            var close = rest.IndexOf('}');
            if (!rest.StartsWith("{0:") || close < 0)
            {
                return "A date pattern looks like {0:yyyy.MM.dd}.";
            }

            if (SplitDate(rest[3..close], parts) is { } problem)
            {
                return problem;
            }

            rest = rest[(close + 1)..];
        }

        return null;
    }

    private static string? SplitDate(ReadOnlySpan<char> date, List<Part> parts)
    {
        if (date.IsEmpty)
        {
            return "The date pattern is empty: {0:yyyy.MM.dd} is one.";
        }

        while (!date.IsEmpty)
        {
            var first = date[0];
            var run = date.IndexOfAnyExcept(first);
            run = run < 0 ? date.Length : run;
            if (!char.IsAsciiLetter(first))
            {
                AddLiteral(date[..run], parts);
            }
            else if (KindOf(date[..run]) is { } kind)
            {
                parts.Add(new Part(kind, []));
            }
            else
            {
                return $"'{date[..run]}' is not known in a date pattern: yyyy, yy, MM, dd and HH are.";
            }

            date = date[run..];
        }

        return null;
    }

    private static PartKind? KindOf(ReadOnlySpan<char> letters) => letters switch
    {
        "yyyy" => PartKind.Year,
        "yy" => PartKind.YearOfCentury,
        "MM" => PartKind.Month,
        "dd" => PartKind.Day,
        "HH" => PartKind.Hour,
        _ => null,
    };

    private static void AddLiteral(ReadOnlySpan<char> text, List<Part> parts)
    {
        if (!text.IsEmpty)
        {
            parts.Add(new Part(PartKind.Literal, Encoding.UTF8.GetBytes(text.ToString())));
        }
    }

    private static string? Check(string name)
    {
        if (name.Length == 0)
        {
            return "An index name must not be empty.";
        }

        if (name is "." or "..")
        {
            return "An index name must not be '.' or '..'.";
        }

        if (name[0] is '-' or '_' or '+')
        {
            return $"An index name must not begin with '{name[0]}'.";
        }

        foreach (var letter in name)
        {
            if (Forbidden.Contains(letter) || char.IsControl(letter) || char.IsSurrogate(letter))
            {
                return char.IsControl(letter) || char.IsSurrogate(letter)
                    ? $"An index name must not contain U+{(int)letter:X4}."
                    : $"An index name must not contain '{letter}'.";
            }
        }

        if (!string.Equals(name, name.ToLowerInvariant(), StringComparison.Ordinal))
        {
            return "An index name must be in lower case.";
        }

        return Encoding.UTF8.GetByteCount(name) > LongestBytes ? $"An index name must not be longer than {LongestBytes} bytes." : null;
    }

    /// <summary><c>nginx-*.*.*</c> says no more than <c>nginx-*</c>.</summary>
    private static string CollapseDate(string pattern)
    {
        var first = pattern.IndexOf('*', StringComparison.Ordinal);
        var last = pattern.LastIndexOf('*');
        return string.Concat(pattern.AsSpan(0, first + 1), pattern.AsSpan(last + 1));
    }

    private readonly record struct Part(PartKind Kind, byte[] Text);
}
