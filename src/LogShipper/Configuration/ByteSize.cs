using System.Globalization;

namespace LogShipper.Configuration;

/// <summary>A number of bytes as the configuration writes it: <c>256KiB</c>, <c>1MiB</c>, <c>16MB</c>, or the number alone.</summary>
internal static class ByteSize
{
    public const string Forms = "a whole number of bytes, alone or with a unit: KiB, MiB, GiB (1024), kB, MB, GB (1000)";

    /// <summary>The forms as a regular expression, for the schema.</summary>
    public const string Pattern = "^[0-9]{1,18}([Bb]|[KkMmGg]([Ii][Bb]?|[Bb]))?$";

    /// <summary>Reads it; the case of the unit is free, and the spelling of Kubernetes (<c>16Mi</c>) is understood.</summary>
    public static bool TryParse(string text, out long bytes, out string fault)
    {
        bytes = 0;
        fault = "not a size";
        var end = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        var digits = end < 0 ? text.Length : end;
        long unit = text[digits..].ToUpperInvariant() switch
        {
            "" or "B" => 1,
            "KIB" or "KI" => 1L << 10,
            "MIB" or "MI" => 1L << 20,
            "GIB" or "GI" => 1L << 30,
            "KB" => 1_000,
            "MB" => 1_000_000,
            "GB" => 1_000_000_000,
            _ => 0,
        };

        if (digits is 0 or > 18 || unit == 0)
        {
            return false;
        }

        var number = long.Parse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture);
        if (number > long.MaxValue / unit)
        {
            return false;
        }

        bytes = number * unit;
        fault = "";
        return true;
    }

    /// <summary>The shortest form that reads back as the same size.</summary>
    public static string Format(long bytes) => bytes switch
    {
        0 => "0",
        _ when bytes % (1L << 30) == 0 => $"{bytes >> 30}GiB",
        _ when bytes % (1L << 20) == 0 => $"{bytes >> 20}MiB",
        _ when bytes % (1L << 10) == 0 => $"{bytes >> 10}KiB",
        _ => bytes.ToString(CultureInfo.InvariantCulture),
    };
}
