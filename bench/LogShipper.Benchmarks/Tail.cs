using LogShipper.Parsing;
using LogShipper.Payloads;
using LogShipper.Shipping;
using LogShipper.Sinks.Elasticsearch;
using LogShipper.Tailing;

namespace LogShipper.Benchmarks;

/// <summary>The corpus as the shipper reads it: the Pod's default configuration, from a real file.</summary>
internal sealed class Tail : IPositions, ITailEvents, IDisposable
{
    private readonly LogReader _reader;
    private Mark _next;

    public Tail(string file, int batchBytes)
    {
        var directory = new DiskLogDirectory(Path.GetDirectoryName(file)!, TimeProvider.System);
        _reader = new LogReader(
            "access", "", Path.GetFileName(file), directory, Parser, new BatchLimits(batchBytes, 1 << 20), TimeSpan.FromSeconds(10), this, this, TimeProvider.System);
        _reader.Look(0);
    }

    public static LogParser Parser { get; } = LogParser.Compile(["main", "combined"], TimeZoneInfo.Utc, []) ?? throw new InvalidOperationException("The formats do not compile.");

    /// <summary>What every document says of a Pod.</summary>
    public static DocumentContext Pod { get; } = new()
    {
        PodName = "webserver",
        PodNamespace = "default",
        PodUid = "6f2d4f2e-2a43-4b0e-9a55-6a4c9d2b8f10",
        NodeName = "node-1.example.com",
        ContainerName = "nginx-container",
        HostName = "node-1.example.com",
    };

    public static SinkLog Log { get; } = new("access", "nginx.access", KeepOriginal: false);

    public static BatchEncoder Encoder(PayloadCompression compression) =>
        new(Parser, new ElasticsearchRecordWriter(new JsonLayout(Log, Pod), "logs-nginx.access-default", indexOfRecord: null, compression));

    /// <summary>The next batch; null: that was all.</summary>
    public Batch? Read()
    {
        if (_reader.TryRead(oversize: false, out var batch) != ReadResult.Batch)
        {
            return null;
        }

        _next = batch!.EndMark;
        return batch;
    }

    public Mark NextRead(FileId file) => _next;

    public long SettledOffset(FileId file) => _next.Offset;

    public void Lost(TrackedFile file, LossReason reason, long from, long bytes) => throw new InvalidOperationException("Lost.");

    public void Rotated(TrackedFile file)
    {
    }

    public void Truncated(TrackedFile file) => throw new InvalidOperationException("Truncated.");

    public void Problem(string? what)
    {
        if (what is not null)
        {
            throw new InvalidOperationException(what);
        }
    }

    public void Dispose() => _reader.Dispose();
}
