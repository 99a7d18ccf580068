using LogShipper.Parsing;

namespace LogShipper.Signals;

/// <summary>What a parsed record says about nginx.</summary>
internal static class RecordSignals
{
    private static readonly byte[] NoSpaceLeft = "28"u8.ToArray();

    public static SignalItem ItemOf(ref Record record, bool isErrorLog) => !record.Parsed ? SignalItem.Unparsed : isErrorLog ? ErrorOf(ref record) : RequestOf(ref record);

    private static SignalItem RequestOf(ref Record record)
    {
        var method = record.TryGet(NginxVariable.RequestMethod, out var field) ? SignalWords.MethodOf(field.Value)
            : record.TryGet(NginxVariable.Request, out field) ? SignalWords.MethodOfRequest(field.Value)
            : SignalWords.OtherMethod;
        var status = SignalWords.StatusClassOf(record.TryGet(NginxVariable.Status, out field) ? field.Value : default);
        var bytes = record.TryGet(NginxVariable.BytesSent, out field) || record.TryGet(NginxVariable.BodyBytesSent, out field) ? SignalNumbers.WholeOf(field.Value) : 0;
        var request = record.TryGet(NginxVariable.RequestTime, out field) ? SignalNumbers.MillisecondsOf(field.Value) : -1;
        var upstream = record.TryGet(NginxVariable.UpstreamResponseTime, out field) ? SignalNumbers.SumOfMilliseconds(field.Value) : -1;
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
