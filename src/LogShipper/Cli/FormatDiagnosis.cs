using System.Text;
using System.Text.Json;
using LogShipper.Configuration;
using LogShipper.Parsing;
using LogShipper.Tailing;

namespace LogShipper.Cli;

/// <summary>Why a record does not fit a format: up to which variable it does.</summary>
internal static class FormatDiagnosis
{
    private const string Rest = "logshipper_rest";

    private const int ShownCharacters = 60;

    /// <summary>One sentence, without the format's name.</summary>
    public static string Explain(string format, ReadOnlySpan<byte> content) => format switch
    {
        "error" => ExplainError(content),
        "json" => ExplainJson(content),
        "combined" => ExplainTemplate(LogFormatCompiler.Combined, content),
        "main" => ExplainTemplate(LogFormatCompiler.Main, content),
        _ => ExplainTemplate(format, content),
    };

    private static string ExplainError(ReadOnlySpan<byte> content) => ErrorLogFraming.StartsRecord(content)
        ? "it begins as a line of error.log does, but what follows the time does not read as one"
        : "it does not begin as a line of error.log does: 2026/08/22 10:00:00 [error] 7#7: …";

    private static string ExplainJson(ReadOnlySpan<byte> content)
    {
        try
        {
            var reader = new Utf8JsonReader(content);
            while (reader.Read())
            {
            }

            return "it is JSON, but no object of at most 128 members";
        }
        catch (JsonException exception)
        {
            return $"it is no JSON object: at column {(exception.BytePositionInLine ?? 0) + 1}{Shown(content, (int)(exception.BytePositionInLine ?? 0))}";
        }
    }

    /// <summary>Tries ever longer beginnings of the format, with a variable that takes the rest; the longest that fits says where the line departs from it.</summary>
    private static string ExplainTemplate(string format, ReadOnlySpan<byte> content)
    {
        var variables = VariablesOf(format);
        for (var index = variables.Count - 1; index >= 0; index--)
        {
            var (start, end) = variables[index];
            if (TryBeginning(format[..start], content, out var at))
            {
                var next = index + 1 < variables.Count ? variables[index + 1].Start : format.Length;
                return $"it departs at column {at + 1}, where {Described(format[start..end], format[end..next])} should stand{Shown(content, at)}";
            }
        }

        return "it does not begin as the format does";
    }

    private static string Described(string variable, string literal) => literal.Length == 0
        ? $"{PrintableText.Escape(variable)} at the end of the line"
        : $"{PrintableText.Escape(variable)} and then {PrintableText.Quote(literal)}";

    private static bool TryBeginning(string beginning, ReadOnlySpan<byte> content, out int at)
    {
        at = 0;
        if (LogParser.Compile([$"{beginning}${Rest}"], TimeZoneInfo.Utc, []) is not { } parser)
        {
            return false;
        }

        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(Math.Max(1, content.Length));
        content.CopyTo(buffer);
        using var batch = new Batch(default, 0, content.Length, buffer, 0, content.Length, RecordFraming.LinePerRecord);
        var record = new Record(new RawRecord(0, 0, batch.Bytes, RecordFlags.None), batch);
        if (!parser.Parse(ref record))
        {
            return false;
        }

        at = record.TryGet(System.Text.Encoding.ASCII.GetBytes(Rest), out var rest) ? content.Length - rest.Value.Length : content.Length;
        return true;
    }

    private static List<(int Start, int End)> VariablesOf(string format)
    {
        var variables = new List<(int, int)>();
        for (var start = format.IndexOf('$', StringComparison.Ordinal); start >= 0; start = format.IndexOf('$', start + 1))
        {
            var end = start + 1;
            var braced = end < format.Length && format[end] == '{';
            end += braced ? 1 : 0;
            while (end < format.Length && (char.IsAsciiLetterOrDigit(format[end]) || format[end] == '_'))
            {
                end++;
            }

            variables.Add((start, braced && end < format.Length ? end + 1 : end));
        }

        return variables;
    }

    private static string Shown(ReadOnlySpan<byte> content, int at)
    {
        if (at >= content.Length)
        {
            return "; there the line ends";
        }

        var text = Encoding.UTF8.GetString(content[at..Math.Min(content.Length, at + ShownCharacters)]);
        return $"; there it says {PrintableText.Quote(text)}";
    }
}
