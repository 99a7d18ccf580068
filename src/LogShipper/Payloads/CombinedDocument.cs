using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
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

    /// <summary>Values are copied so many bytes at a time, whatever their length: what is too much is written over by what comes next.</summary>
    private const int Step = ByteMask.Length;

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
            record.Flags != RecordFlags.None || record.Remarks != RecordRemarks.None)
        {
            return false;
        }

        // Values are read a step at a time: behind the line stands the next one.
        var content = record.Batch.BytesAndMore(record.Content);
        if (content.Length < record.Content.Length + Step)
        {
            return false;
        }

        var status = fields.PlaceOf(NginxVariable.Status);
        var sent = fields.PlaceOf(NginxVariable.BodyBytesSent);
        var address = fields.PlaceOf(NginxVariable.RemoteAddr);
        var requestStart = fields.PlaceOf(NginxVariable.Request).Start;
        var line = RequestLine.Cut(fields.TextOf(NginxVariable.Request, content));
        if (line.Uri is not [(byte)'/', ..] || line.Protocol.IsEmpty ||
            status.Length != 3 || !FieldNumbers.IsPlain(content, status) || !FieldNumbers.IsPlain(content, sent) ||
            !NetworkAddress.IsAddress(content[address.Start..], address.Length))
        {
            return false;
        }

        var method = new TextPlace(requestStart, line.Method.Length);
        var uri = new TextPlace(requestStart + method.Length + 1, line.Uri.Length);
        var parts = UriParts.Of(content, uri);
        if (parts.HasFragment)
        {
            return false;
        }

        var prepared = Prepare(record.Batch, fields);
        var toOffset = prepared.ByFailure[content[status.Start] >= (byte)'4' ? 1 : 0];
        var to = output.GetSpan((record.Content.Length * Copies) + toOffset.Length + _end.Length + ConstantBytes);
        var at = Put(to, 0, "{\"@timestamp\":\""u8);
        at = Put(to, at, fields.Time.Format(record.TimeTicks)[..24]);
        at = Put(to, at, "\",\"message\":\""u8);
        // Method, space and URI stand in the line as they do in the message.
        at = Put(to, at, content, new TextPlace(requestStart, method.Length + 1 + uri.Length));
        to[at++] = (byte)' ';
        at = Put(to, at, content, status);
        at = Put(to, at, toOffset);
        at = PutNumber(to, at, record.Offset);
        at = Put(to, at, "},\"http\":{\"request\":{\"method\":\""u8);
        at = Put(to, at, content, method);
        at = PutIf((fields.Values & Referrer) != 0, to, at, "\",\"referrer\":\""u8, content, fields.PlaceOf(NginxVariable.HttpReferer));
        at = Put(to, at, "\"},\"response\":{\"status_code\":"u8);
        at = Put(to, at, content, status);
        at = Put(to, at, ",\"body\":{\"bytes\":"u8);
        at = Put(to, at, content, sent);
        at = Put(to, at, "}},\"version\":\""u8);
        at = Put(to, at, content, new TextPlace(uri.End + 1 + "HTTP/".Length, line.Protocol.Length - "HTTP/".Length));
        at = PutUrl(to, at, content, uri, parts);
        if ((fields.Values & Agent) != 0)
        {
            at = Put(to, at, ",\"user_agent\":{\"original\":\""u8);
            at = Put(to, at, content, fields.PlaceOf(NginxVariable.HttpUserAgent));
            at = Put(to, at, "\"}"u8);
        }

        at = PutPeer(to, at, content, address, (fields.Values & User) != 0 ? fields.PlaceOf(NginxVariable.RemoteUser) : default);
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

    private static int PutUrl(Span<byte> to, int at, ReadOnlySpan<byte> content, TextPlace uri, UriParts parts)
    {
        at = Put(to, at, "\"},\"url\":{\"original\":\""u8);
        at = Put(to, at, content, uri);
        at = PutIf(parts.PathLength < uri.Length, to, at, "\",\"query\":\""u8, content, new TextPlace(uri.Start + parts.PathLength + 1, uri.Length - parts.PathLength - 1));
        at = Put(to, at, "\",\"path\":\""u8);
        at = Put(to, at, content, new TextPlace(uri.Start, parts.PathLength));
        at = PutIf(
            parts.ExtensionLength > 0, to, at, "\",\"extension\":\""u8, content, new TextPlace(uri.Start + parts.PathLength - parts.ExtensionLength, parts.ExtensionLength));
        return Put(to, at, "\"}"u8);
    }

    private static int PutPeer(Span<byte> to, int at, ReadOnlySpan<byte> content, TextPlace address, TextPlace user)
    {
        at = Put(to, at, ",\"source\":{\"address\":\""u8);
        at = Put(to, at, content, address);
        at = Put(to, at, "\",\"ip\":\""u8);
        at = Put(to, at, content, address);
        if (user.Length > 0)
        {
            at = Put(to, at, "\"},\"user\":{\"name\":\""u8);
            at = Put(to, at, content, user);
        }

        at = Put(to, at, "\"},\"related\":{\"ip\":[\""u8);
        at = Put(to, at, content, address);
        if (user.Length > 0)
        {
            at = Put(to, at, "\"],\"user\":[\""u8);
            at = Put(to, at, content, user);
        }

        at = Put(to, at, "\"]},\"nginx\":{\"access\":{\"remote_ip_list\":[\""u8);
        at = Put(to, at, content, address);
        return Put(to, at, "\"]}}"u8);
    }

    /// <summary>Constants are copied without a call, since it is inlined.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Put(Span<byte> to, int at, ReadOnlySpan<byte> text)
    {
        text.CopyTo(to[at..]);
        return at + text.Length;
    }

    /// <summary>A value, a whole step of bytes at a time: how long it is, which nothing foretells, is asked only of long ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Put(Span<byte> to, int at, ReadOnlySpan<byte> content, TextPlace place)
    {
        content.Slice(place.Start, Step).CopyTo(to[at..]);
        return place.Length <= Step ? at + place.Length : PutLong(to, at, content, place);
    }

    /// <summary>A name and its value where there is one. They are written in any case, and written over where there is none: which lines have one, nothing foretells.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int PutIf(bool isThere, Span<byte> to, int at, ReadOnlySpan<byte> name, ReadOnlySpan<byte> content, TextPlace place)
    {
        var length = Put(to, Put(to, at, name), content, place) - at;
        return at + (length & -(isThere ? 1 : 0));
    }

    private static int PutLong(Span<byte> to, int at, ReadOnlySpan<byte> content, TextPlace place)
    {
        for (var done = Step; done < place.Length; done += Step)
        {
            content.Slice(place.Start + done, Step).CopyTo(to[(at + done)..]);
        }

        return at + place.Length;
    }

    /// <summary>A number that is not negative, eight digits at a time.</summary>
    private static int PutNumber(Span<byte> to, int at, long number)
    {
        if (number >= FieldNumbers.EightDigits)
        {
            at = PutNumber(to, at, number / FieldNumbers.EightDigits);
            BinaryPrimitives.WriteUInt64LittleEndian(to[at..], FieldNumbers.Digits((uint)(number % FieldNumbers.EightDigits)));
            return at + sizeof(ulong);
        }

        // Leading zeros are the lowest bytes; one digit stays.
        var digits = FieldNumbers.Digits((uint)number);
        var zeros = BitOperations.TrailingZeroCount((digits & 0x0f0f0f0f0f0f0f0f) | (1UL << 56)) / 8;
        BinaryPrimitives.WriteUInt64LittleEndian(to[at..], digits >> (8 * zeros));
        return at + sizeof(ulong) - zeros;
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
            byte[] before = [.. "\",\"event\":{"u8, .. _event, .. ",\"created\":\""u8];
            byte[] time = [.. "0000-00-00T00:00:00.000Z"u8];
            byte[] after = [.. "\"},\"log\":{\"file\":{\"path\":\""u8, .. escapedPath.AsSpan(0, pathLength), .. "\"},\"offset\":"u8];
            prepared.Become(
                this,
                path,
                before.Length,
                [[.. before, .. time, .. "\",\"outcome\":\"success"u8, .. after], [.. before, .. time, .. "\",\"outcome\":\"failure"u8, .. after]]);
        }

        if (prepared.ReadAtTicks != readAtTicks)
        {
            prepared.SetTime(readAtTicks, fields.Created.Format(readAtTicks));
        }

        return prepared;
    }
}
