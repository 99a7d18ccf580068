using System.IO.Hashing;

namespace LogShipper.Tailing;

/// <summary>
/// A hash of the bytes just before a place in a file: proves that the file still holds what was read there. It sees
/// a file that was truncated and has grown past the place again, which its length cannot show.
/// </summary>
internal readonly record struct Anchor(ulong Hash, int Length)
{
    /// <summary>How many bytes before the place are hashed, fewer near the beginning of the file.</summary>
    public const int MaxLength = 64;

    /// <summary>The anchor of a place before which nothing is known: any file has it.</summary>
    public static readonly Anchor None;

    /// <summary>The anchor of the place that follows <paramref name="before"/> (its last bytes count).</summary>
    public static Anchor Of(ReadOnlySpan<byte> before)
    {
        var bytes = before.Length > MaxLength ? before[^MaxLength..] : before;
        return bytes.IsEmpty ? None : new Anchor(XxHash3.HashToUInt64(bytes), bytes.Length);
    }

    public bool Matches(ReadOnlySpan<byte> bytes) => bytes.Length == Length && Of(bytes) == this;
}
