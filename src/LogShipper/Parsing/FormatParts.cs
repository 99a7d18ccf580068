using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LogShipper.Parsing;

/// <summary>What nginx does to the bytes of a value before it writes them: the <c>escape</c> of a <c>log_format</c>.</summary>
internal enum LogEscape : byte
{
    Default,
    Json,
    None,
}

/// <summary>Text that stands in a line as it stands in the format: a few bytes, compared at once where the line goes on for eight.</summary>
internal readonly struct FormatLiteral
{
    private readonly ulong _text;
    private readonly ulong _mask;

    public FormatLiteral(byte[] bytes)
    {
        Bytes = bytes;
        Length = bytes.Length;
        Span<byte> eight = stackalloc byte[sizeof(ulong)];
        eight.Clear();
        if (bytes.Length <= eight.Length)
        {
            bytes.CopyTo(eight);
            _text = BinaryPrimitives.ReadUInt64LittleEndian(eight);
            _mask = bytes.Length == 0 ? 0 : ulong.MaxValue >> (64 - (8 * bytes.Length));
        }
    }

    public byte[] Bytes { get; }

    public int Length { get; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool StandsAt(ReadOnlySpan<byte> content, int at)
    {
        return _mask != 0 && content.Length - at >= sizeof(ulong)
            ? ((BinaryPrimitives.ReadUInt64LittleEndian(content[at..]) ^ _text) & _mask) == 0
            : StandsAtEnd(content, at);
    }

    /// <summary>Where it stands first between <paramref name="from"/> and <paramref name="end"/>; -1: nowhere.</summary>
    public int Find(ReadOnlySpan<byte> content, int from, int end)
    {
        if (content.Length - from >= Vector128<byte>.Count)
        {
            // Most values that are searched for their end are short.
            var first = Vector128.Equals(Vector128.Create(content.Slice(from, Vector128<byte>.Count)), Vector128.Create(Bytes[0])).ExtractMostSignificantBits();
            for (; first != 0; first &= first - 1)
            {
                var at = from + BitOperations.TrailingZeroCount(first);
                if (at + Length <= end && StandsAt(content, at))
                {
                    return at;
                }
            }

            from += Vector128<byte>.Count;
            if (from >= end)
            {
                return -1;
            }
        }

        var found = content[from..end].IndexOf(Bytes);
        return found < 0 ? -1 : from + found;
    }

    private bool StandsAtEnd(ReadOnlySpan<byte> content, int at)
    {
        if (content.Length - at < Bytes.Length)
        {
            return false;
        }

        for (var index = 0; index < Bytes.Length; index++)
        {
            if (content[at + index] != Bytes[index])
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>A variable of a compiled format and the literal text that follows it.</summary>
/// <param name="Variable">Which one.</param>
/// <param name="OtherNumber">Of one without a meaning of its own the number of its name.</param>
/// <param name="IsRepeated">The format has an earlier one of the same name.</param>
/// <param name="Shape">What its values look like.</param>
/// <param name="Separator">What follows it.</param>
internal sealed record FormatVariable(NginxVariable Variable, int OtherNumber, bool IsRepeated, ValueShape Shape, FormatLiteral Separator)
{
    public bool IsClosed { get; } = ValueShapes.IsClosed(Shape);

    /// <summary>Its bit, if it is the format's first of its kind.</summary>
    public ulong Bit { get; set; }

    /// <summary>Nothing in its place says that nginx had no value.</summary>
    public bool IsMissingWhenEmpty { get; set; }

    /// <summary><c>-</c> in its place says that nginx had no value.</summary>
    public bool IsMissingAsDash { get; set; }
}

/// <summary>Variables up to a literal that nginx lets no value imitate (or to the end of the line).</summary>
/// <param name="First">Index of the first variable.</param>
/// <param name="Last">Index of the last one.</param>
/// <param name="Terminator">The literal after the last one.</param>
/// <param name="QuoteOffset">Where its first double quote stands; -1: this is the end of the line.</param>
/// <param name="QuoteNumber">Which of the line's quotes that is, where no value holds one.</param>
internal sealed record FormatSegment(int First, int Last, FormatLiteral Terminator, int QuoteOffset, int QuoteNumber);

/// <summary>What all lines of a format have in common: which variables they have, and as which of their fields.</summary>
internal sealed class FormatFields
{
    public FormatFields(ReadOnlySpan<FormatVariable> variables, byte[][] otherNames)
    {
        OtherNames = otherNames;
        Fields = new FieldSlice[variables.Length];
        for (var index = 0; index < variables.Length; index++)
        {
            var variable = variables[index];
            Fields[index] = new FieldSlice(variable.Variable, FieldEncoding.Raw, IsMissing: false, variable.IsRepeated, 0, 0, variable.OtherNumber, 0);
            var bit = FieldTable.Bit(variable.Variable);
            if ((Present & bit) == 0)
            {
                Present |= bit;
                Indexes[(int)variable.Variable & 63] = (byte)index;
                variable.Bit = bit;
            }
        }
    }

    public int Count => Fields.Length;

    /// <summary>The fields without their places.</summary>
    public FieldSlice[] Fields { get; }

    public byte[][] OtherNames { get; }

    /// <summary>The variables, as a set of bits.</summary>
    public ulong Present { get; }

    /// <summary>By variable: which field is the first of it.</summary>
    public byte[] Indexes { get; } = new byte[64];
}
