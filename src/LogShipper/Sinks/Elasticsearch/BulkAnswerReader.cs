using System.Text.Json;
using LogShipper.Shipping;
using LogShipper.Tailing;

namespace LogShipper.Sinks.Elasticsearch;

/// <summary>
/// What a bulk answer says of each item. Only a whole answer with as many items as were sent says anything: a cut or
/// strange one, or one with the wrong number of items, delivers nothing, and all is sent again (the ids make that harmless).
/// </summary>
internal static class BulkAnswerReader
{
    // The answer for a batch of usual lines at once: some 26 bytes for each of 1,200.
    private const int UsualBufferBytes = 32 * 1024;

    // A single token may be this long: a reason that quotes the value of a field, which a line at its limit and
    // escaped makes 6 MiB. Nothing else makes the buffer grow.
    private const int LongestTokenBytes = 16 * 1024 * 1024;

    public static async ValueTask<Delivery> ReadAsync(Stream answer, int expectedCount, TimeSpan? retryAfter, CancellationToken cancellation)
    {
        var parser = new BulkAnswerParser();
        var buffer = BytePool.Shared.Rent(UsualBufferBytes);
        try
        {
            var kept = 0;
            while (true)
            {
                if (kept == buffer.Length)
                {
                    if (buffer.Length >= LongestTokenBytes)
                    {
                        return Delivery.Retry("not a bulk answer", retryAfter);
                    }

                    buffer = Grow(buffer, kept);
                }

                var read = await answer.ReadAsync(buffer.AsMemory(kept), cancellation);
                var length = kept + read;
                var consumed = parser.Read(buffer.AsSpan(0, length), isFinal: read == 0);
                if (read == 0)
                {
                    return Judge(parser, expectedCount, retryAfter);
                }

                if (parser.Count > expectedCount)
                {
                    return Delivery.Retry("wrong number of items", retryAfter);
                }

                kept = length - consumed;
                buffer.AsSpan(consumed, kept).CopyTo(buffer);
            }
        }
        catch (JsonException)
        {
            return Delivery.Retry("not a bulk answer", retryAfter);
        }
        finally
        {
            BytePool.Shared.Return(buffer);
        }
    }

    private static Delivery Judge(BulkAnswerParser parser, int expectedCount, TimeSpan? retryAfter)
    {
        if (!parser.IsComplete)
        {
            return Delivery.Retry("not a bulk answer", retryAfter);
        }

        if (parser.Count != expectedCount)
        {
            return Delivery.Retry("wrong number of items", retryAfter);
        }

        return parser.Outcomes.Count == 0
            ? parser.Duplicates == 0 ? Delivery.Complete : Delivery.Answered([], parser.Duplicates)
            : Delivery.Answered(parser.Outcomes, parser.Duplicates, retryAfter, parser.Outcomes[0].Reason);
    }

    private static byte[] Grow(byte[] buffer, int kept)
    {
        var larger = BytePool.Shared.Rent(buffer.Length * 2);
        buffer.AsSpan(0, kept).CopyTo(larger);
        BytePool.Shared.Return(buffer);
        return larger;
    }
}
