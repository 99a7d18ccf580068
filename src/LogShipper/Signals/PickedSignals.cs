using LogShipper.Parsing;

namespace LogShipper.Signals;

/// <summary>What a line of an access log says about nginx, from the few of its fields that matter: as <see cref="RecordSignals"/> has it of the parsed record.</summary>
internal static class PickedSignals
{
    /// <summary>The fields, in the order of their places.</summary>
    public static readonly NginxVariable[] Variables =
    [
        NginxVariable.RequestMethod, NginxVariable.Request, NginxVariable.Status, NginxVariable.BytesSent, NginxVariable.BodyBytesSent, NginxVariable.RequestTime, NginxVariable.UpstreamResponseTime,
    ];

    public static SignalItem ItemOf(ReadOnlySpan<byte> line, ReadOnlySpan<FieldPlace> places)
    {
        var (requestMethod, request, status, bytesSent, bodyBytesSent, requestTime, upstreamTime) = (places[0], places[1], places[2], places[3], places[4], places[5], places[6]);
        return new SignalItem(
            SignalKind.Request,
            requestMethod.Length >= 0 ? SignalWords.MethodOf(Text(line, requestMethod)) : request.Length >= 0 ? SignalWords.MethodOfRequest(Text(line, request)) : SignalWords.OtherMethod,
            SignalWords.StatusClassOf(status.Length >= 0 ? Text(line, status) : default),
            NginxAlarm.None,
            requestTime.Length >= 0 ? SignalNumbers.MillisecondsOf(Text(line, requestTime)) : -1,
            upstreamTime.Length >= 0 ? SignalNumbers.SumOfMilliseconds(Text(line, upstreamTime)) : -1,
            bytesSent.Length >= 0 ? SignalNumbers.WholeOf(Text(line, bytesSent)) : bodyBytesSent.Length >= 0 ? SignalNumbers.WholeOf(Text(line, bodyBytesSent)) : 0);
    }

    private static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> line, FieldPlace place) => line.Slice(place.Start, place.Length);
}
