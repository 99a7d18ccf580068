using System.Buffers.Text;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LogShipper.Parsing;

/// <summary>
/// The times that nginx writes, in UTC ticks. Remembers the last ones: nginx repeats the same second line after line.
/// Not safe for several threads; each encoder has its own.
/// </summary>
internal sealed class NginxTime
{
    private const int LongestText = 32;

    private readonly byte[] _lastText = new byte[LongestText];
    private readonly byte[] _lastMinute = new byte[16];
    private readonly byte[] _stamp = new byte[24];
    private int _lastLength;
    private long _lastTicks;
    private TimeZoneInfo? _lastZone;
    private long _lastOffset;
    private long _stampTicks = -1;

    /// <summary><c>$time_local</c>, <c>$time_iso8601</c> or <c>$msec</c>, whichever it looks like.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryParse(ReadOnlySpan<byte> text, out long ticks)
    {
        if (text.Length == _lastLength && IsLast(text))
        {
            ticks = _lastTicks;
            return _lastLength > 0;
        }

        return TryParseAnother(text, out ticks);
    }

    private bool TryParseAnother(ReadOnlySpan<byte> text, out long ticks)
    {
        if (!(text.Length >= 19 && text[2] == (byte)'/' ? TryParseLocal(text, out ticks)
            : text.Length >= 19 && text[4] == (byte)'-' ? TryParseIso8601(text, out ticks)
            : TryParseSeconds(text, out ticks)))
        {
            return false;
        }

        if (text.Length <= LongestText)
        {
            text.CopyTo(_lastText);
            _lastLength = text.Length;
            _lastTicks = ticks;
        }

        return true;
    }

    /// <summary>Whether it is the last text again, which has the same length: two looks that overlap where there are as many bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsLast(ReadOnlySpan<byte> text)
    {
        if (text.Length is < 16 or > LongestText)
        {
            return text.SequenceEqual(_lastText.AsSpan(0, text.Length));
        }

        var last = _lastText.AsSpan(0, text.Length);
        return Vector128.Create(text) == Vector128.Create<byte>(last) && Vector128.Create(text[^16..]) == Vector128.Create<byte>(last[^16..]);
    }

    /// <summary>error.log's <c>2026/08/22 10:00:00</c>, which has no zone. An hour that the clock skipped or had twice is
    /// read with the zone's standard offset.</summary>
    public bool TryParseError(ReadOnlySpan<byte> text, TimeZoneInfo zone, out long ticks)
    {
        ticks = 0;
        if (text.Length != 19 || !TryDate(text[..4], text[5..7], text[8..10], text[11..13], text[14..16], text[17..19], out var local))
        {
            return false;
        }

        if (!ReferenceEquals(zone, _lastZone) || !text[..16].SequenceEqual(_lastMinute))
        {
            _lastOffset = zone.GetUtcOffset(new DateTime(local, DateTimeKind.Unspecified)).Ticks;
            _lastZone = zone;
            text[..16].CopyTo(_lastMinute);
        }

        return TryShift(local, _lastOffset, out ticks);
    }

    /// <summary>The time as <c>2026-08-22T10:00:00.000Z</c>.</summary>
    public ReadOnlySpan<byte> Format(long ticks)
    {
        var milliseconds = ticks - (ticks % TimeSpan.TicksPerMillisecond);
        if (milliseconds != _stampTicks)
        {
            _stampTicks = milliseconds;
            Write(milliseconds, _stamp);
        }

        return _stamp;
    }

    /// <summary>Writes 24 bytes: <c>2026-08-22T10:00:00.000Z</c>.</summary>
    public static void Write(long ticks, Span<byte> destination)
    {
        var time = new DateTime(Math.Clamp(ticks, 0, DateTime.MaxValue.Ticks), DateTimeKind.Utc);
        "0000-00-00T00:00:00.000Z"u8.CopyTo(destination);
        WriteDigits(destination[..4], time.Year);
        WriteDigits(destination[5..7], time.Month);
        WriteDigits(destination[8..10], time.Day);
        WriteDigits(destination[11..13], time.Hour);
        WriteDigits(destination[14..16], time.Minute);
        WriteDigits(destination[17..19], time.Second);
        WriteDigits(destination[20..23], time.Millisecond);
    }

    private static void WriteDigits(Span<byte> destination, int value)
    {
        for (var index = destination.Length - 1; index >= 0; index--)
        {
            destination[index] = (byte)('0' + (value % 10));
            value /= 10;
        }
    }

    private static bool TryParseLocal(ReadOnlySpan<byte> text, out long ticks)
    {
        ticks = 0;
        Span<byte> month = stackalloc byte[2];
        return text.Length == 26 && text[6] == (byte)'/' && text[11] == (byte)':' && text[20] == (byte)' ' &&
            TryMonth(text[3..6], month) &&
            TryDate(text[7..11], month, text[..2], text[12..14], text[15..17], text[18..20], out var local) &&
            TryOffset(text[21..], text[22..24], text[24..26], out var offset) &&
            TryShift(local, offset, out ticks);
    }

