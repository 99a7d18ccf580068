using System.Buffers;
using System.IO.Compression;
using System.Text;
using LogShipper.Payloads;

namespace LogShipper.Tests.Sinks;

/// <summary>Payloads made by hand.</summary>
internal static class HandMade
{
    public const string Stream = "logs-nginx.access-default";

    public static Payload Lines(params string[] lines)
    {
        var ends = new int[lines.Length];
        var text = new StringBuilder();
        for (var i = 0; i < lines.Length; i++)
        {
            text.Append(lines[i]).Append('\n');
            ends[i] = text.Length;
        }

        return Of(Encoding.ASCII.GetBytes(text.ToString()), lines.Length, PayloadCompression.None, "", ends);
    }

    public static Payload Documents(int count, string target = Stream, PayloadCompression compression = PayloadCompression.Gzip, int from = 0) =>
        Bulk([.. Enumerable.Range(from, count).Select(i => Pair($"id{i}", $$"""{"@timestamp":"2026-01-02T03:04:05.000Z","n":{{i}}}"""))], target, compression);

    public static string Pair(string id, string document) => $"{{\"create\":{{\"_id\":\"{id}\"}}}}\n{document}\n";

    public static Payload Bulk(string[] pairs, string target = Stream, PayloadCompression compression = PayloadCompression.None)
    {
        var body = Encoding.UTF8.GetBytes(string.Concat(pairs));
        if (compression == PayloadCompression.Gzip)
        {
            using var compressed = new MemoryStream();
            using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
            {
                gzip.Write(body);
            }

            body = compressed.ToArray();
        }

        return Of(body, pairs.Length, compression, target, null);
    }

    private static Payload Of(byte[] bytes, int count, PayloadCompression compression, string target, int[]? ends)
    {
        var pooled = ArrayPool<byte>.Shared.Rent(Math.Max(1, bytes.Length));
        bytes.CopyTo(pooled, 0);
        return new Payload(pooled, bytes.Length, count, compression, target, ends);
    }
}
