using System.Buffers.Text;
using LogShipper.Parsing;
using LogShipper.Payloads;

namespace LogShipper.Signals;

/// <summary>Writes one <see cref="SignalItem"/> for each record. Nothing of the record's text leaves with it.</summary>
internal sealed class SignalRecordWriter(string target, bool isErrorLog) : IRecordWriter
{
    /// <summary>A longer one is a forged or broken number.</summary>
    private const double LongestSeconds = 24 * 60 * 60;

    private static readonly byte[] NoSpaceLeft = "28"u8.ToArray();

    public bool Parses => true;

    public bool TracksItems => false;

    public string Target => target;

    public PayloadCompression Compression => PayloadCompression.None;

    public void Write(ref Record record, PayloadBuffer output)
    {
        ItemOf(ref record).Write(output.GetSpan(SignalItem.Size));
        output.Advance(SignalItem.Size);
    }

    internal SignalItem ItemOf(ref Record record) => !record.Parsed ? SignalItem.Unparsed : isErrorLog ? ErrorOf(ref record) : RequestOf(ref record);

    private static SignalItem RequestOf(ref Record record)
    {
        var method = (byte)(SignalWords.Methods.Length - 1);
        if (record.TryGet(NginxVariable.RequestMethod, out var field))
        {
            method = SignalWords.MethodOf(field.Value);
        }
        else if (record.TryGet(NginxVariable.Request, out field) && field.Value.IndexOf((byte)' ') is > 0 and var space)
        {
            method = SignalWords.MethodOf(field.Value[..space]);
        }

        var status = record.TryGet(NginxVariable.Status, out field) ? SignalWords.StatusClassOf(field.Value) : (byte)(SignalWords.StatusClasses.Length - 1);
        var bytes = record.TryGet(NginxVariable.BytesSent, out field) || record.TryGet(NginxVariable.BodyBytesSent, out field) ? NumberOf(field.Value) : 0;
        var request = record.TryGet(NginxVariable.RequestTime, out field) ? MillisecondsOf(field.Value) : -1;
        var upstream = record.TryGet(NginxVariable.UpstreamResponseTime, out field) ? SumOf(field.Value) : -1;
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

    private static long NumberOf(ReadOnlySpan<byte> digits) =>
        Utf8Parser.TryParse(digits, out long number, out var consumed) && consumed == digits.Length && number > 0 ? number : 0;

    private static int MillisecondsOf(ReadOnlySpan<byte> seconds) =>
        Utf8Parser.TryParse(seconds, out double value, out var consumed) && consumed == seconds.Length && value is >= 0 and <= LongestSeconds
            ? (int)Math.Round(value * 1000)
            : -1;

    /// <summary>Of <c>0.012, 0.003 : 0.100</c> the sum (each is one upstream that was tried); <c>-</c> stands for one that never answered.</summary>
    private static int SumOf(ReadOnlySpan<byte> times)
    {
        var sum = -1;
        while (!times.IsEmpty)
        {
            var length = times.IndexOfAny(" ,:"u8);
            var time = length < 0 ? times : times[..length];
            if (MillisecondsOf(time) is >= 0 and var milliseconds)
            {
                sum = Math.Max(0, sum) + milliseconds;
            }

            times = length < 0 ? [] : times[(length + 1)..];
        }

        return sum;
    }
}