    private static bool TryParseIso8601(ReadOnlySpan<byte> text, out long ticks)
    {
        ticks = 0;
        if (text[10] is not ((byte)'T' or (byte)' ') ||
            !TryDate(text[..4], text[5..7], text[8..10], text[11..13], text[14..16], text[17..19], out var local))
        {
            return false;
        }

        var rest = text[19..];
        if (rest is [(byte)'.', ..])
        {
            var scale = TimeSpan.TicksPerSecond;
            var index = 1;
            for (; index < rest.Length && rest[index] is >= (byte)'0' and <= (byte)'9'; index++)
            {
                scale /= 10;
                local += (rest[index] - '0') * scale;
            }

            rest = rest[index..];
        }

        if (rest is [(byte)'Z'])
        {
            ticks = local;
            return true;
        }

        var minutes = rest.Length == 6 && rest[3] == (byte)':' ? rest[4..6] : rest.Length == 5 ? rest[3..5] : [];
        return minutes.Length == 2 && TryOffset(rest, rest[1..3], minutes, out var offset) && TryShift(local, offset, out ticks);
    }

    /// <summary>Seconds since 1970 with a fraction; also whole milliseconds, which some templates make of <c>$msec</c>.</summary>
    private static bool TryParseSeconds(ReadOnlySpan<byte> text, out long ticks)
    {
        ticks = 0;
        if (text.Length is 0 or > 20 || !Utf8Parser.TryParse(text, out long seconds, out var used) || seconds < 0)
        {
            return false;
        }

        if (used == text.Length && seconds is > 100_000_000_000 and < 100_000_000_000_000)
        {
            ticks = DateTime.UnixEpoch.Ticks + (seconds * TimeSpan.TicksPerMillisecond);
            return true;
        }

        // The first second of 253402300800 would be in the year 10000.
        if (seconds >= 253_402_300_800 || (used < text.Length && text[used] != (byte)'.'))
        {
            return false;
        }

        ticks = DateTime.UnixEpoch.Ticks + (seconds * TimeSpan.TicksPerSecond);
        var scale = TimeSpan.TicksPerSecond;
        for (var index = used + 1; index < text.Length; index++)
        {
            if (text[index] is < (byte)'0' or > (byte)'9')
            {
                return false;
            }

            scale /= 10;
            ticks += (text[index] - '0') * scale;
        }

        return true;
    }

    private static bool TryDate(
        ReadOnlySpan<byte> year,
        ReadOnlySpan<byte> month,
        ReadOnlySpan<byte> day,
        ReadOnlySpan<byte> hour,
        ReadOnlySpan<byte> minute,
        ReadOnlySpan<byte> second,
        out long ticks)
    {
        ticks = 0;
        int y = Number(year), mo = Number(month), d = Number(day), h = Number(hour), mi = Number(minute), s = Number(second);
        if (y is < 1 or > 9999 || mo is < 1 or > 12 || d < 1 || h is < 0 or > 23 || mi is < 0 or > 59 || s is < 0 or > 60 ||
            d > DateTime.DaysInMonth(y, mo))
        {
            return false;
        }

        // A leap second is the last second of its minute, seen twice.
        ticks = new DateTime(y, mo, d, h, mi, Math.Min(s, 59), DateTimeKind.Utc).Ticks;
        return true;
    }

    private static int Number(ReadOnlySpan<byte> digits)
    {
        var value = 0;
        foreach (var digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return -1;
            }

            value = (value * 10) + (digit - '0');
        }

        return value;
    }

    private static bool TryMonth(ReadOnlySpan<byte> name, Span<byte> digits)
    {
        var at = "JanFebMarAprMayJunJulAugSepOctNovDec"u8.IndexOf(name);
        if (at < 0 || at % 3 != 0)
        {
            return false;
        }

        WriteDigits(digits, (at / 3) + 1);
        return true;
    }

    private static bool TryOffset(ReadOnlySpan<byte> sign, ReadOnlySpan<byte> hours, ReadOnlySpan<byte> minutes, out long offset)
    {
        int h = Number(hours), m = Number(minutes);
        offset = ((h * 60L) + m) * TimeSpan.TicksPerMinute;
        if (h is < 0 or > 18 || m is < 0 or > 59 || sign is not [(byte)'+' or (byte)'-', ..])
        {
            return false;
        }

        offset = sign[0] == (byte)'-' ? -offset : offset;
        return true;
    }

    private static bool TryShift(long local, long offset, out long ticks)
    {
        ticks = local - offset;
        return ticks >= 0 && ticks <= DateTime.MaxValue.Ticks;
    }
}
