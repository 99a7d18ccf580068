namespace LogShipper.Parsing;

/// <summary>
/// Which lines of error.log make up one record.
/// <para>A line that does not begin with nginx's header continues the record before it.</para>
/// <para>A line that does may still be the client's: <c>%0a</c> in a URI becomes a real newline in the message, and what
/// follows can look like a fresh record. It is joined to a record that cannot be complete: that has a connection
/// (<c>*7</c>), is shorter than nginx's limit, is not of level debug and has no <c>, client: </c> yet, which nginx writes
/// behind each such message. Genuine records of a connection without a client part are known and left alone: those of
/// level debug, and those that quote nothing (<c>client 10.0.0.1 closed keepalive connection</c>, <c>open socket #3 left in
/// connection 4</c>), since what the client sent stands in quotes. And since a module may write a record of its own kind, a
/// line that is whole in itself (a connection, a client part, balanced quotes before it and no <c>%0a</c> in its request)
/// is taken for a record in any case. A client that fakes all of that stays undetected: the grammar cannot show it.</para>
/// </summary>
internal static class ErrorLogFraming
{
    public static bool StartsRecord(ReadOnlySpan<byte> line) => ErrorLogHeader.TryRead(WithoutNewline(line), out _);

    /// <summary>Whether <paramref name="line"/> belongs to <paramref name="record"/>. Looks at the record only while it is
    /// shorter than nginx's limit, so that joining many lines stays linear.</summary>
    public static bool Continues(ReadOnlySpan<byte> record, ReadOnlySpan<byte> line)
    {
        if (!ErrorLogHeader.TryRead(WithoutNewline(line), out var lineHeader))
        {
            return true;
        }

        record = WithoutNewline(record);
        return record.Length < ErrorLogParser.LongestLine && IsUnfinished(record) && !IsWhole(WithoutNewline(line), lineHeader, record);
    }

    private static bool IsUnfinished(ReadOnlySpan<byte> record)
    {
        if (!ErrorLogHeader.TryRead(record, out var header) || header.ConnectionStart == 0 ||
            record[ErrorLogHeader.LevelStart..header.LevelEnd].SequenceEqual("debug"u8))
        {
            return false;
        }

        var text = record[header.TextStart..];
        return text.IndexOf(ErrorLogTail.Client) < 0 && text.IndexOf(", context: "u8) < 0 &&
            (text.Contains((byte)'"') || text.StartsWith("[lua] "u8));
    }

    private static bool IsWhole(ReadOnlySpan<byte> line, in ErrorLogHeader header, ReadOnlySpan<byte> record)
    {
        var client = line.LastIndexOf(ErrorLogTail.Client);
        return header.ConnectionStart > 0 && client >= header.TextStart &&
            line[header.TextStart..client].Count((byte)'"') % 2 == 0 &&
            line[client..].IndexOf("%0a"u8) < 0 && line[client..].IndexOf("%0A"u8) < 0 &&
            !(ErrorLogHeader.TryRead(record, out var recordHeader) && record[recordHeader.TextStart..].StartsWith("user \""u8));
    }

    private static ReadOnlySpan<byte> WithoutNewline(ReadOnlySpan<byte> bytes) => bytes is [.., (byte)'\n'] ? bytes[..^1] : bytes;
}
