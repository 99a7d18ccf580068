using System.Collections.Concurrent;
using LogShipper.Parsing;
using LogShipper.Shipping;
using LogShipper.Tailing;

namespace LogShipper.Payloads;

/// <summary>Turns batches of one log into payloads for one sink: parse, (stages), write, compress. What a body says is deterministic; how it is compressed is not.</summary>
internal sealed class BatchEncoder
{
    /// <summary>A compressed body is made in steps of this size, so that the plain one never exists as a whole.</summary>
    private const int StepBytes = 64 * 1024;
    private const int ScratchBytes = 96 * 1024;
    private const int SmallestBody = 4 * 1024;

    /// <summary>Ten times the lines: beyond it, one strange batch would make the next one's body too large.</summary>
    private const int MostGrowth = 160;

    /// <summary>Of the first body of parsed lines: memory that is not written to costs nothing, the smaller bodies that it would grow through do.</summary>
    private const int FirstGrowth = 8 * 16;

    /// <summary>One for each thread that encodes, not for each of some hundreds of lanes.</summary>
    private static readonly ConcurrentBag<FieldTable> Tables = [];

    private readonly LogParser _parser;
    private readonly IRecordWriter _writer;

    /// <summary>How much larger (in 1/16) than its lines the last whole body was: the next one is made in room that it fits into.</summary>
    private volatile int _growth;

    public BatchEncoder(LogParser parser, IRecordWriter writer)
    {
        _parser = parser;
        _writer = writer;
    }

    /// <summary>Whether records are parsed on their way.</summary>
    public bool Parses => _writer.Parses;

    /// <summary>Encodes the batch, or only those of its records whose indexes stand in <paramref name="items"/> (ascending).
    /// Sets <see cref="Batch.LastTimeTicks"/> and <see cref="Batch.Count"/> when it encodes the whole. Safe to call from several threads.</summary>
    /// <param name="batch">What is encoded.</param>
    /// <param name="items">Which of its records; null: all.</param>
    /// <param name="observed">Is shown each record that is parsed.</param>
    public Payload Encode(Batch batch, int[]? items = null, ObservedRanges? observed = null)
    {
        if (!Tables.TryTake(out var fields))
        {
            fields = new FieldTable();
        }

        try
        {
            var payload = _writer.Compression == PayloadCompression.Gzip ? EncodeCompressed(batch, items, fields, observed) : EncodePlain(batch, items, fields, observed);
            if (items is null)
            {
                batch.Count = payload.Count;
            }

            return payload;
        }
        finally
        {
            fields.Shrink();
            Tables.Add(fields);
        }
    }

    private Payload EncodePlain(Batch batch, int[]? items, FieldTable fields, ObservedRanges? observed)
    {
        var ends = _writer.TracksItems ? new int[items?.Length ?? batch.Count] : null;
        using var body = new PayloadBuffer(Math.Max(SmallestBody, Expected(batch, items) ?? (_writer is IBatchWriter ? 0 : batch.Bytes.Length + 1)));
        var count = _writer is IBatchWriter whole ? whole.Write(batch, items, _parser, fields, body) : WriteRecords(batch, items, fields, body, compressor: null, ends, observed);
        var bytes = body.Detach(out var length);
        Learn(batch, items, length);
        return new Payload(bytes, length, count, PayloadCompression.None, _writer.Target, ends);
    }

    private Payload EncodeCompressed(Batch batch, int[]? items, FieldTable fields, ObservedRanges? observed)
    {
        using var scratch = new PayloadBuffer(ScratchBytes);
        using var body = new PayloadBuffer(Math.Max(SmallestBody, Expected(batch, items) ?? batch.Bytes.Length / 4));
        var count = Compress(batch, items, fields, scratch, body, observed);
        var bytes = body.Detach(out var length);
        Learn(batch, items, length);
        return new Payload(bytes, length, count, PayloadCompression.Gzip, _writer.Target);
    }

    private int Compress(Batch batch, int[]? items, FieldTable fields, PayloadBuffer scratch, PayloadBuffer body, ObservedRanges? observed)
    {
        var compressor = GzipWriters.Shared.Rent();
        try
        {
            compressor.Begin(body);
            var count = WriteRecords(batch, items, fields, scratch, compressor, ends: null, observed);
            compressor.End();
            GzipWriters.Shared.Return(compressor);
            return count;
        }
        catch
        {
            // Half a body is in it.
            compressor.Dispose();
            throw;
        }
    }

    /// <summary>Growing a body copies what it holds: a little more than the last one needed saves that.</summary>
    private int? Expected(Batch batch, int[]? items)
    {
        var growth = _growth == 0 && _writer is { Parses: true, Compression: PayloadCompression.None } and not IBatchWriter ? FirstGrowth : _growth;
        return growth == 0 || items is not null ? null : (int)Math.Min(Array.MaxLength, (long)batch.Bytes.Length * (growth + 1) / 16);
    }

    private void Learn(Batch batch, int[]? items, int length)
    {
        if (items is null && batch.Bytes.Length >= SmallestBody)
        {
            _growth = (int)Math.Min(MostGrowth, ((long)length * 16 / batch.Bytes.Length) + 1);
        }
    }

    /// <summary>Writes the wanted records. Those before them are parsed too: a record without a time takes that of the one
    /// before it, and must take the same whether it is sent with the others or alone.</summary>
    private int WriteRecords(Batch batch, int[]? items, FieldTable fields, PayloadBuffer output, GzipWriter? compressor, int[]? ends, ObservedRanges? observed)
    {
        var parses = _writer.Parses;
        var time = batch.TimeBeforeTicks;
        var written = 0;
        foreach (var raw in batch)
        {
            if (items is not null && written == items.Length)
            {
                break;
            }

            var record = new Record(raw, batch, fields);
            record.TimeTicks = time;
            if (parses)
            {
                _parser.Parse(ref record);
                time = record.TimeTicks;
                if (raw.Index == 0)
                {
                    batch.FirstTimeTicks = time;
                }

                observed?.Observe(ref record);
            }

            if (items is not null && items[written] != raw.Index)
            {
                continue;
            }

            _writer.Write(ref record, output);
            if (ends is not null)
            {
                ends[written] = output.Length;
            }

            written++;
            if (compressor is not null && output.Length >= StepBytes)
            {
                compressor.Write(output.WrittenSpan);
                output.Clear();
            }
        }

        compressor?.Write(output.WrittenSpan);
        if (items is null)
        {
            batch.LastTimeTicks = time;
        }

        return written;
    }
}
