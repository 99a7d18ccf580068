namespace LogShipper.Parsing;

/// <summary>The part of an error.log line that nginx alone writes: <c>2026/08/22 10:00:00 [error] 29#30: *7 </c>.</summary>
internal readonly ref struct ErrorLogHeader
{
    private const int TimeLength = 19;
    private const int LongestNumber = 20;

    private ErrorLogHeader(int levelEnd, int tidStart, int tidEnd, int connectionStart, int textStart)
    {
        LevelEnd = levelEnd;
        TidStart = tidStart;
        TidEnd = tidEnd;
        ConnectionStart = connectionStart;
        TextStart = textStart;
    }

    public static int TimeStart => 0;

    public static int TimeEnd => TimeLength;

    public static int LevelStart => TimeLength + 2;

    public int LevelEnd { get; }

    public int PidStart => LevelEnd + 2;

    public int PidEnd => TidStart - 1;

    public int TidStart { get; }

    public int TidEnd { get; }

    /// <summary>Where the digits of <c>*7</c> begin; 0: the line belongs to no connection.</summary>
    public int ConnectionStart { get; }

    public int ConnectionEnd => TextStart - 1;

    /// <summary>Where what nginx says begins.</summary>
    public int TextStart { get; }

    public static bool TryRead(ReadOnlySpan<byte> line, out ErrorLogHeader header)
    {
        header = default;
        if (line.Length < TimeLength + 3 || !IsTime(line[..TimeLength]) || line[TimeLength] != (byte)' ' || line[TimeLength + 1] != (byte)'[')
        {
            return false;
        }

        var levelEnd = LevelStart + LevelLength(line[LevelStart..]);
        if (levelEnd == LevelStart || !line[levelEnd..].StartsWith("] "u8))
        {
            return false;
        }

        var pidEnd = SkipDigits(line, levelEnd + 2);
        if (pidEnd < 0 || pidEnd == line.Length || line[pidEnd] != (byte)'#')
        {
            return false;
        }

        var tidEnd = SkipDigits(line, pidEnd + 1);
        if (tidEnd < 0 || !line[tidEnd..].StartsWith(":"u8))
        {
            return false;
        }

        // nginx writes ": " always; a line cut behind the colon has no text.
        var text = Math.Min(tidEnd + 2, line.Length);
        if (text == tidEnd + 2 && line[tidEnd + 1] != (byte)' ')
        {
            return false;
        }

        var connection = 0;
        if (text < line.Length && line[text] == (byte)'*')
        {
            var end = SkipDigits(line, text + 1);
            if (end >= 0 && end < line.Length && line[end] == (byte)' ')
            {
                connection = text + 1;
                text = end + 1;
            }
        }

        header = new ErrorLogHeader(levelEnd, pidEnd + 1, tidEnd, connection, text);
        return true;
    }

    private static bool IsTime(ReadOnlySpan<byte> text)
    {
        var shape = "0000/00/00 00:00:00"u8;
        for (var index = 0; index < shape.Length; index++)
        {
            if (shape[index] == (byte)'0' ? text[index] is < (byte)'0' or > (byte)'9' : text[index] != shape[index])
            {
                return false;
            }
        }

        return true;
    }

    private static int LevelLength(ReadOnlySpan<byte> text) =>
        text.StartsWith("error]"u8) || text.StartsWith("debug]"u8) || text.StartsWith("alert]"u8) || text.StartsWith("emerg]"u8) ? 5
        : text.StartsWith("info]"u8) || text.StartsWith("warn]"u8) || text.StartsWith("crit]"u8) ? 4
        : text.StartsWith("notice]"u8) ? 6 : 0;

    /// <summary>End of the digits that begin at <paramref name="from"/>; -1: none do, or too many.</summary>
    private static int SkipDigits(ReadOnlySpan<byte> line, int from)
    {
        var end = from;
        while (end < line.Length && line[end] is >= (byte)'0' and <= (byte)'9')
        {
            end++;
        }

        return end == from || end - from > LongestNumber ? -1 : end;
    }
}
