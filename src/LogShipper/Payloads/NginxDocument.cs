using System.Numerics;
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
    /// <summary>Those that may be written here: the ones without an ECS field, and numbers that may turn out to be none.</summary>
    private static readonly ulong LookedAt = ~FieldTable.Bit(NginxVariable.Other) & (~NginxVariables.FeedEcs | NginxVariables.All
        .Where(description => Kind(description.Variable) != NumberKind.Text)
        .Aggregate(0UL, (set, description) => set | FieldTable.Bit(description.Variable)));

    public static void Write(ref DocumentWriter writer, scoped in Record record, bool requestIsNone)
    {
        var access = writer.Open("\"access\":{"u8);
        if (record.TryGet(NginxVariable.RemoteAddr, out var addresses))
        {
            var list = addresses.Value;
            var mark = writer.OpenArray("\"remote_ip_list\":["u8);
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
        var invalid = false;
        for (var rest = writer.Fields.Values & LookedAt; rest != 0; rest &= rest - 1)
        {
            var variable = (NginxVariable)BitOperations.TrailingZeroCount(rest);
            record.TryGet(variable, out var field);
            var isOwn = (NginxVariables.FeedEcs & FieldTable.Bit(variable)) == 0;
            var kind = Kind(variable);
            if (IsInvalid(field, kind))
            {
                invalid = true;
            }
            else if (isOwn)
            {
                writer.OwnName(NginxVariables.NameOf(variable));
                WriteValue(ref writer, field, kind);
            }
        }

        var repeated = false;
        if (writer.Fields.IndexOf(NginxVariable.Other) >= 0)
        {
            WriteUnknown(ref writer, record, out repeated);
        }

        if (invalid)
        {
            WriteInvalid(ref writer, record);
        }

        if (repeated)
        {
            WriteRepeated(ref writer, record);
        }
    }

    private static void WriteValue(ref DocumentWriter writer, scoped in Field field, NumberKind kind)
    {
        switch (kind)
        {
            case NumberKind.Long:
                FieldNumbers.TryLong(field.Value, out var number);
                writer.Number(number);
                break;
            case NumberKind.Decimal:
                writer.Put(field.Value);
                break;
            default:
                writer.Text(writer.Fields.Decode(field));
                break;
        }
    }

    private static void WriteUnknown(ref DocumentWriter writer, scoped in Record record, out bool repeated)
    {
        repeated = false;
        for (var index = 0; index < record.FieldCount; index++)
        {
            var field = record[index];
            if (field.Variable != NginxVariable.Other || field.IsMissing)
            {
                continue;
            }

            if (field.IsRepeated)
            {
                repeated = true;
                continue;
            }

            writer.OwnName(record.NameAt(index));
            writer.Text(writer.Fields.Decode(field));
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

    private static bool IsInvalid(scoped in Field field, NumberKind kind) => kind switch
    {
        NumberKind.Long => !FieldNumbers.TryLong(field.Value, out _),
        NumberKind.Decimal => !FieldNumbers.IsDecimal(field.Value),
        NumberKind.Seconds => !FieldNumbers.TryNanoseconds(field.Value, out _),
        _ => false,
    };

    private static void WriteInvalid(ref DocumentWriter writer, scoped in Record record)
    {
        var mark = writer.Open("\"invalid\":{"u8);
        for (var rest = writer.Fields.Values & LookedAt; rest != 0; rest &= rest - 1)
        {
            var variable = (NginxVariable)BitOperations.TrailingZeroCount(rest);
            if (record.TryGet(variable, out var field) && IsInvalid(field, Kind(variable)))
            {
                writer.OwnName(NginxVariables.NameOf(variable));
                writer.Text(writer.Fields.Decode(field));
            }
        }

        writer.Close(mark);
    }

    private static void WriteRepeated(ref DocumentWriter writer, scoped in Record record)
    {
        var mark = writer.Open("\"repeated\":{"u8);
        for (var index = 0; index < record.FieldCount; index++)
        {
            var field = record[index];
            if (field.IsRepeated && !field.IsMissing && !StoodBefore(record, index))
            {
                writer.OwnName(record.NameAt(index));
                writer.Text(writer.Fields.Decode(field));
            }
        }

        writer.Close(mark);
    }

    private static bool StoodBefore(scoped in Record record, int index)
    {
        for (var earlier = 0; earlier < index; earlier++)
        {
            if (record[earlier].IsRepeated && !record[earlier].IsMissing && NginxVariables.AreSameName(record.NameAt(earlier), record.NameAt(index)))
            {
                return true;
            }
        }

        return false;
    }
}
