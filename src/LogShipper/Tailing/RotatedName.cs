using System.Globalization;

namespace LogShipper.Tailing;

/// <summary>
/// The place of a file name in the rotation of a log: <c>access.log</c> is live, <c>access.log.1</c> is newer than
/// <c>access.log.2</c>, <c>access.log-20260102</c> newer than <c>access.log-20260101</c>; each may end in <c>.gz</c>.
/// The suffixes are those of logrotate (numbers, <c>dateext</c>, <c>extension</c>) and of people (<c>.old</c>, <c>.bak</c>).
/// </summary>
internal readonly record struct RotatedName(bool IsLive, bool IsCompressed, string Date, long Number) : IComparable<RotatedName>
{
    /// <summary>A file that is open but whose name has left the directory: older than all that have one.</summary>
    public static readonly RotatedName Gone = new(false, false, "", long.MaxValue);

    /// <summary>Reads <paramref name="name"/> as a name in the rotation of <paramref name="live"/>; null if it is none.</summary>
    public static RotatedName? Parse(string live, string name)
    {
        if (name == live)
        {
            return new RotatedName(true, false, "", 0);
        }

        var compressed = name.EndsWith(".gz", StringComparison.Ordinal);
        var rest = compressed ? name.AsSpan(0, name.Length - 3) : name;
        if (rest.StartsWith(live, StringComparison.Ordinal))
        {
            var suffix = rest[live.Length..];
            return suffix.IsEmpty ? new RotatedName(false, compressed, "", 0) : ParseSuffix(suffix, compressed);
        }

        // logrotate's `extension .log`: access.log becomes access.1.log or access-20260101.log.
        var extension = System.IO.Path.GetExtension(live.AsSpan());
        var stem = live.AsSpan(0, live.Length - extension.Length);
        return extension.Length > 0 && rest.Length > live.Length
            && rest.StartsWith(stem, StringComparison.Ordinal) && rest.EndsWith(extension, StringComparison.Ordinal)
            ? ParseSuffix(rest[stem.Length..^extension.Length], compressed)
            : null;
    }

    /// <summary>Oldest first: what has left the directory, dates upwards, numbers downwards, the live name.</summary>
    public int CompareTo(RotatedName other)
    {
        if (IsLive != other.IsLive)
        {
            return IsLive ? 1 : -1;
        }

        var byDate = string.CompareOrdinal(Date, other.Date);
        var kind = (Date.Length == 0).CompareTo(other.Date.Length == 0);
        return Number == long.MaxValue || other.Number == long.MaxValue ? other.Number.CompareTo(Number)
            : kind != 0 ? kind
            : byDate != 0 ? byDate
            : other.Number.CompareTo(Number);
    }

    private static readonly System.Buffers.SearchValues<char> CountsAndDates = System.Buffers.SearchValues.Create("0123456789-_.:TZ");

    private static RotatedName? ParseSuffix(ReadOnlySpan<char> suffix, bool compressed)
    {
        if (suffix.Length < 2 || suffix[0] is not ('.' or '-' or '_'))
        {
            return null;
        }

        var body = suffix[1..];
        if (body is "old" or "bak")
        {
            return new RotatedName(false, compressed, "", 1);
        }

        if (body.ContainsAnyExcept(CountsAndDates) || !char.IsAsciiDigit(body[0]))
        {
            return null;
        }

        // A short number counts rotations; anything longer is a date or a time.
        return body.Length <= 5 && long.TryParse(body, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new RotatedName(false, compressed, "", number)
            : new RotatedName(false, compressed, body.ToString(), 0);
    }

    public static bool operator <(RotatedName left, RotatedName right) => left.CompareTo(right) < 0;

    public static bool operator >(RotatedName left, RotatedName right) => left.CompareTo(right) > 0;

    public static bool operator <=(RotatedName left, RotatedName right) => left.CompareTo(right) <= 0;

    public static bool operator >=(RotatedName left, RotatedName right) => left.CompareTo(right) >= 0;
}
