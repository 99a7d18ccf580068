using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Text;
using LogShipper.Parsing;
using LogShipper.Tailing;

namespace LogShipper.Payloads;

/// <summary>
/// The document of what most lines are: a request that says no more than nginx's <c>combined</c>, in plain ASCII, from an
/// address. Written in one go, with room for its worst case taken once; byte for byte what <see cref="JsonLayout"/> writes
/// member by member, which all other lines are left to.
/// </summary>
internal sealed class CombinedDocument
{
    /// <summary>Room for all that is constant, but for what is prepared and the end.</summary>
    private const int ConstantBytes = 1024;

    /// <summary>How often the line may stand in its document: no part of it stands there more often.</summary>
    private const int Copies = 5;

    private static readonly ulong Needed = Bits(NginxVariable.RemoteAddr, NginxVariable.Request, NginxVariable.Status, NginxVariable.BodyBytesSent);
    private static readonly ulong Known = Needed |
        Bits(NginxVariable.RemoteUser, NginxVariable.TimeLocal, NginxVariable.TimeIso8601, NginxVariable.Msec, NginxVariable.HttpReferer, NginxVariable.HttpUserAgent);

    private static readonly ulong Agent = FieldTable.Bit(NginxVariable.HttpUserAgent);
    private static readonly ulong User = FieldTable.Bit(NginxVariable.RemoteUser);
    private static readonly ulong Referrer = FieldTable.Bit(NginxVariable.HttpReferer);

    private readonly byte[] _event;
    private readonly byte[] _end;

    /// <param name="eventConstants">The constant members of <c>event</c>.</param>
    /// <param name="end">All members after <c>nginx</c>, from their comma on, and the closing brace.</param>
    public CombinedDocument(byte[] eventConstants, byte[] end)
    {
        _event = eventConstants;
        _end = end;
    }

    /// <summary>Appends the record's document; false: it is not such a record, and nothing was written.</summary>
    public bool TryWrite(scoped in Record record, PayloadBuffer output)
    {
        var fields = record.Table;
        if (!record.Parsed || !fields.IsPlain || (fields.Values & Needed) != Needed || (fields.Values & ~Known) != 0 || fields.IndexOf(NginxVariable.Other) >= 0 ||
            record.Raw.Flags != RecordFlags.None || record.Remarks != RecordRemarks.None)
        {
            return false;
        }

        var content = record.Content;
        var request = fields.TextOf(NginxVariable.Request, content);
        var status = Value.Of(NginxVariable.Status, fields, content);
        var sent = Value.Of(NginxVariable.BodyBytesSent, fields, content);
        var address = Value.Of(NginxVariable.RemoteAddr, fields, content);
        var line = RequestLine.Cut(request);
        if (line.Uri is not [(byte)'/', ..] || line.Protocol.IsEmpty ||
            status.Length != 3 || !FieldNumbers.IsPlain(status.Text) || !FieldNumbers.IsPlain(sent.Text) || !NetworkAddress.IsAddress(address.AndMore, address.Length))
        {
            return false;
        }

        var query = line.Uri.IndexOfAny((byte)'?', (byte)'#');
        if (query >= 0 && line.Uri[query..].Contains((byte)'#'))
        {
            return false;
        }

        var prepared = Prepare(record.Batch, fields);
        var to = output.GetSpan((content.Length * Copies) + prepared.BeforeOutcome.Length + prepared.BeforeOffset.Length + _end.Length + ConstantBytes);
        var at = Put(to, 0, "{\"@timestamp\":\""u8);
        at = Put(to, at, fields.Time.Format(record.TimeTicks)[..24]);
        at = Put(to, at, "\",\"message\":\""u8);
        // Method, space and URI stand in the line as they do in the message.
        at = Put(to, at, request[..(line.Method.Length + 1 + line.Uri.Length)]);
        to[at++] = (byte)' ';
        at = Put(to, at, status);
        at = Put(to, at, prepared.BeforeOutcome);
        at = status.AndMore[0] < (byte)'4' ? Put(to, at, "\"success\""u8) : Put(to, at, "\"failure\""u8);
        at = Put(to, at, prepared.BeforeOffset);
        at = PutNumber(to, at, record.Raw.Offset);
        at = Put(to, at, "},\"http\":{\"request\":{\"method\":\""u8);
        at = Put(to, at, new Value(content[fields.StartOf(NginxVariable.Request)..], line.Method.Length));
        if ((fields.Values & Referrer) != 0)
        {
            at = Put(to, at, "\",\"referrer\":\""u8);
            at = Put(to, at, fields.TextOf(NginxVariable.HttpReferer, content));
        }

        at = Put(to, at, "\"},\"response\":{\"status_code\":"u8);
        at = Put(to, at, status);
        at = Put(to, at, ",\"body\":{\"bytes\":"u8);
        at = Put(to, at, sent);
        at = Put(to, at, "}},\"version\":\""u8);
        at = PutFew(to, at, line.Protocol["HTTP/".Length..]);
        at = PutUrl(to, at, line.Uri, query);
        if ((fields.Values & Agent) != 0)
        {
            at = Put(to, at, ",\"user_agent\":{\"original\":\""u8);
            at = Put(to, at, fields.TextOf(NginxVariable.HttpUserAgent, content));
            at = Put(to, at, "\"}"u8);
        }

        at = PutPeer(to, at, address, (fields.Values & User) != 0 ? fields.TextOf(NginxVariable.RemoteUser, content) : []);
        at = Put(to, at, _end);
        output.Advance(at);
        return true;
    }

