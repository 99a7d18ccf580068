namespace LogShipper.Parsing;

/// <summary>What nginx writes behind the message of a connection: who the client is and what it asked for.</summary>
internal ref struct ErrorLogTail
{
    private const int LongestAddress = 128;
    private const int LabelCount = 5;

    private (int Start, int Length) _client;
    private (int Start, int Length) _server;
    private (int Start, int Length) _request;
    private (int Start, int Length) _subrequest;
    private (int Start, int Length) _upstream;
    private (int Start, int Length) _host;
    private (int Start, int Length) _referrer;

    public static ReadOnlySpan<byte> Client => ", client: "u8;

    private static ReadOnlySpan<byte> Server => ", server: "u8;

    /// <summary>Reads the tail that begins at <paramref name="at"/>; false: the grammar does not fit to the very end.</summary>
    public static bool TryRead(ReadOnlySpan<byte> content, int at, out ErrorLogTail tail)
    {
        tail = default;
        var mayBeCut = content.Length >= ErrorLogParser.LongestLine;
        at += Client.Length;
        var length = UnquotedLength(content[at..]);
        if (length is 0 or > LongestAddress || content.Slice(at, length).ContainsAny((byte)' ', (byte)'"', (byte)'\n'))
        {
            return false;
        }

        tail._client = (at, length);
        at += length;
        if (content[at..].StartsWith(Server))
        {
            at += Server.Length;
            length = UnquotedLength(content[at..]);
            if (content.Slice(at, length).ContainsAny((byte)'"', (byte)'\n'))
            {
                return false;
            }

            tail._server = (at, length);
            at += length;
        }

        for (var label = 0; label < LabelCount && at < content.Length; label++)
        {
            if (!content[at..].StartsWith(Label(label)))
            {
                continue;
            }

            at += Label(label).Length;
            length = QuotedLength(content[at..], label);
            if (length < 0)
            {
                if (!mayBeCut)
                {
                    return false;
                }

                length = content.Length - at;
                tail.Set(label, (at, length));
                return true;
            }

            tail.Set(label, (at, length));
            at += length + 1;
        }

        return at == content.Length || mayBeCut || content[at..].StartsWith(", bytes from/to client:"u8) || content[at..].StartsWith(", login: \""u8);
    }

    /// <summary>
    /// Whether this tail is nginx's own and <paramref name="later"/>, which stands behind it, was sent as a referrer. A tail
    /// inside a file name or a user's name looks much the same; but there nginx's message is inside quotes where this tail
    /// begins, or the request of the later tail shows, once its percent signs are undone, how it came into the message.
    /// </summary>
    public readonly bool SwallowsWithItsReferrer(ReadOnlySpan<byte> content, int textStart, int messageEnd, in ErrorLogTail later)
    {
        var message = content[textStart..messageEnd];
        var host = content.Slice(_host.Start, _host.Length);
        return _referrer.Start > 0 && _referrer.Start < later._client.Start && _host.Start > 0 &&
            !RequestLine.Cut(content.Slice(_request.Start, _request.Length)).IsEmpty &&
            !host.ContainsAny((byte)' ', (byte)'"') &&
            message.Count((byte)'"') % 2 == 0 && !message.StartsWith("user \""u8) &&
            !DecodesTo(content.Slice(later._request.Start, later._request.Length), content[messageEnd..(_client.Start + _client.Length)]);
    }

    public readonly void AddTo(FieldTable fields)
    {
        Add(fields, NginxVariable.Client, _client);
        Add(fields, NginxVariable.Server, _server);
        Add(fields, NginxVariable.Request, _request);
        Add(fields, NginxVariable.Subrequest, _subrequest);
        Add(fields, NginxVariable.Upstream, _upstream);
        Add(fields, NginxVariable.Host, _host);
        Add(fields, NginxVariable.Referrer, _referrer);
    }

    private static bool DecodesTo(ReadOnlySpan<byte> request, ReadOnlySpan<byte> text)
    {
        Span<byte> decoded = stackalloc byte[ErrorLogParser.LongestLine];
        var length = 0;
        for (var at = 0; at < request.Length && length < decoded.Length; at++)
        {
            var isEscape = request[at] == (byte)'%' && at + 2 < request.Length &&
                FieldText.Hex(request[at + 1]) >= 0 && FieldText.Hex(request[at + 2]) >= 0;
            decoded[length++] = isEscape ? (byte)((FieldText.Hex(request[at + 1]) << 4) | FieldText.Hex(request[at + 2])) : request[at];
            at += isEscape ? 2 : 0;
        }

        return decoded[..length].IndexOf(text) >= 0;
    }

    private static void Add(FieldTable fields, NginxVariable variable, (int Start, int Length) slice)
    {
        if (slice.Start > 0)
        {
            fields.Add(variable, slice.Start, slice.Length);
        }
    }

    private static ReadOnlySpan<byte> Label(int label) => label switch
    {
        0 => ", request: \""u8,
        1 => ", subrequest: \""u8,
        2 => ", upstream: \""u8,
        3 => ", host: \""u8,
        _ => ", referrer: \""u8,
    };

    private void Set(int label, (int Start, int Length) slice)
    {
        switch (label)
        {
            case 0:
                _request = slice;
                break;
            case 1:
                _subrequest = slice;
                break;
            case 2:
                _upstream = slice;
                break;
            case 3:
                _host = slice;
                break;
            default:
                _referrer = slice;
                break;
        }
    }

    private static int UnquotedLength(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOf(", "u8);
        return end < 0 ? text.Length : end;
    }

    /// <summary>Length of a value in quotes, of which nothing is escaped: it ends at a quote that the end of the record or a
    /// label that may come next follows. A request ends where its HTTP version does, if there is such a place; a referrer, as
    /// nothing comes after it, at the very last quote.</summary>
    private static int QuotedLength(ReadOnlySpan<byte> text, int label)
    {
        if (label == LabelCount - 1)
        {
            return text is [.., (byte)'"'] ? text.Length - 1 : -1;
        }

        var first = -1;
        var from = 0;
        while (text[from..].IndexOf((byte)'"') is >= 0 and var quote)
        {
            from += quote;
            if (MayFollow(text[(from + 1)..], label))
            {
                if (label != 0 || EndsWithVersion(text[..from]))
                {
                    return from;
                }

                first = first < 0 ? from : first;
            }

            from++;
        }

        return first;
    }

    private static bool MayFollow(ReadOnlySpan<byte> rest, int label)
    {
        if (rest.IsEmpty)
        {
            return true;
        }

        for (var next = label + 1; next < LabelCount; next++)
        {
            if (rest.StartsWith(Label(next)))
            {
                return true;
            }
        }

        return rest.StartsWith(", bytes from/to client:"u8);
    }

    private static bool EndsWithVersion(ReadOnlySpan<byte> request) =>
        request.Length > 9 && request[^9..^3].SequenceEqual(" HTTP/"u8);
}
