using LogShipper.Parsing;

namespace LogShipper.Payloads;

/// <summary>
/// What only nginx knows: <c>nginx.access</c> and, where upstreams were asked, <c>nginx.ingress_controller</c>. Variables
/// without an ECS field keep their names below <c>nginx.access</c>, as strings: whether the same key is a number in the
/// next line nobody knows, and an index that took it for one would refuse that line. A value that is no number in a
/// field of numbers goes to <c>nginx.access.invalid</c>, a second field of the same name to <c>nginx.access.repeated</c>.
/// </summary>
internal static class NginxDocument
{
    public static void Write(ref DocumentWriter writer, scoped in Record record, bool requestIsNone)
    {
        var access = writer.Open("\"access\":"u8);
        if (record.TryGet(NginxVariable.RemoteAddr, out var addresses))
        {
            var list = addresses.Value;
            var mark = writer.OpenArray("\"remote_ip_list\":"u8);
            while (PeerDocument.TryNextAddress(ref list, out var address))
            {
                writer.Item(address);
            }

            writer.CloseArray(mark);
        }

        if (record.TryGet(NginxVariable.RequestTime, out var time) && FieldNumbers.TryNanoseconds(time.Value, out var nanoseconds))
        {
            writer.Member("\"response_time\":"u8, nanoseconds / 1_000_000);
        }

        if (requestIsNone && record.TryGet(NginxVariable.Request, out var request))
        {
            writer.Member("\"request\":"u8, request);
        }

        WriteOthers(ref writer, record);
        writer.Close(access);
        UpstreamDocument.Write(ref writer, record);
    }

    private static void WriteOthers(ref DocumentWriter writer, scoped in Record record)
    {
        var repeated = 0;
        var invalid = 0;
        for (var index = 0; index < record.FieldCount; index++)
        {
            var field = record[index];
            if (field.IsMissing)
            {
                continue;
            }

            if (field.Variable == NginxVariable.Other)
            {
                repeated += field.IsRepeated ? 1 : 0;
                if (!field.IsRepeated)
                {
                    writer.OwnName(field.Name);
                    writer.Text(writer.Fields.Decode(field));
                }

                continue;
            }

            switch (Kind(field.Variable))
            {
                case NumberKind.Text:
                    if (!NginxVariables.FeedsEcs(field.Variable))
                    {
                        writer.OwnName(NginxVariables.NameOf(field.Variable));
                        writer.Text(writer.Fields.Decode(field));
                    }

                    break;
                case NumberKind.Decimal when FieldNumbers.IsDecimal(field.Value):
                    writer.OwnName(NginxVariables.NameOf(field.Variable));
                    writer.Put(field.Value);
                    break;
                case NumberKind.Long when FieldNumbers.TryLong(field.Value, out var number):
                    if (!NginxVariables.FeedsEcs(field.Variable))
                    {
                        writer.OwnName(NginxVariables.NameOf(field.Variable));
                        writer.Number(number);
                    }

                    break;
                case NumberKind.Seconds when FieldNumbers.TryNanoseconds(field.Value, out _):
                    break;
                default:
                    invalid++;
                    break;
            }
        }

        if (invalid > 0)
        {
            WriteInvalid(ref writer, record);
        }

        if (repeated > 0)
        {
            WriteRepeated(ref writer, record);
        }
    }

    private enum NumberKind : byte
    {
        Text,
        Long,
        Decimal,
        Seconds,
    }

    private static NumberKind Kind(NginxVariable variable) => variable switch
    {
        NginxVariable.Status or NginxVariable.BodyBytesSent or NginxVariable.BytesSent or NginxVariable.RequestLength or NginxVariable.ServerPort or
            NginxVariable.RemotePort or NginxVariable.Connection or NginxVariable.ConnectionRequests or NginxVariable.Pid => NumberKind.Long,
        NginxVariable.GzipRatio or NginxVariable.ConnectionTime => NumberKind.Decimal,
        NginxVariable.RequestTime => NumberKind.Seconds,
        _ => NumberKind.Text,
    };

    private static bool IsInvalid(scoped in Field field) => Kind(field.Variable) switch
    {
        NumberKind.Long => !FieldNumbers.TryLong(field.Value, out _),
        NumberKind.Decimal => !FieldNumbers.IsDecimal(field.Value),
        NumberKind.Seconds => !FieldNumbers.TryNanoseconds(field.Value, out _),
        _ => false,
    };

    private static void WriteInvalid(ref DocumentWriter writer, scoped in Record record)
    {
        var mark = writer.Open("\"invalid\":"u8);
        for (var index = 0; index < record.FieldCount; index++)
        {
            var field = record[index];
            if (!field.IsMissing && field.Variable != NginxVariable.Other && IsInvalid(field))
            {
                writer.OwnName(NginxVariables.NameOf(field.Variable));
                writer.Text(writer.Fields.Decode(field));
            }
        }

        writer.Close(mark);
    }

    private static void WriteRepeated(ref DocumentWriter writer, scoped in Record record)
    {
        var mark = writer.Open("\"repeated\":"u8);
        for (var index = 0; index < record.FieldCount; index++)
        {
            var field = record[index];
            if (field.IsRepeated && !field.IsMissing && !StoodBefore(record, index))
            {
                writer.OwnName(field.Name);
                writer.Text(writer.Fields.Decode(field));
            }
        }

        writer.Close(mark);
    }

    private static bool StoodBefore(scoped in Record record, int index)
    {
        for (var earlier = 0; earlier < index; earlier++)
        {
            if (record[earlier].IsRepeated && !record[earlier].IsMissing && NginxVariables.AreSameName(record[earlier].Name, record[index].Name))
            {
                return true;
            }
        }

        return false;
    }
}
