namespace LogShipper.Parsing;

/// <summary>
/// A record of error.log. Its grammar, in this order:
/// <c>TIME [LEVEL] PID#TID: *CONNECTION MESSAGE, client: C, server: S, request: "R", subrequest: "SR", upstream: "U", host: "H", referrer: "F"</c>.
/// Nothing in it is escaped, and the message, the request and the referrer are the client's. What nginx adds stands at the
/// end, so the last <c>, client: </c> that the grammar fits from there to the very end is taken for nginx's own, unless the
/// first one explains it as part of a referrer; a record that has more than one is marked as suspicious.
/// </summary>
internal sealed class ErrorLogParser : IRecordFormat
{
    /// <summary>nginx's limit for a line of error.log (NGX_MAX_ERROR_STR) without its newline.</summary>
    public const int LongestLine = 2047;

    public static readonly ErrorLogParser Instance = new();

    private const int MostClientCandidates = 16;
    private const int MostStrayLines = 16;

    private ErrorLogParser()
    {
    }

    public bool TryParse(ReadOnlySpan<byte> content, FieldTable fields)
    {
        if (!ErrorLogHeader.TryRead(content, out var header))
        {
            return false;
        }

        fields.Add(NginxVariable.TimeLocal, ErrorLogHeader.TimeStart, ErrorLogHeader.TimeEnd);
        fields.Add(NginxVariable.Level, ErrorLogHeader.LevelStart, header.LevelEnd - ErrorLogHeader.LevelStart);
        fields.Add(NginxVariable.Pid, header.PidStart, header.PidEnd - header.PidStart);
        fields.Add(NginxVariable.Tid, header.TidStart, header.TidEnd - header.TidStart);
        if (header.ConnectionStart > 0)
        {
            fields.Add(NginxVariable.Connection, header.ConnectionStart, header.ConnectionEnd - header.ConnectionStart);
        }

        fields.Add(NginxVariable.Text, header.TextStart, content.Length - header.TextStart);
        if (content.Length == LongestLine)
        {
            fields.Remarks |= RecordRemarks.TruncatedByNginx;
        }

        MarkJoinedLines(content, fields);
        var messageEnd = AddTail(content, header.TextStart, fields);
        fields.Add(NginxVariable.Message, header.TextStart, messageEnd - header.TextStart);
        AddErrorNumber(content, header.TextStart, messageEnd, fields);
        AddLimit(content, header.TextStart, messageEnd, fields);
        return true;
    }

    private static void MarkJoinedLines(ReadOnlySpan<byte> content, FieldTable fields)
    {
        var at = 0;
        while (content[at..].IndexOf((byte)'\n') is >= 0 and var newline)
        {
            at += newline + 1;
            fields.Remarks |= RecordRemarks.Multiline;
            if (ErrorLogHeader.TryRead(content[at..], out _))
            {
                fields.Remarks |= RecordRemarks.Suspicious;
            }
        }
    }

    /// <summary>
    /// Adds what follows the message. Returns where the message ends. Lines that were joined to a record which was complete
    /// before them are no part of what nginx added: without them the record has its tail.
    /// </summary>
    private static int AddTail(ReadOnlySpan<byte> content, int textStart, FieldTable fields)
    {
        if (TryAddTail(content, textStart, fields, out var messageEnd))
        {
            return messageEnd;
        }

        var lines = content;
        for (var stray = 0; stray < MostStrayLines && lines[textStart..].LastIndexOf((byte)'\n') is >= 0 and var newline; stray++)
        {
            lines = lines[..(textStart + newline)];
            if (TryAddTail(lines is [.. var beforeReturn, (byte)'\r'] && beforeReturn.Length >= textStart ? beforeReturn : lines, textStart, fields, out messageEnd))
            {
                fields.Remarks |= RecordRemarks.Suspicious;
                return messageEnd;
            }
        }

        return content.Length;
    }

    private static bool TryAddTail(ReadOnlySpan<byte> content, int textStart, FieldTable fields, out int messageEnd)
    {
        messageEnd = content.Length;
        var searched = content.Length;
        for (var candidate = 0; candidate < MostClientCandidates; candidate++)
        {
            var at = content[textStart..searched].LastIndexOf(ErrorLogTail.Client);
            if (at < 0)
            {
                break;
            }

            at += textStart;
            if (!ErrorLogTail.TryRead(content, at, out var tail))
            {
                searched = at;
                continue;
            }

            var first = textStart + content[textStart..].IndexOf(ErrorLogTail.Client);
            if (first < at)
            {
                fields.Remarks |= RecordRemarks.Suspicious;
                if (ErrorLogTail.TryRead(content, first, out var earlier) && earlier.SwallowsWithItsReferrer(content, textStart, first, tail))
                {
                    earlier.AddTo(fields);
                    messageEnd = first;
                    return true;
                }
            }

            tail.AddTo(fields);
            messageEnd = at;
            return true;
        }

        return false;
    }

    /// <summary><c>(111: Connection refused)</c>, the last one in the message: one in front of it may be a file's name.</summary>
    private static void AddErrorNumber(ReadOnlySpan<byte> content, int start, int end, FieldTable fields)
    {
        var searched = end;
        for (var candidate = 0; candidate < MostClientCandidates; candidate++)
        {
            var at = content[start..searched].LastIndexOf(" ("u8);
            if (at < 0)
            {
                return;
            }

            at += start;
            var digits = content[(at + 2)..end].IndexOfAnyExceptInRange((byte)'0', (byte)'9');
            var textStart = at + 2 + digits + 2;
            if (digits is > 0 and < 10 && textStart <= end && content[(textStart - 2)..textStart].SequenceEqual(": "u8) &&
                content[textStart..end].IndexOf((byte)')') is > 0 and var length)
            {
                fields.Add(NginxVariable.Errno, at + 2, digits);
                fields.Add(NginxVariable.ErrnoText, textStart, length);
                return;
            }

            searched = at;
        }
    }

    /// <summary>What limit_req and limit_conn say: <c>limiting requests, excess: 50.416 by zone "api"</c>.</summary>
    private static void AddLimit(ReadOnlySpan<byte> content, int start, int end, FieldTable fields)
    {
        var message = content[start..end];
        if (!message.StartsWith("limiting "u8) && !message.StartsWith("delaying "u8))
        {
            return;
        }

        var excess = message.IndexOf("excess: "u8);
        if (excess >= 0)
        {
            excess += "excess: ".Length;
            var length = ValueShapes.MeasureForward(ValueShape.Number, message[excess..]);
            fields.Add(NginxVariable.LimitExcess, start + excess, length);
        }

        var zone = message.IndexOf("zone \""u8);
        if (zone >= 0)
        {
            zone += "zone \"".Length;
            var length = message[zone..].IndexOf((byte)'"');
            fields.Add(NginxVariable.LimitZone, start + zone, length < 0 ? message.Length - zone : length);
        }
    }
}
