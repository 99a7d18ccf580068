using System.Text;
using LogShipper.Parsing;
using LogShipper.Payloads;
using LogShipper.Shipping;
using LogShipper.Sinks.Elasticsearch;
using LogShipper.Tailing;
using LogShipper.Tests.Parsing;

namespace LogShipper.Tests.Sinks.Elasticsearch;

/// <summary>The whole way of a line, from the file to the request's body.</summary>
public sealed class AllocationTests
{
    private const int MostBytesABatch = 4096;

    [Theory]
    [InlineData(nameof(PayloadCompression.None))]
    [InlineData(nameof(PayloadCompression.Gzip))]
    public async Task From_the_file_to_the_body_of_the_request_a_line_allocates_nothing(string compression)
    {
        using var folder = new TemporaryFolder();
        var parser = Lines.Parser("main", "combined");
        await using var sink = new ElasticsearchSink(
            new ElasticsearchOptions { Nodes = [new Uri("http://localhost:9200")], Compression = Enum.Parse<PayloadCompression>(compression) }, TimeProvider.System);
        var encoder = new BatchEncoder(parser, sink.CreateWriter(new SinkLog("access", parser.Dataset, KeepOriginal: false)));
        await File.WriteAllTextAsync(folder["access.log"], Text(100_000), TestContext.Current.CancellationToken);

        // After the first time pools and tables are there. A collection that another test causes may empty the pools: what
        // a line allocated would show every time, so the least counts.
        var allocated = Ship(folder.Path, parser, encoder, out var lines, out var batches);
        for (var time = 0; time < 5 && allocated > batches * MostBytesABatch; time++)
        {
            allocated = Math.Min(allocated, Ship(folder.Path, parser, encoder, out lines, out batches));
        }

        Assert.Equal(100_000, lines);
        Assert.InRange(allocated, 0, batches * MostBytesABatch);
    }

    private static long Ship(string folder, LogParser parser, BatchEncoder encoder, out int lines, out int batches)
    {
        var positions = new OnePosition();
        using var reader = new LogReader(
            "access", "", "access.log", new DiskLogDirectory(folder, TimeProvider.System), parser, new BatchLimits(256 * 1024, 1 << 20), TimeSpan.FromSeconds(10), positions, positions, TimeProvider.System);
        reader.Look(0);
        (lines, batches) = (0, 0);
        var before = GC.GetAllocatedBytesForCurrentThread();
        while (reader.TryRead(oversize: false, out var batch) == ReadResult.Batch)
        {
            using (batch)
            using (var payload = encoder.Encode(batch!))
            using (var content = new BulkContent(payload))
            {
                Assert.True(content.CopyToAsync(Stream.Null).IsCompletedSuccessfully);
                positions.Next = batch!.EndMark;
                lines += payload.Count;
                batches++;
            }
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static string Text(int lines)
    {
        var text = new StringBuilder();
        for (var line = 0; line < lines; line++)
        {
            // One in a hundred is not plain, one in a thousand fits no format.
            text.Append(line % 1000 == 999
                ? "no line of nginx\n"
                : $"10.0.{line / 250 % 250}.{line % 250} - - [23/Nov/2026:03:{line / 60 % 60:00}:{line % 60:00} +0000] \"GET /path/{line}?q={(line % 100 == 0 ? "caf\\xC3\\xA9" : "tea")} HTTP/1.1\" 200 {line} \"-\" \"Mozilla/5.0 (X11; Linux x86_64)\" \"-\"\n");
        }

        return text.ToString();
    }

    private sealed class OnePosition : IPositions, ITailEvents
    {
        public Mark Next { get; set; }

        public Mark NextRead(FileId file) => Next;

        public long SettledOffset(FileId file) => Next.Offset;

        public void Lost(TrackedFile file, LossReason reason, long from, long bytes) => Assert.Fail("Nothing is lost.");

        public void Rotated(TrackedFile file)
        {
        }

        public void Truncated(TrackedFile file) => Assert.Fail("Nothing is truncated.");

        public void Problem(string? what) => Assert.Null(what);
    }
}
