using LogShipper.Tailing;

namespace LogShipper.Payloads;

/// <summary>How a body is compressed.</summary>
internal enum PayloadCompression : byte
{
    None,

    /// <summary>gzip, level 1.</summary>
    Gzip,
}

/// <summary>
/// The encoded (and compressed) body of a batch, or of some of its records: what one request carries. It owns its
/// pooled bytes. Items are numbered from 0 in the order in which they stand in the body.
/// </summary>
internal sealed class Payload : IDisposable
{
    private byte[]? _body;
    private readonly int _length;

    public Payload(byte[] body, int length, int count, PayloadCompression compression, string target, int[]? itemEnds = null)
    {
        _body = body;
        _length = length;
        Count = count;
        Compression = compression;
        Target = target;
        ItemEnds = itemEnds;
    }

    public ReadOnlyMemory<byte> Body => (_body ?? throw new ObjectDisposedException(nameof(Payload))).AsMemory(0, _length);

    /// <summary>Number of items (records) in the body.</summary>
    public int Count { get; }

    public PayloadCompression Compression { get; }

    /// <summary>Where in the sink this goes, as the sink's own <see cref="IRecordWriter.Target"/> named it: an index or data stream, or nothing.</summary>
    public string Target { get; }

    /// <summary>For writers that ask for it (<see cref="IRecordWriter.TracksItems"/>): where each item ends in the uncompressed body.</summary>
    public int[]? ItemEnds { get; }

    /// <summary>Bytes of memory that it holds.</summary>
    public int Capacity => _body?.Length ?? 0;

    public void Dispose()
    {
        if (_body is { } body)
        {
            _body = null;
            BytePool.Shared.Return(body);
        }
    }
}
