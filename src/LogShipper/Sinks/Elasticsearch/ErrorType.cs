using System.Text.Json;

namespace LogShipper.Sinks.Elasticsearch;

/// <summary>Elasticsearch's name for an error, <c>cluster_block_exception</c>: a code for logs and metrics.</summary>
internal static class ErrorType
{
    private const int Longest = 64;

    /// <summary>The code, or <c>unknown_error</c> where the text is none: what a server sends must not become a label as it is.</summary>
    public static string Sanitize(string? text, int longest = Longest) =>
        text is { Length: > 0 } && text.Length <= longest && !text.AsSpan().ContainsAnyExcept(Letters) ? text : "unknown_error";

    /// <summary>The type of the error of a whole answer (<c>{"error":{"type":…}}</c>), or nothing.</summary>
    public static string Of(ReadOnlySpan<byte> answer)
    {
        try
        {
            var reader = new Utf8JsonReader(answer, isFinalBlock: false, default);
            var inError = false;
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName)
                {
                    continue;
                }

                if (reader.CurrentDepth == 1)
                {
                    inError = reader.ValueTextEquals("error"u8);
                }
                else if (inError && reader.CurrentDepth == 2 && reader.ValueTextEquals("type"u8) && reader.Read() && reader.TokenType == JsonTokenType.String)
                {
                    return Sanitize(reader.GetString());
                }
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // Not JSON, or not text: a proxy's page.
        }

        return "";
    }

    private static readonly System.Buffers.SearchValues<char> Letters = System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_");
}
