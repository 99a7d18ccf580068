using LogShipper.Parsing;

namespace LogShipper.Payloads;

/// <summary>Who asked, and whom: <c>source</c>, <c>user</c>, <c>destination</c> and <c>related</c>.</summary>
internal static class PeerDocument
{
    public static void Write(ref DocumentWriter writer, scoped in Record record)
    {
        var address = SourceAddress(record);
        var isIp = NetworkAddress.IsAddress(address);
        WriteSource(ref writer, record, address, isIp);

        var hasUser = record.TryGet(NginxVariable.RemoteUser, out var user) && !user.Value.IsEmpty;
        if (hasUser)
        {
            var mark = writer.Open("\"user\":"u8);
            writer.Member("\"name\":"u8, user);
            writer.Close(mark);
        }

        var destination = WriteDestination(ref writer, record);
        var related = writer.Open("\"related\":"u8);
        var ips = writer.OpenArray("\"ip\":"u8);
        if (isIp)
        {
            writer.Item(address);
        }

        if (!destination.IsEmpty && !(isIp && destination.SequenceEqual(address)))
        {
            writer.Item(destination);
        }

        writer.CloseArray(ips);
        if (hasUser)
        {
            writer.Name("\"user\":["u8);
            writer.Text(writer.Fields.Decode(user));
            writer.Put((byte)']');
        }

        writer.Close(related);
    }

    /// <summary>The next of the addresses in front of a line (<c>10.0.0.2, 10.0.0.1, 85.181.35.98</c>); false: there are no more.</summary>
    public static bool TryNextAddress(scoped ref ReadOnlySpan<byte> list, out ReadOnlySpan<byte> address)
    {
        list = list.TrimStart(" ,\""u8);
        var end = list.IndexOfAny((byte)' ', (byte)',', (byte)'"');
        address = end < 0 ? list : list[..end];
        list = list[address.Length..];
        return !address.IsEmpty;
    }

    /// <summary>The first that is not private; if all are, the first.</summary>
    private static ReadOnlySpan<byte> SourceAddress(scoped in Record record)
    {
        if (!record.TryGet(NginxVariable.RemoteAddr, out var field))
        {
            return [];
        }

        var list = field.Value;
        ReadOnlySpan<byte> first = [];
        while (TryNextAddress(ref list, out var address))
        {
            if (!NetworkAddress.IsPrivate(address))
            {
                return address;
            }

            first = first.IsEmpty ? address : first;
        }

        return first;
    }

    private static void WriteSource(ref DocumentWriter writer, scoped in Record record, scoped ReadOnlySpan<byte> address, bool isIp)
    {
        var mark = writer.Open("\"source\":"u8);
        if (!address.IsEmpty)
        {
            writer.Member("\"address\":"u8, address);
        }

        if (isIp)
        {
            writer.Member("\"ip\":"u8, address);
        }

        if (record.TryGet(NginxVariable.RemotePort, out var port) && FieldNumbers.TryLong(port.Value, out var number))
        {
            writer.Member("\"port\":"u8, number);
        }

        writer.Close(mark);
    }

    /// <summary>Returns the address, if it is one.</summary>
    private static ReadOnlySpan<byte> WriteDestination(ref DocumentWriter writer, scoped in Record record)
    {
        var mark = writer.Open("\"destination\":"u8);
        ReadOnlySpan<byte> ip = [];
        var port = -1L;
        if (record.TryGet(NginxVariable.Host, out var host) || record.TryGet(NginxVariable.HttpHost, out host) || record.TryGet(NginxVariable.ServerName, out host))
        {
            HostPort.Cut(host.Value, out var name, out port);
            if (NetworkAddress.IsAddress(name))
            {
                ip = name;
                writer.Member("\"ip\":"u8, name);
            }
            else if (!name.IsEmpty)
            {
                writer.Member("\"domain\":"u8, host.Encoding, name);
            }
        }

        if (port < 0 && !(record.TryGet(NginxVariable.ServerPort, out var field) && FieldNumbers.TryLong(field.Value, out port)))
        {
            port = -1;
        }

        if (port >= 0)
        {
            writer.Member("\"port\":"u8, port);
        }

        writer.Close(mark);
        return ip;
    }
}
