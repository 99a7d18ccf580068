using System.Buffers.Binary;
using System.Runtime.InteropServices;
using LogShipper.Payloads;

namespace LogShipper.Signals;

/// <summary>
/// What is counted of a batch, as a payload's body: two durations for each record that has one, in its milliseconds, then the tally.
/// </summary>
internal static class SignalBody
{
    private const int DurationBytes = 2 * sizeof(int);
    private const int TallyBytes = SignalTally.Count * sizeof(long);

    /// <summary>Where the durations of a body stand.</summary>
    public static ReadOnlySpan<byte> Durations(ReadOnlySpan<byte> body) => body[..^TallyBytes];

    public static ReadOnlySpan<long> Tally(ReadOnlySpan<byte> body, Span<long> room)
    {
        body[^TallyBytes..].CopyTo(MemoryMarshal.AsBytes(room));
        return room[..SignalTally.Count];
    }

    public static void WriteDurations(PayloadBuffer output, int request, int upstream)
    {
        var bytes = output.GetSpan(DurationBytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes, request);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[sizeof(int)..], upstream);
        output.Advance(DurationBytes);
    }

    /// <summary>Takes the first durations off; either is negative where it is not known.</summary>
    public static bool TryTake(ref ReadOnlySpan<byte> durations, out int request, out int upstream)
    {
        if (durations.IsEmpty)
        {
            request = upstream = -1;
            return false;
        }

        request = BinaryPrimitives.ReadInt32LittleEndian(durations);
        upstream = BinaryPrimitives.ReadInt32LittleEndian(durations[sizeof(int)..]);
        durations = durations[DurationBytes..];
        return true;
    }

    public static void Write(PayloadBuffer output, in SignalTally tally) => output.Write(tally.Bytes);
}
