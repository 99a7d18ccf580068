using System.Runtime.CompilerServices;

namespace LogShipper.Tailing;

/// <summary>What is unusual about a record; shipped as <c>log.flags</c>.</summary>
[Flags]
internal enum RecordFlags : byte
{
    None = 0,

    /// <summary>Longer than <c>MaxLineBytes</c>: this is its beginning, the rest was skipped and counted.</summary>
    Cut = 1,

    /// <summary>Arrived in a file that had been taken for finished.</summary>
    Late = 2,

    /// <summary>Continuation lines whose record had been shipped before they came.</summary>
    Continuation = 4,

    /// <summary>The file ended without a newline.</summary>
    Torn = 8,
}

/// <summary>One record of a batch as it stands in the file: a view, and where it begins.</summary>
internal readonly ref struct RawRecord
{
    public RawRecord(int index, long offset, ReadOnlySpan<byte> bytes, RecordFlags flags)
    {
        Index = index;
        Offset = offset;
        Bytes = bytes;
        Flags = flags;
    }

    /// <summary>Number of the record in its batch, from 0.</summary>
    public int Index { get; }

    /// <summary>Offset of its first byte in the file.</summary>
    public long Offset { get; }

    /// <summary>All of its bytes, final newline included where it has one.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    public RecordFlags Flags { get; }

    /// <summary>Its bytes without the final newline (a carriage return before it stays).</summary>
    public ReadOnlySpan<byte> Content
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Bytes is [.., (byte)'\n'] ? Bytes[..^1] : Bytes[..];
    }
}
