using System.Text.Json;

namespace LogShipper.Sinks.Elasticsearch;

/// <summary>A short answer, read whole, or why there is none. <see cref="Status"/> 0: there is none.</summary>
internal sealed record ClusterAnswer(int Status, string Fault, string Detail, byte[] Body)
{
    private const int LongestBody = 64 * 1024;

    public static ClusterAnswer None(string fault, string detail) => new(0, fault, detail, []);

    public static async ValueTask<ClusterAnswer> ReadAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var status = (int)response.StatusCode;
        var body = await ReadPrefixAsync(response, LongestBody, cancellation);
        return new ClusterAnswer(status, $"http {status}", ErrorType.Of(body), body);
    }

    /// <summary>The beginning of the answer's body: an answer that does not end must not be followed.</summary>
    public static async ValueTask<byte[]> ReadPrefixAsync(HttpResponseMessage response, int longest, CancellationToken cancellation)
    {
        using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        var body = new byte[longest];
        var length = await stream.ReadAtLeastAsync(body, longest, throwOnEndOfStream: false, cancellation);
        return body[..length];
    }

    /// <summary>The first number under a field <c>version</c>, however deep; 0 if there is none.</summary>
    public long Version()
    {
        try
        {
            var reader = new Utf8JsonReader(Body);
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("version"u8)
                    && reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var version))
                {
                    return version;
                }
            }
        }
        catch (JsonException)
        {
            // No JSON, no version.
        }

        return 0;
    }
}
