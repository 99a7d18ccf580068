using LogShipper.Parsing;

namespace LogShipper.Signals;

/// <summary>What a parsed record says about nginx.</summary>
internal static class RecordSignals
{
    private static readonly byte[] NoSpaceLeft = "28"u8.ToArray();
    private static readonly ulong RequestMethod = FieldTable.Bit(NginxVariable.RequestMethod);
    private static readonly ulong Request = FieldTable.Bit(NginxVariable.Request);
    private static readonly ulong Status = FieldTable.Bit(NginxVariable.Status);
    private static readonly ulong BytesSent = FieldTable.Bit(NginxVariable.BytesSent);
    private static readonly ulong BodyBytesSent = FieldTable.Bit(NginxVariable.BodyBytesSent);
    private static readonly ulong RequestTime = FieldTable.Bit(NginxVariable.RequestTime);
    private static readonly ulong UpstreamTime = FieldTable.Bit(NginxVariable.UpstreamResponseTime);

    public static SignalItem ItemOf(ref Record record, bool isErrorLog) => !record.Parsed ? SignalItem.Unparsed : isErrorLog ? ErrorOf(ref record) : RequestOf(ref record);

    private static SignalItem RequestOf(ref Record record)
    {
        var fields = record.Table;
        var content = record.Content;
        var has = fields.Values;
        var method = (has & RequestMethod) != 0 ? SignalWords.MethodOf(fields.TextOf(NginxVariable.RequestMethod, content))
            : (has & Request) != 0 ? SignalWords.MethodOfRequest(fields.TextOf(NginxVariable.Request, content))
            : SignalWords.OtherMethod;
        var status = SignalWords.StatusClassOf((has & Status) != 0 ? fields.TextOf(NginxVariable.Status, content) : default);
        var bytes = (has & BytesSent) != 0 ? SignalNumbers.WholeOf(content, fields.PlaceOf(NginxVariable.BytesSent))
            : (has & BodyBytesSent) != 0 ? SignalNumbers.WholeOf(content, fields.PlaceOf(NginxVariable.BodyBytesSent))
            : 0;
        var request = (has & RequestTime) != 0 ? SignalNumbers.MillisecondsOf(fields.TextOf(NginxVariable.RequestTime, content)) : -1;
        var upstream = (has & UpstreamTime) != 0 ? SignalNumbers.SumOfMilliseconds(fields.TextOf(NginxVariable.UpstreamResponseTime, content)) : -1;
        return new SignalItem(SignalKind.Request, method, status, NginxAlarm.None, request, upstream, bytes);
    }

    private static SignalItem ErrorOf(ref Record record)
    {
        var level = record.TryGet(NginxVariable.Level, out var field) ? SignalWords.LevelOf(field.Value) : (byte)(SignalWords.Levels.Length - 1);
        return new SignalItem(SignalKind.Error, level, 0, AlarmOf(ref record), -1, -1, 0);
    }

    /// <summary>Anchored where nginx writes it: what a client puts into the middle of a message raises no alarm.</summary>
    private static NginxAlarm AlarmOf(ref Record record)
    {
        if (record.TryGet(NginxVariable.Errno, out var errno) && errno.Value.SequenceEqual(NoSpaceLeft))
        {
            return NginxAlarm.NoSpace;
        }

        if (!record.TryGet(NginxVariable.Message, out var field))
        {
            return NginxAlarm.None;
        }

        var message = field.Value;
        if (message.StartsWith("write() to \""u8) && message.LastIndexOf("\" was incomplete: "u8) > 0)
        {
            return NginxAlarm.IncompleteWrite;
        }

        var digits = message.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (digits > 0 && message[digits..].StartsWith(" worker_connections are not enough"u8))
        {
            return NginxAlarm.WorkerConnections;
        }

        return message.StartsWith("worker process "u8) && message.IndexOf(" exited on signal "u8) > 0 ? NginxAlarm.WorkerKilled : NginxAlarm.None;
    }
}