    private static ulong Bits(params ReadOnlySpan<NginxVariable> variables)
    {
        var bits = 0UL;
        foreach (var variable in variables)
        {
            bits |= FieldTable.Bit(variable);
        }

        return bits;
    }

    private static int PutUrl(Span<byte> to, int at, ReadOnlySpan<byte> uri, int query)
    {
        at = Put(to, at, "\"},\"url\":{\"original\":\""u8);
        at = Put(to, at, uri);
        var path = uri;
        if (query >= 0)
        {
            at = Put(to, at, "\",\"query\":\""u8);
            at = Put(to, at, uri[(query + 1)..]);
            path = uri[..query];
        }

        at = Put(to, at, "\",\"path\":\""u8);
        at = Put(to, at, path);
        var point = path.LastIndexOfAny((byte)'/', (byte)'.');
        if (path[point] == (byte)'.' && point < path.Length - 1)
        {
            at = Put(to, at, "\",\"extension\":\""u8);
            at = Put(to, at, path[(point + 1)..]);
        }

        return Put(to, at, "\"}"u8);
    }

    private static int PutPeer(Span<byte> to, int at, Value address, ReadOnlySpan<byte> user)
    {
        at = Put(to, at, ",\"source\":{\"address\":\""u8);
        at = Put(to, at, address);
        at = Put(to, at, "\",\"ip\":\""u8);
        at = Put(to, at, address);
        if (!user.IsEmpty)
        {
            at = Put(to, at, "\"},\"user\":{\"name\":\""u8);
            at = Put(to, at, user);
        }

        at = Put(to, at, "\"},\"related\":{\"ip\":[\""u8);
        at = Put(to, at, address);
        if (!user.IsEmpty)
        {
            at = Put(to, at, "\"],\"user\":[\""u8);
            at = Put(to, at, user);
        }

        at = Put(to, at, "\"]},\"nginx\":{\"access\":{\"remote_ip_list\":[\""u8);
        at = Put(to, at, address);
        return Put(to, at, "\"]}}"u8);
    }

    /// <summary>Constants are copied without a call, since it is inlined.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Put(Span<byte> to, int at, ReadOnlySpan<byte> text)
    {
        text.CopyTo(to[at..]);
        return at + text.Length;
    }

    /// <summary>Sixteen bytes at once where there are as many: what is too much is written over by what comes next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Put(Span<byte> to, int at, Value value)
    {
        if (value.Length <= Vector128<byte>.Count && value.AndMore.Length >= Vector128<byte>.Count)
        {
            Vector128.Create(value.AndMore).CopyTo(to[at..]);
            return at + value.Length;
        }

        return Put(to, at, value.Text);
    }

    /// <summary>A few bytes, for which a loop costs less than a call.</summary>
    private static int PutFew(Span<byte> to, int at, ReadOnlySpan<byte> text)
    {
        to = to.Slice(at, text.Length);
        for (var index = 0; index < text.Length; index++)
        {
            to[index] = text[index];
        }

        return at + text.Length;
    }

    /// <summary>A number that is not negative.</summary>
    private static int PutNumber(Span<byte> to, int at, long number)
    {
        Span<byte> digits = stackalloc byte[20];
        var start = digits.Length;
        do
        {
            var rest = number / 10;
            digits[--start] = (byte)('0' + (number - (rest * 10)));
            number = rest;
        }
        while (number > 0);
        return Put(to, at, digits[start..]);
    }

    private PreparedText Prepare(Batch batch, FieldTable fields)
    {
        var prepared = fields.Prepared;
        var (path, readAtTicks) = (batch.Path, batch.ReadAtTicks);
        if (!prepared.IsFor(this, path))
        {
            var utf8Path = Encoding.UTF8.GetBytes(path);
            var escapedPath = new byte[utf8Path.Length * JsonText.WorstGrowth];
            var pathLength = JsonText.Write(utf8Path, escapedPath);
            prepared.Become(
                this,
                path,
                [.. "\",\"event\":{"u8, .. _event, .. ",\"created\":\"0000-00-00T00:00:00.000Z\",\"outcome\":"u8],
                [.. "},\"log\":{\"file\":{\"path\":\""u8, .. escapedPath.AsSpan(0, pathLength), .. "\"},\"offset\":"u8]);
        }

        if (prepared.ReadAtTicks != readAtTicks)
        {
            prepared.ReadAtTicks = readAtTicks;
            fields.Created.Format(readAtTicks).CopyTo(prepared.BeforeOutcome.AsSpan(^(24 + "\",\"outcome\":".Length)..));
        }

        return prepared;
    }

    /// <summary>A value that is mostly short, with the rest of the line behind it.</summary>
    private readonly ref struct Value(ReadOnlySpan<byte> andMore, int length)
    {
        public ReadOnlySpan<byte> AndMore { get; } = andMore;

        public int Length { get; } = length;

        public ReadOnlySpan<byte> Text => AndMore[..Length];

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Value Of(NginxVariable variable, FieldTable fields, ReadOnlySpan<byte> content)
        {
            ref readonly var slice = ref fields[fields.IndexOf(variable)];
            return new Value(content[slice.Start..], slice.Length);
        }
    }
}
