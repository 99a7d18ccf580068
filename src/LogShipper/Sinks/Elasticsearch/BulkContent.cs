using System.Net;
using LogShipper.Payloads;

namespace LogShipper.Sinks.Elasticsearch;

/// <summary>A payload's body as the body of a request: no copy, its length known beforehand.</summary>
internal sealed class BulkContent : HttpContent
{
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

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        stream.WriteAsync(_body, cancellationToken).AsTask();

    protected override bool TryComputeLength(out long length)
    {
        length = _body.Length;
        return true;
    }
}
