namespace LogShipper.Tailing;

/// <summary>Finds where the last whole line of a file ends.</summary>
internal static class LineEnd
{
    /// <summary>The place behind the last newline after <paramref name="settled"/>, as far as the last look saw; <paramref name="settled"/> itself where there is none within the longest line.</summary>
    /// <exception cref="IOException">The disk failed.</exception>
    public static Mark Last(TrackedFile file, Mark settled, int maxLineBytes)
    {
        if (file.Handle is not { } handle || file.Length <= settled.Offset)
        {
            return settled;
        }

        var from = Math.Max(file.Length - maxLineBytes - Anchor.MaxLength, Math.Max(0, settled.Offset - Anchor.MaxLength));
        var buffer = BytePool.Shared.Rent((int)(file.Length - from));
        try
        {
            var bytes = buffer.AsSpan(0, FileProof.ReadFully(handle, buffer.AsSpan(0, (int)(file.Length - from)), from));
            var end = bytes.LastIndexOf((byte)'\n') + 1;
            return from + end > settled.Offset ? new Mark(from + end, Anchor.Of(bytes[..end]), InSkippedLine: false, settled.TimeTicks) : settled;
        }
        finally
        {
            BytePool.Shared.Return(buffer);
        }
    }
}
