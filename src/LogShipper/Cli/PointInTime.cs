using System.Globalization;
using LogShipper.Configuration;

namespace LogShipper.Cli;

/// <summary>A point in time as people write it: an age (<c>2h</c>), ISO 8601, or as nginx writes it.</summary>
internal static class PointInTime
{
    public const string Forms = "an age such as 90m or 2h, a time such as 2026-11-23T08:30:00Z (UTC, unless it says otherwise), or one as nginx writes it (23/Nov/2026:08:30:00 +0000)";

    private static readonly string[] Written =
    [
        "yyyy-MM-dd",
        "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK",
        "yyyy-MM-dd HH:mmK", "yyyy-MM-dd HH:mm:ssK",
        "dd/MMM/yyyy:HH:mm:ss zzz", "yyyy/MM/dd HH:mm:ss",
    ];

    public static bool TryParse(string text, DateTimeOffset now, out DateTimeOffset time)
    {
        time = now;
        if (text == "now")
        {
            return true;
        }

        if (Duration.TryParse(text, out var age, out _) && age <= now - DateTimeOffset.UnixEpoch)
        {
            time = now - age;
            return true;
        }

        return DateTimeOffset.TryParseExact(text, Written, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);
    }
}
