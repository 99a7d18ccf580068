using System.Buffers.Text;
using LogShipper.Parsing;

namespace LogShipper.Payloads;

/// <summary>
/// What the upstreams answered, under the names that the ingress controller's data stream of the integration has for it:
/// lists of all tries, and one value each: the last address and status, the sums of times and lengths.
/// </summary>
internal static class UpstreamDocument
{
    public static void Write(ref DocumentWriter writer, scoped in Record record)
    {
        var ingress = writer.Open("\"ingress_controller\":"u8);
        if (record.TryGet(NginxVariable.UpstreamAddr, out var addresses))
        {
            WriteList(ref writer, "\"upstream_address_list\":"u8, addresses);
        }

        var upstream = writer.Open("\"upstream\":"u8);
        if (record.TryGet(NginxVariable.UpstreamAddr, out addresses))
        {
            WriteLastAddress(ref writer, addresses);
        }

        WriteText(ref writer, "\"name\":"u8, record, NginxVariable.ProxyUpstreamName);
        WriteText(ref writer, "\"alternative_name\":"u8, record, NginxVariable.ProxyAlternativeUpstreamName);
        var response = writer.Open("\"response\":"u8);
        if (record.TryGet(NginxVariable.UpstreamStatus, out var statuses))
        {
            WriteLastNumber(ref writer, "\"status_code\":"u8, statuses);
            WriteList(ref writer, "\"status_code_list\":"u8, statuses);
        }

        if (record.TryGet(NginxVariable.UpstreamResponseTime, out var times))
        {
            WriteTimeSum(ref writer, times);
            WriteList(ref writer, "\"time_list\":"u8, times);
        }

        if (record.TryGet(NginxVariable.UpstreamResponseLength, out var lengths))
        {
            WriteLengthSum(ref writer, lengths);
            WriteList(ref writer, "\"length_list\":"u8, lengths);
        }

        writer.Close(response);
        writer.Close(upstream);
        writer.Close(ingress);
    }

    /// <summary>The next of <c>a, b : c</c>; false: there are no more.</summary>
    private static bool TryNext(scoped ref ReadOnlySpan<byte> list, out ReadOnlySpan<byte> item)
    {
        if (list.IsEmpty)
        {
            item = [];
            return false;
        }

        var comma = list.IndexOf(", "u8);
        var group = list.IndexOf(" : "u8);
        var end = comma < 0 ? group : group < 0 ? comma : Math.Min(comma, group);
        item = end < 0 ? list : list[..end];
        list = end < 0 ? [] : list[(end + (end == comma ? 2 : 3))..];
        return true;
    }

    private static void WriteText(ref DocumentWriter writer, scoped ReadOnlySpan<byte> name, scoped in Record record, NginxVariable variable)
    {
        if (record.TryGet(variable, out var field) && !field.Value.IsEmpty)
        {
            writer.Member(name, field);
        }
    }

    private static void WriteList(ref DocumentWriter writer, scoped ReadOnlySpan<byte> name, scoped in Field field)
    {
        var list = field.Value;
        var mark = writer.OpenArray(name);
        while (TryNext(ref list, out var item))
        {
            if (item is [(byte)'-'])
            {
                writer.Name("null"u8);
            }
            else
            {
                writer.Item(writer.Fields.Decode(field.Part(item)));
            }
        }

        writer.CloseArray(mark);
    }

    private static void WriteLastAddress(ref DocumentWriter writer, scoped in Field field)
    {
        var list = field.Value;
        ReadOnlySpan<byte> last = [];
        while (TryNext(ref list, out var item))
        {
            last = item;
        }

        HostPort.Cut(last, out var host, out var port);
        if (NetworkAddress.IsAddress(host))
        {
            writer.Member("\"ip\":"u8, host);
            if (port >= 0)
            {
                writer.Member("\"port\":"u8, port);
            }
        }
    }

    private static void WriteLastNumber(ref DocumentWriter writer, scoped ReadOnlySpan<byte> name, scoped in Field field)
    {
        var list = field.Value;
        var last = -1L;
        while (TryNext(ref list, out var item))
        {
            last = FieldNumbers.TryLong(item, out var number) ? number : last;
        }

        if (last >= 0)
        {
            writer.Member(name, last);
        }
    }

    private static void WriteLengthSum(ref DocumentWriter writer, scoped in Field field)
    {
        var list = field.Value;
        var sum = -1L;
        while (TryNext(ref list, out var item))
        {
            // Adding cannot overflow: a list that long is no list of lengths.
            if (FieldNumbers.TryLong(item, out var number) && number < 1L << 50)
            {
                sum = Math.Max(sum, 0) + number;
            }
        }

        if (sum is >= 0 and < 1L << 60)
        {
            writer.Member("\"length\":"u8, sum);
        }
    }

    private static void WriteTimeSum(ref DocumentWriter writer, scoped in Field field)
    {
        var list = field.Value;
        var sum = -1L;
        while (TryNext(ref list, out var item))
        {
            if (FieldNumbers.TryNanoseconds(item, out var nanoseconds))
            {
                sum = Math.Max(sum, 0) + (nanoseconds / 1_000_000);
            }
        }

        if (sum < 0)
        {
            return;
        }

        // In seconds, as nginx has it.
        Span<byte> text = stackalloc byte[24];
        Utf8Formatter.TryFormat(sum / 1000, text, out var length);
        text[length++] = (byte)'.';
        Utf8Formatter.TryFormat(sum % 1000, text[length..], out var digits, new System.Buffers.StandardFormat('D', 3));
        writer.Name("\"time\":"u8);
        writer.Put(text[..(length + digits)]);
    }
}
