using System.IO.Compression;
using LogShipper.Tailing;

namespace LogShipper.Simulation.Files;

/// <summary>One line as the writer meant it: the truth that deliveries are compared with.</summary>
internal sealed class Line(int index, int log, byte[] bytes)
{
    public int Index { get; } = index;

    public int Log { get; } = log;

    /// <summary>All of it, newline included.</summary>
    public byte[] Bytes { get; } = bytes;

    /// <summary>How much of it the writer has written so far.</summary>
    public int Written { get; set; }

    public override string ToString() => $"line {Index} of log {Log} ({Bytes.Length} bytes)";
}

/// <summary>Bytes [LineStart, LineStart + Length) of a line stand at Start in a file.</summary>
internal readonly record struct Segment(int Start, int Length, Line Line, int LineStart, DateTimeOffset WrittenAt)
{
    public int End => Start + Length;
}

/// <summary>An inode: lives as long as a name or an open handle leads to it.</summary>
internal sealed class SimulatedFile(ulong inode, long birth)
{
    private byte[] _data = [];

    public FileIdentity Identity { get; } = new(8, inode, birth);

    public List<Segment> Segments { get; private set; } = [];

    public int Length { get; private set; }

    public long Modified { get; set; }

    public DateTimeOffset GrownAt { get; set; }

    /// <summary>Names that lead to it.</summary>
    public int Links { get; set; }

    /// <summary>Handles that are open for writing.</summary>
    public int Writers { get; set; }

    /// <summary>A compressed file: what its bytes unfold to.</summary>
    public List<Segment>? Inside { get; private set; }

    public ReadOnlySpan<byte> Data => _data.AsSpan(0, Length);

    public void Append(Line line, int lineStart, int length, DateTimeOffset now)
    {
        Segments.Add(new Segment(Length, length, line, lineStart, now));
        AppendBytes(line.Bytes.AsSpan(lineStart, length));
        GrownAt = now;
    }

    /// <summary>Copies what stands at [Length, end) of <paramref name="original"/>.</summary>
    public void CopyFrom(SimulatedFile original, int end, DateTimeOffset now)
    {
        var from = Length;
        foreach (var segment in original.Segments)
        {
            var (start, stop) = (Math.Max(segment.Start, from), Math.Min(segment.End, end));
            if (start < stop)
            {
                Segments.Add(new Segment(start, stop - start, segment.Line, segment.LineStart + start - segment.Start, segment.WrittenAt));
            }
        }

        AppendBytes(original.Data[from..end]);
        GrownAt = now;
    }

    public void Truncate()
    {
        Length = 0;
        Segments = [];
    }

    /// <summary>Writes the first <paramref name="share"/> of the compressed form of <paramref name="original"/>; the whole of it unfolds to the same lines.</summary>
    public void Compress(SimulatedFile original, double share)
    {
        using var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(original.Data);
        }

        Length = 0;
        AppendBytes(stream.GetBuffer().AsSpan(0, (int)(stream.Length * share)));
        Inside = share < 1 ? null : [.. original.Segments];
    }

    public int Read(Span<byte> destination, long offset)
    {
        var count = (int)Math.Clamp(Length - offset, 0, destination.Length);
        _data.AsSpan((int)Math.Min(offset, Length), count).CopyTo(destination);
        return count;
    }

    private void AppendBytes(ReadOnlySpan<byte> bytes)
    {
        if (_data.Length < Length + bytes.Length)
        {
            Array.Resize(ref _data, Math.Max(1024, (Length + bytes.Length) * 2));
        }

        bytes.CopyTo(_data.AsSpan(Length));
        Length += bytes.Length;
    }
}
