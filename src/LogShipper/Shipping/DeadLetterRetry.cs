using System.Globalization;
using System.Text;
using LogShipper.Payloads;
using LogShipper.Tailing;

namespace LogShipper.Shipping;

/// <summary>How one dead letter fared.</summary>
internal enum RetryOutcome : byte
{
    /// <summary>The sink has it now.</summary>
    Taken,

    /// <summary>It stays: refused once more, or it cannot be sent.</summary>
    Stays,

    /// <summary>It stays, and the sink takes nothing else either now.</summary>
    SinkTakesNothing,
}

/// <summary>Sends dead letters of one lane again, each in one attempt of its own and under its old id. Touches no file.</summary>
internal sealed class DeadLetterRetry
{
    private readonly Shipper _lane;
    private readonly BatchEncoder _encoder;

    public DeadLetterRetry(Shipper lane)
    {
        _lane = lane;
        _encoder = new BatchEncoder(lane.Log.Parser, lane.Circuit.Sink.CreateWriter(lane.Log.ForSinks));
    }

    /// <returns>How it fared, with a short code that tells why it stays.</returns>
    public async ValueTask<(RetryOutcome Outcome, string Reason)> SendAsync(DeadLetter letter, CancellationToken cancellation)
    {
        if (BatchOf(letter) is not { } batch)
        {
            return (RetryOutcome.Stays, "does not read as the record that it was");
        }

        using (batch)
        using (var payload = _encoder.Encode(batch))
        {
            return Judge(await _lane.Circuit.AttemptAsync(payload, draining: false, cancellation));
        }
    }

    private static (RetryOutcome Outcome, string Reason) Judge(Delivery delivery) => delivery.Result switch
    {
        DeliveryResult.Answered when delivery.Items is [{ Fate: ItemFate.Rejected or ItemFate.Retry } item, ..] => (RetryOutcome.Stays, item.Reason),
        DeliveryResult.Answered => (RetryOutcome.Taken, ""),
        DeliveryResult.Refused => (RetryOutcome.Stays, delivery.Reason),
        _ => (RetryOutcome.SinkTakesNothing, delivery.Reason),
    };

    /// <summary>The record as it was read; null: its formats read it as something else now, or the file was tampered with.</summary>
    private Batch? BatchOf(DeadLetter letter)
    {
        if (!ulong.TryParse(letter.File, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var file) || letter.Offset < 0)
        {
            return null;
        }

        var length = letter.Line.Length + 1;
        var buffer = BytePool.Shared.Rent(length);
        letter.Line.CopyTo(buffer, 0);
        buffer[length - 1] = (byte)'\n';

        // A record without a time of its own gets that of its refusal: what stood before it is not known any more.
        var time = letter.Time.UtcTicks;
        var batch = new Batch(new FileId(file), letter.Offset, letter.Offset + length, buffer, 0, length, _lane.Log.Parser)
        {
            Log = letter.Log,
            Path = letter.Path,
            ReadAtTicks = time,
            TimeBeforeTicks = time,
            LastTimeTicks = time,
        };
        if (batch.Count == 1 && IdOf(batch) == letter.Id)
        {
            return batch;
        }

        batch.Dispose();
        return null;
    }

    private static string IdOf(Batch batch)
    {
        Span<byte> id = stackalloc byte[DocumentId.Length];
        foreach (var record in batch)
        {
            DocumentId.Write(batch.File, record, id);
        }

        return Encoding.ASCII.GetString(id);
    }
}
