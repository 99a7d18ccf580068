using System.Buffers;
using System.Text;
using LogShipper.Parsing;
using LogShipper.Tailing;

namespace LogShipper.Cli;

/// <summary>Whether a record fits the formats of its log.</summary>
internal delegate bool ParseRecord(ref Record record);

/// <summary>How many of a file's last records its log's formats read.</summary>
/// <param name="Parsed">Those that fit.</param>
/// <param name="Records">All that were tried.</param>
/// <param name="FirstUnparsed">The first that does not fit, as text; null: all do.</param>
internal readonly record struct FormatSample(int Parsed, int Records, string? FirstUnparsed)
{
    public const int MostRecords = 1000;

    private const int MostBytes = 2 << 20;

    /// <summary>Tries the last 1000 records, or those of them that stand in the last 2 MiB; a line that is still being written is left out.</summary>
    public static FormatSample Take(string path, RecordFraming framing, ParseRecord parse)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var length = RandomAccess.GetLength(file);
        var start = Math.Max(0, length - MostBytes);
        var buffer = ArrayPool<byte>.Shared.Rent((int)(length - start));
        var read = ReadFully(file, buffer.AsSpan(0, (int)(length - start)), start);

        var whole = buffer.AsSpan(0, read).LastIndexOf((byte)'\n') + 1;
        var first = start == 0 ? 0 : Math.Min(whole, buffer.AsSpan(0, whole).IndexOf((byte)'\n') + 1);
        using var batch = new Batch(default, start + first, start + whole, buffer, first, whole - first, framing);
        return Take(batch, parse);
    }

    private static FormatSample Take(Batch batch, ParseRecord parse)
    {
        var skipped = Math.Max(0, batch.Count - MostRecords);
        var parsed = 0;
        string? firstUnparsed = null;
        foreach (var raw in batch)
        {
            if (raw.Index < skipped)
            {
                continue;
            }

            var record = new Record(raw, batch);
            if (parse(ref record))
            {
                parsed++;
            }
            else
            {
                firstUnparsed ??= Encoding.UTF8.GetString(raw.Content);
            }
        }

        return new FormatSample(parsed, batch.Count - skipped, firstUnparsed);
    }

    private static int ReadFully(Microsoft.Win32.SafeHandles.SafeFileHandle file, Span<byte> buffer, long offset)
    {
        var total = 0;
        while (total < buffer.Length && RandomAccess.Read(file, buffer[total..], offset + total) is > 0 and var read)
        {
            total += read;
        }

        return total;
    }
}
