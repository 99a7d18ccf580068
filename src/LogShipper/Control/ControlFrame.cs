using System.Buffers.Binary;

namespace LogShipper.Control;

/// <summary>What one piece of an answer is.</summary>
internal enum ControlFrameKind : byte
{
    /// <summary>A part of what was asked for: one record, one report.</summary>
    Data = (byte)'d',

    /// <summary>A word to whoever asked, beside the answer.</summary>
    Note = (byte)'n',

    /// <summary>Why it cannot be done, or not wholly; the last but one.</summary>
    Fault = (byte)'f',

    /// <summary>The answer is complete.</summary>
    End = (byte)'.',
}

/// <summary>One piece of an answer: its kind, the length of its bytes (4, big-endian), its bytes.</summary>
internal readonly record struct ControlFrame(ControlFrameKind Kind, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>The most that one piece holds: a record of MaxLineBytes at its largest (64 MiB) as a document is more than anybody reads.</summary>
    public const int MaxBytes = 16 << 20;

    private const int HeaderBytes = 5;

    public static async ValueTask WriteAsync(Stream stream, ControlFrameKind kind, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, MaxBytes);
        var frame = new byte[HeaderBytes + bytes.Length];
        frame[0] = (byte)kind;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), bytes.Length);
        bytes.CopyTo(frame.AsMemory(HeaderBytes));
        await stream.WriteAsync(frame, cancellation);
    }

    /// <exception cref="IOException">The other side is gone, or speaks something else.</exception>
    public static async ValueTask<ControlFrame> ReadAsync(Stream stream, CancellationToken cancellation)
    {
        var header = new byte[HeaderBytes];
        await stream.ReadExactlyAsync(header, cancellation);
        var length = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(1));
        if (length is < 0 or > MaxBytes)
        {
            throw new IOException("The answer cannot be understood: is that another version of this program?");
        }

        var bytes = new byte[length];
        await stream.ReadExactlyAsync(bytes, cancellation);
        return new ControlFrame((ControlFrameKind)header[0], bytes);
    }
}
