using System.Globalization;

namespace LogShipper.Configuration;

/// <summary>A length of time as the configuration writes it: <c>500ms</c>, <c>30s</c>, <c>1m</c>, <c>1h</c> or <c>00:00:30</c>.</summary>
internal static class Duration
{
    public const string Forms = "a whole number with its unit, such as 500ms, 30s, 1m or 1h, or hours, minutes and seconds as in 00:00:30";

    /// <summary>The forms as a regular expression, for the schema.</summary>
    public const string Pattern = @"^([0-9]{1,12}(ms|s|m|h)|([01]?[0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{0,3})?)$";

    private static readonly string[] ClockForms = [@"h\:mm\:ss", @"hh\:mm\:ss", @"h\:mm\:ss\.FFF", @"hh\:mm\:ss\.FFF"];

    /// <summary>Reads it; a bare number is refused, since nobody can know its unit.</summary>
    public static bool TryParse(string text, out TimeSpan duration, out string fault)
    {
        duration = default;
        fault = "";
        var digits = LeadingDigits(text);
        if (digits > 0 && digits == text.Length)
        {
            fault = "a duration needs a unit";
            return false;
        }

        if (text.Contains(':'))
        {
            if (TimeSpan.TryParseExact(text, ClockForms, CultureInfo.InvariantCulture, out duration))
            {
                return true;
            }

            fault = "not a duration";
            return false;
        }

        long unitMilliseconds = text[digits..] switch
        {
            "ms" => 1,
            "s" => 1000,
            "m" => 60 * 1000,
            "h" => 60 * 60 * 1000,
            _ => 0,
        };
        if (digits is 0 or > 12 || unitMilliseconds == 0)
        {
            fault = "not a duration";
            return false;
        }

        var number = long.Parse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture);
        if (number > (long)TimeSpan.MaxValue.TotalMilliseconds / unitMilliseconds)
        {
            fault = "not a duration";
            return false;
        }

        duration = TimeSpan.FromMilliseconds(number * unitMilliseconds);
        return true;
    }

    /// <summary>The shortest form that reads back as the same duration.</summary>
    public static string Format(TimeSpan duration)
    {
        var milliseconds = (long)duration.TotalMilliseconds;
        return milliseconds switch
        {
            0 => "0s",
            _ when milliseconds % 3_600_000 == 0 => $"{milliseconds / 3_600_000}h",
            _ when milliseconds % 60_000 == 0 => $"{milliseconds / 60_000}m",
            _ when milliseconds % 1000 == 0 => $"{milliseconds / 1000}s",
            _ => $"{milliseconds}ms",
        };
    }

    private static int LeadingDigits(string text)
    {
        var end = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        return end < 0 ? text.Length : end;
    }
}
