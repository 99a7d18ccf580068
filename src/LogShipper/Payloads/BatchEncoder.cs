using LogShipper.Parsing;
using LogShipper.Tailing;

namespace LogShipper.Payloads;

/// <summary>Turns batches of one log into payloads for one sink: parse, (stages), write, compress. Deterministic.</summary>
internal sealed class BatchEncoder
{
    public BatchEncoder(LogParser parser, IRecordWriter writer)
    {
        _ = parser;
        _ = writer;
    }

    /// <summary>Encodes the batch, or only those of its records whose indexes stand in <paramref name="items"/> (ascending).
    /// Sets <see cref="Batch.LastTimeTicks"/> when it encodes the whole. Safe to call from several threads.</summary>
    public Payload Encode(Batch batch, int[]? items = null) => throw new NotSupportedException();
}
