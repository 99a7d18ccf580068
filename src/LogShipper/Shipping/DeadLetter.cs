using System.Text;
using System.Text.Json;

namespace LogShipper.Shipping;

/// <summary>One record that a sink refused for what it contains, as it is kept.</summary>
/// <param name="Id">The id of its document.</param>
/// <param name="Log">Name of the log.</param>
/// <param name="Sink">Name of the sink.</param>
/// <param name="Path">Where the file stood when it was read.</param>
/// <param name="File">Which content it stands in.</param>
/// <param name="Offset">Where in it the record begins.</param>
/// <param name="Time">When it was refused.</param>
/// <param name="Reason">A short code.</param>
/// <param name="Detail">What the sink said; may quote the document. Null: nothing.</param>
/// <param name="Line">Its bytes, without the final newline.</param>
internal sealed record DeadLetter(
    string Id, string Log, string Sink, string Path, string File, long Offset, DateTimeOffset Time, string Reason, string? Detail, byte[] Line)
{
    /// <summary>The file of a log's and a sink's dead letters.</summary>
    public static string FileNameOf(string log, string sink) => $"{Uri.EscapeDataString(log)}.{sink}{FileSuffix}";

    public const string FileSuffix = ".deadletters.ndjson";

    /// <summary>Those of a whole file, in its order; what is none (torn by a crash) is left out.</summary>
    public static IEnumerable<DeadLetter> ReadAll(byte[] bytes)
    {
        for (var from = 0; from < bytes.Length;)
        {
            var newline = bytes.AsSpan(from).IndexOf((byte)'\n');
            var end = newline < 0 ? bytes.Length : from + newline;
            if (Parse(bytes.AsSpan(from, end - from)) is { } letter)
            {
                yield return letter;
            }

            from = end + 1;
        }
    }

    /// <summary>Null: it is none.</summary>
    public static DeadLetter? Parse(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty)
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(line.ToArray());
            var letter = document.RootElement;
            var bytes = letter.TryGetProperty("line_base64"u8, out var encoded) ? encoded.GetBytesFromBase64() : Encoding.UTF8.GetBytes(Text(letter, "line"u8));
            return new DeadLetter(
                Text(letter, "id"u8), Text(letter, "log"u8), Text(letter, "sink"u8), Text(letter, "path"u8), Text(letter, "file"u8), letter.GetProperty("offset"u8).GetInt64(),
                letter.GetProperty("time"u8).GetDateTimeOffset(), Text(letter, "reason"u8), letter.TryGetProperty("detail"u8, out var detail) ? detail.GetString() : null, bytes);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return null;
        }
    }

    private static string Text(JsonElement letter, ReadOnlySpan<byte> name) => letter.GetProperty(name).GetString() ?? "";
}
