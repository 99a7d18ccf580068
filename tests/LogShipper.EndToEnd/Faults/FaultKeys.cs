using System.Text;

namespace LogShipper.EndToEnd.Faults;

/// <summary>Finds the number of a line again: in a document, also where the line did not parse, and in what was printed.</summary>
internal static class FaultKeys
{
    /// <summary>The key of a line that stands somewhere in these bytes (mark and number, <c>n17</c>); null: none does.</summary>
    public static string? KeyOf(ReadOnlyMemory<byte> document)
    {
        var bytes = document.Span;
        var key = Path(bytes, "\"original\":\"/"u8, (byte)'"') ?? Path(bytes, "GET /"u8, (byte)' ');
        return key;
    }

    /// <summary>How often each line was printed; a last line without its end was torn by a death and does not count.</summary>
    public static void Count(string outputPath, Dictionary<string, int> printed)
    {
        using var file = new FileStream(outputPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new BufferedStream(file, 1 << 20);
        var line = new List<byte>(4096);
        var buffer = new byte[1 << 16];
        int count;
        while ((count = reader.Read(buffer)) > 0)
        {
            var rest = buffer.AsSpan(0, count);
            int end;
            while ((end = rest.IndexOf((byte)'\n')) >= 0)
            {
                line.AddRange(rest[..end]);
                if (Path(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(line), "GET /"u8, (byte)' ') is { } key)
                {
                    printed[key] = printed.GetValueOrDefault(key) + 1;
                }

                line.Clear();
                rest = rest[(end + 1)..];
            }

            line.AddRange(rest);
        }
    }

    /// <summary>The last one counts: before it may stand what a full disk left of another line.</summary>
    private static string? Path(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> marker, byte end)
    {
        while (bytes.LastIndexOf(marker) is >= 0 and var start)
        {
            var path = bytes[(start + marker.Length)..];
            var slash = path.IndexOf((byte)'/');
            var length = path.IndexOf(end);
            if (slash == 1 && length > 2 && path[2..length].IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0)
            {
                return (char)path[0] + Encoding.ASCII.GetString(path[2..length]);
            }

            bytes = bytes[..start];
        }

        return null;
    }
}
