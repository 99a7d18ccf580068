using System.IO.Compression;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;

namespace LogShipper.Demo;

/// <summary>A whole request is refused: the status and the error as Elasticsearch gives them.</summary>
internal sealed class BulkRequestRefused : Exception
{
    public BulkRequestRefused(int status, string type, string reason)
        : base(reason)
    {
        Status = status;
        Type = type;
    }

    public int Status { get; }

    public string Type { get; }
}

/// <summary>One action of a bulk request, with its document.</summary>
/// <param name="Operation"><c>create</c> or another.</param>
/// <param name="Index">The action's or the path's.</param>
/// <param name="Id">Null: none was given.</param>
/// <param name="Document">A slice of the request.</param>
internal readonly record struct BulkAction(string Operation, string Index, string? Id, ReadOnlyMemory<byte> Document);

/// <summary>Takes a bulk request apart as strictly as Elasticsearch does, or more.</summary>
internal static class BulkReceiverRequest
{
    private const int LongestIdBytes = 512;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    public static async Task<byte[]> ReadBodyAsync(HttpRequest request, CancellationToken cancellation)
    {
        using var body = new MemoryStream();
        var encoding = request.Headers.ContentEncoding.ToString();
        switch (encoding)
        {
            case "":
                await request.Body.CopyToAsync(body, cancellation);
                break;
            case "gzip":
                await using (var gzip = new GZipStream(request.Body, CompressionMode.Decompress))
                {
                    try
                    {
                        await gzip.CopyToAsync(body, cancellation);
                    }
                    catch (InvalidDataException)
                    {
                        throw new BulkRequestRefused(400, "not_x_content_exception", "the body is not what its Content-Encoding says");
                    }
                }

                break;
            default:
                throw new BulkRequestRefused(415, "illegal_argument_exception", $"Content-Encoding [{encoding}] is not supported");
        }

        return body.ToArray();
    }

    public static void CheckHead(HttpRequest request)
    {
        if (request.Method is not ("POST" or "PUT"))
        {
            throw new BulkRequestRefused(405, "method_not_allowed", $"Incorrect HTTP method for uri [{request.Path}] and method [{request.Method}], allowed: [POST, PUT]");
        }

        var type = (request.ContentType ?? "").Split(';')[0].Trim();
        if (type is not ("application/x-ndjson" or "application/json" or "application/vnd.elasticsearch+x-ndjson" or "application/vnd.elasticsearch+json"))
        {
            throw new BulkRequestRefused(406, "media_type_header_exception", $"Content-Type header [{type}] is not supported");
        }
    }

    public static List<BulkAction> Parse(ReadOnlyMemory<byte> body, string? index)
    {
        if (body.IsEmpty)
        {
            throw new BulkRequestRefused(400, "parse_exception", "request body is required");
        }

        if (body.Span[^1] != (byte)'\n')
        {
            throw Illegal("The bulk request must be terminated by a newline [\\n]");
        }

        var actions = new List<BulkAction>();
        var lines = new LineSplitter(body);
        while (lines.Next() is { } action)
        {
            var parsed = ParseAction(action, lines.Number, index);
            if (parsed.Operation != "delete")
            {
                parsed = parsed with { Document = lines.Next() ?? throw Illegal($"Malformed content, there is no source after line [{lines.Number}]") };
            }

            actions.Add(parsed);
        }

        return actions;
    }

    /// <summary>What is wrong with the document, as the item's error; null: nothing.</summary>
    public static string? ProblemOf(ReadOnlyMemory<byte> document)
    {
        if (!Utf8.IsValid(document.Span))
        {
            return "[1:1] failed to parse: Invalid UTF-8";
        }

        try
        {
            using var json = JsonDocument.Parse(document, Strict);
            if (json.RootElement.ValueKind != JsonValueKind.Object)
            {
                return "[1:1] failed to parse: the document is no object";
            }

            return json.RootElement.TryGetProperty("@timestamp", out var timestamp)
                && timestamp.ValueKind == JsonValueKind.String && timestamp.TryGetDateTimeOffset(out _)
                ? null
                : "[1:2] data stream timestamp field [@timestamp] is missing or no date";
        }
        catch (JsonException error)
        {
            return $"[{error.LineNumber + 1}:{error.BytePositionInLine}] failed to parse: {error.Message}";
        }
    }

    private static BulkAction ParseAction(ReadOnlyMemory<byte> line, int number, string? index)
    {
        JsonDocument json;
        try
        {
            json = JsonDocument.Parse(line, Strict);
        }
        catch (JsonException)
        {
            throw Illegal($"Malformed action/metadata line [{number}], expected START_OBJECT");
        }

        using (json)
        {
            if (json.RootElement.ValueKind != JsonValueKind.Object || json.RootElement.GetPropertyCount() != 1)
            {
                throw Illegal($"Malformed action/metadata line [{number}], expected one field");
            }

            var operation = json.RootElement.EnumerateObject().First();
            if (operation.Name is not ("index" or "create" or "update" or "delete") || operation.Value.ValueKind != JsonValueKind.Object)
            {
                throw Illegal($"Malformed action/metadata line [{number}], expected field [create], [delete], [index] or [update] but found [{operation.Name}]");
            }

            string? id = null;
            foreach (var field in operation.Value.EnumerateObject())
            {
                switch (field.Name)
                {
                    case "_index":
                        index = field.Value.GetString();
                        break;
                    case "_id":
                        id = field.Value.GetString();
                        break;
                    default:
                        throw Illegal($"Action/metadata line [{number}] contains an unknown parameter [{field.Name}]");
                }
            }

            if (string.IsNullOrEmpty(index))
            {
                throw new BulkRequestRefused(400, "action_request_validation_exception", "Validation Failed: 1: index is missing;");
            }

            if (id is not null && System.Text.Encoding.UTF8.GetByteCount(id) is > LongestIdBytes and var length)
            {
                throw new BulkRequestRefused(400, "action_request_validation_exception", $"Validation Failed: 1: id [{id}] is too long, must be no longer than 512 bytes but was: {length};");
            }

            return new BulkAction(operation.Name, index, id, default);
        }
    }

    private static BulkRequestRefused Illegal(string reason) => new(400, "illegal_argument_exception", reason);

    private sealed class LineSplitter(ReadOnlyMemory<byte> rest)
    {
        private ReadOnlyMemory<byte> _rest = rest;

        public int Number { get; private set; }

        public ReadOnlyMemory<byte>? Next()
        {
            if (_rest.IsEmpty)
            {
                return null;
            }

            var end = _rest.Span.IndexOf((byte)'\n');
            var line = _rest[..end];
            _rest = _rest[(end + 1)..];
            Number++;
            return line.Length > 0 ? line : throw Illegal($"Malformed action/metadata line [{Number}], it is empty");
        }
    }
}
