using System.Globalization;

namespace LogShipper.Configuration;

/// <summary>Whether an index name, with at most one date pattern in it, can be one.</summary>
internal static class IndexPattern
{
    public const string Allowed = "lower-case letters, digits, - _ . +, not beginning with - _ +, with at most one date pattern such as nginx-{0:yyyy.MM.dd}";

    /// <summary>What is wrong with it; null: nothing.</summary>
    public static string? FaultOf(string index)
    {
        var name = index;
        var open = index.IndexOf('{', StringComparison.Ordinal);
        if (open >= 0)
        {
            var close = index.IndexOf('}', open);
            if (close < 0 || !index.AsSpan(open).StartsWith("{0:") || close == open + 3)
            {
                return "its date pattern is not of the form {0:yyyy.MM.dd}";
            }

            if (FormatDate(index[(open + 3)..close]) is not { } date)
            {
                return "its date pattern is not one that dates can be written with";
            }

            name = index[..open] + date + index[(close + 1)..];
        }

        return name switch
        {
            _ when name.AsSpan().ContainsAny('{', '}') => "it has more than one date pattern, or a brace without its partner",
            "." or ".." or ['-' or '_' or '+', ..] => "no index may have this name",
            _ when name.Length > 255 => "longer than 255 characters",
            _ when name.Any(char.IsUpper) => "contains upper-case letters",
            _ when !name.All(character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character is '-' or '_' or '.' or '+')
                => "contains characters that an index may not have",
            _ => null,
        };
    }

    private static string? FormatDate(string pattern)
    {
        try
        {
            return DateTime.UnixEpoch.ToString(pattern, CultureInfo.InvariantCulture);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
