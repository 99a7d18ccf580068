using System.Text;

namespace LogShipper.Parsing;

/// <summary>Compiles the text of nginx's <c>log_format</c>.</summary>
internal static class LogFormatCompiler
{
    public const string Combined = "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent \"$http_referer\" \"$http_user_agent\"";

    /// <summary>What the official image of nginx calls <c>main</c>.</summary>
    public const string Main = Combined + " \"$http_x_forwarded_for\"";

    public static readonly IRecordFormat CombinedFormat = CompileOnly(Combined);

    /// <summary>What nginx's documentation calls <c>compression</c>, often kept under the name of <c>combined</c>.</summary>
    public static readonly IRecordFormat CombinedFormatWithRatio = CompileOnly(Combined + " \"$gzip_ratio\"");

    /// <summary>Adds the format. Returns what is wrong with the text, or null.</summary>
    public static string? Compile(string text, List<IRecordFormat> formats)
    {
        var format = StripDirective(text.Trim(), out var escape, out var problem);
        if (problem is not null)
        {
            return problem;
        }

        var lead = new StringBuilder();
        var parts = new List<(string Name, string Separator)>();
        problem = Cut(format, lead, parts);
        if (problem is not null)
        {
            return problem;
        }

        if (parts.Count == 0)
        {
            return "it has no variable; allowed are nginx's variables ($remote_addr, …) with text between them";
        }

        if (parts.Count > FieldTable.Capacity)
        {
            return $"it has {parts.Count} variables; at most {FieldTable.Capacity} are allowed";
        }

        formats.Add(Build(lead.ToString(), parts, escape));
        return null;
    }

    private static IRecordFormat CompileOnly(string text)
    {
        var formats = new List<IRecordFormat>();
        Compile(text, formats);
        return formats[0];
    }

    /// <summary>Takes away <c>log_format name</c>, <c>escape=…</c> and the quotes around the pieces of a whole directive.</summary>
    private static string StripDirective(string text, out LogEscape escape, out string? problem)
    {
        escape = LogEscape.Default;
        problem = null;
        var isDirective = text.StartsWith("log_format", StringComparison.Ordinal) && text.Length > "log_format".Length && char.IsWhiteSpace(text["log_format".Length]);
        if (isDirective)
        {
            text = SkipWord(SkipWord(text));
        }

        if (text.StartsWith("escape=", StringComparison.Ordinal))
        {
            var end = text.IndexOfAny([' ', '\t', '\r', '\n']);
            var value = end < 0 ? text["escape=".Length..] : text["escape=".Length..end];
            switch (value)
            {
                case "default":
                    break;
                case "json":
                    escape = LogEscape.Json;
                    break;
                case "none":
                    escape = LogEscape.None;
                    break;
                default:
                    problem = $"escape={value} is not known; allowed are escape=default, escape=json and escape=none";
                    return text;
            }

            text = end < 0 ? "" : text[end..].TrimStart();
        }

        return isDirective || text is ['\'', ..] ? JoinPieces(text, out problem) : text;
    }

    private static string SkipWord(string text)
    {
        var end = text.IndexOfAny([' ', '\t', '\r', '\n']);
        return end < 0 ? "" : text[end..].TrimStart();
    }

    /// <summary>nginx joins the quoted pieces of a directive without anything between them.</summary>
    private static string JoinPieces(string text, out string? problem)
    {
        problem = null;
        var joined = new StringBuilder();
        var index = 0;
        while (index < text.Length && text[index] is not ';')
        {
            if (char.IsWhiteSpace(text[index]))
            {
                index++;
                continue;
            }

            var quote = text[index++];
            if (quote is not ('\'' or '"'))
            {
                problem = $"'{quote}' stands between its quoted pieces; allowed are pieces in quotes and a semicolon at the end";
                return text;
            }

            while (index < text.Length && text[index] != quote)
            {
                if (text[index] == '\\' && index + 1 < text.Length)
                {
                    index++;
                    joined.Append(text[index] switch { 't' => "\t", 'n' => "\n", 'r' => "\r", '\\' or '\'' or '"' => text[index].ToString(), var other => $"\\{other}" });
                    index++;
                    continue;
                }

                joined.Append(text[index++]);
            }

            if (index == text.Length)
            {
                problem = $"a piece has no closing {quote}; allowed are pieces in quotes and a semicolon at the end";
                return text;
            }

            index++;
        }

        if (index < text.Length && text.AsSpan(index + 1).Trim() is { Length: > 0 })
        {
            problem = "something stands behind its semicolon; allowed is one format (several make a list)";
        }

        return joined.ToString();
    }

    private static string? Cut(string format, StringBuilder lead, List<(string Name, string Separator)> parts)
    {
        var literal = new StringBuilder();
        var index = 0;
        while (index < format.Length)
        {
            if (format[index] != '$')
            {
                literal.Append(format[index++]);
                continue;
            }

            var braced = index + 1 < format.Length && format[index + 1] == '{';
            var start = index + (braced ? 2 : 1);
            var end = start;
            while (end < format.Length && (char.IsAsciiLetterOrDigit(format[end]) || format[end] == '_'))
            {
                end++;
            }

            var name = format[start..end];
            if (name.Length == 0 || (braced && (end == format.Length || format[end] != '}')))
            {
                return $"the dollar sign at character {index + 1} starts no variable; allowed are $name and ${{name}}";
            }

            if (parts.Count == 0)
            {
                lead.Append(literal);
            }
            else if (literal.Length == 0)
            {
                return $"nothing separates ${parts[^1].Name} from ${name}, so nobody can tell where one ends; allowed is any text between them, such as a space";
            }
            else
            {
                parts[^1] = (parts[^1].Name, literal.ToString());
            }

            parts.Add((name, ""));
            literal.Clear();
            index = braced ? end + 1 : end;
        }

        if (parts.Count > 0)
        {
            parts[^1] = (parts[^1].Name, literal.ToString());
        }

        return HasBreak(lead.ToString()) || parts.Exists(part => HasBreak(part.Separator)) || (parts.Count == 0 && HasBreak(literal.ToString()))
            ? "it has a line break outside of quotes; a record of an access log is one line"
            : null;

        static bool HasBreak(string text) => text.Contains('\n', StringComparison.Ordinal);
    }

    private static LogFormat Build(string lead, List<(string Name, string Separator)> parts, LogEscape escape)
    {
        var otherNames = new List<byte[]>();
        var variables = new List<FormatVariable>();
        foreach (var (name, separator) in parts)
        {
            var variable = NginxVariables.Find(name);
            var shape = NginxVariables.ShapeOf(variable);
            var number = 0;
            var utf8Name = Encoding.UTF8.GetBytes(name);
            var repeated = variable == NginxVariable.Other
                ? NginxVariables.IsReserved(utf8Name) || otherNames.Exists(earlier => earlier.AsSpan().SequenceEqual(utf8Name))
                : variables.Exists(earlier => earlier.Variable == variable);
            if (repeated || variable == NginxVariable.Other)
            {
                variable = NginxVariable.Other;
                number = otherNames.Count;
                otherNames.Add(utf8Name);
            }

            variables.Add(new FormatVariable(variable, number, repeated, shape, new FormatLiteral(Encoding.UTF8.GetBytes(separator))));
        }

        return new LogFormat(Encoding.UTF8.GetBytes(lead), [.. variables], [.. otherNames], escape);
    }
}
