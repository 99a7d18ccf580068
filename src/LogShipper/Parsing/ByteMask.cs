using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LogShipper.Parsing;

/// <summary>
/// Sixty-four bytes that are asked at once where some byte stands: the answer is a number with a bit for each of them, and what would
/// be searched for in a loop, whose end nothing foretells, is arithmetic.
/// </summary>
internal readonly ref struct ByteMask
{
    public const int Length = 64;

    /// <summary>Of what <see cref="Lowest"/> says: a space, one higher.</summary>
    public const sbyte LowestPrintable = (sbyte)(' ' + 1);

    private readonly Vector128<byte> _first;
    private readonly Vector128<byte> _second;
    private readonly Vector128<byte> _third;
    private readonly Vector128<byte> _fourth;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ByteMask(ReadOnlySpan<byte> bytes)
    {
        bytes = bytes[..Length];
        _first = Vector128.Create(bytes);
        _second = Vector128.Create(bytes[16..]);
        _third = Vector128.Create(bytes[32..]);
        _fourth = Vector128.Create(bytes[48..]);
    }

    /// <summary>Where that byte stands.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Of(byte value)
    {
        var wanted = Vector128.Create(value);
        return Bits(Vector128.Equals(_first, wanted), Vector128.Equals(_second, wanted), Vector128.Equals(_third, wanted), Vector128.Equals(_fourth, wanted));
    }

    /// <summary>Where either byte stands.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Of(byte value, byte other)
    {
        var (wanted, too) = (Vector128.Create(value), Vector128.Create(other));
        return Bits(
            Vector128.Equals(_first, wanted) | Vector128.Equals(_first, too),
            Vector128.Equals(_second, wanted) | Vector128.Equals(_second, too),
            Vector128.Equals(_third, wanted) | Vector128.Equals(_third, too),
            Vector128.Equals(_fourth, wanted) | Vector128.Equals(_fourth, too));
    }

    /// <summary>Not zero where that byte stands, sixteen upon sixteen.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector128<byte> Any(byte value)
    {
        var wanted = Vector128.Create(value);
        return Vector128.Equals(_first, wanted) | Vector128.Equals(_second, wanted) | Vector128.Equals(_third, wanted) | Vector128.Equals(_fourth, wanted);
    }

    /// <summary>The lowest bytes, sixteen upon sixteen, each made one higher and then signed: DEL and all beyond ASCII are below zero, control characters below a space.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector128<sbyte> Lowest()
    {
        var one = Vector128<byte>.One;
        return Vector128.Min(
            Vector128.Min((_first + one).AsSByte(), (_second + one).AsSByte()),
            Vector128.Min((_third + one).AsSByte(), (_fourth + one).AsSByte()));
    }

    /// <summary>The place of the lowest bit; the last one where there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int First(ulong bits) => BitOperations.TrailingZeroCount(bits | (1UL << (Length - 1)));

    /// <summary>The place of the highest bit; 0 where there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Last(ulong bits) => BitOperations.Log2(bits | 1);

    /// <summary>The first so many bits, fewer than all.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Below(int count) => (1UL << count) - 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Bits(Vector128<byte> first, Vector128<byte> second, Vector128<byte> third, Vector128<byte> fourth) =>
        first.ExtractMostSignificantBits() | ((ulong)second.ExtractMostSignificantBits() << 16) |
        ((ulong)third.ExtractMostSignificantBits() << 32) | ((ulong)fourth.ExtractMostSignificantBits() << 48);
}
