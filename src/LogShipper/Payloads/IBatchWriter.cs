using LogShipper.Parsing;
using LogShipper.Tailing;

namespace LogShipper.Payloads;

/// <summary>A writer whose body is no row of records: it takes a batch as a whole, and cuts it into records itself. Its bodies are smaller than their batches.</summary>
internal interface IBatchWriter : IRecordWriter
{
    /// <summary>
    /// Writes a body of the batch, or only of those of its records whose indexes stand in <paramref name="items"/> (ascending). Of the whole it
    /// sets <see cref="Batch.FirstTimeTicks"/> and <see cref="Batch.LastTimeTicks"/>. Called from several threads.
    /// </summary>
    /// <returns>How many records it took.</returns>
    int Write(Batch batch, int[]? items, LogParser parser, FieldTable fields, PayloadBuffer output);

    void IRecordWriter.Write(ref Record record, PayloadBuffer output) => throw new NotSupportedException("A record alone has no body here.");
}
