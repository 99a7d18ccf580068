using System.Net;
using LogShipper.Payloads;

namespace LogShipper.Sinks.Elasticsearch;

/// <summary>A payload's body as the body of a request: no copy, its length known beforehand.</summary>
internal sealed class BulkContent : HttpContent
{
    /// <summary>
    /// While the kernel takes a piece it holds the socket, and frees nothing of what the receiver has confirmed meanwhile: a body as a whole lies
    /// in the kernel a second time, and its memory is never warm. A little less than two of the segments (64 KiB with their headers) that the kernel sends at once.
    /// </summary>
    private const int PieceBytes = 112 * 1024;

    private readonly ReadOnlyMemory<byte> _body;

    public BulkContent(Payload payload)
    {
        _body = payload.Body;
        // Known to be well-formed: it need not be looked at for each request.
        Headers.TryAddWithoutValidation("Content-Type", "application/x-ndjson");
        if (payload.Compression == PayloadCompression.Gzip)
        {
            Headers.ContentEncoding.Add("gzip");
        }
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        for (var at = 0; at < _body.Length; at += PieceBytes)
        {
            await stream.WriteAsync(_body.Slice(at, Math.Min(PieceBytes, _body.Length - at)), cancellationToken);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _body.Length;
        return true;
    }
}
