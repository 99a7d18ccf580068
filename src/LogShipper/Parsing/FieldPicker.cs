using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace LogShipper.Parsing;

/// <summary>Where a value that was picked stands in its line; a negative length: the line has none.</summary>
internal readonly record struct FieldPlace(int Start, int Length)
{
    public static readonly FieldPlace None = new(0, -1);
}

/// <summary>
/// Finds a few fields of a line that nginx wrote as its format says, and notes no others: for who needs little of each line, at a third of
/// the price. What it finds is what <see cref="LogFormat"/> finds; a line that it cannot be sure of it leaves to that.
/// </summary>
internal sealed class FieldPicker
{
    private readonly byte[] _lead;
    private readonly Value[] _values;
    private readonly Part[] _parts;
    private readonly bool _escapesByBackslash;

    private FieldPicker(byte[] lead, FormatVariable[] variables, FormatSegment[] segments, LogEscape escape, ReadOnlySpan<NginxVariable> wanted)
    {
        _lead = lead;
        _escapesByBackslash = escape == LogEscape.Json;
        _values = new Value[variables.Length];
        for (var index = 0; index < variables.Length; index++)
        {
            _values[index] = new Value(variables[index], variables[index].IsRepeated ? -1 : wanted.IndexOf(variables[index].Variable));
        }

        _parts = Array.ConvertAll(segments, segment => new Part(segment, segment.First == segment.Last && !_values[segment.First].IsClosed ? _values[segment.First].Pick : -1, segment.First < segment.Last || _values[segment.First].IsClosed));
        Quotes = lead.AsSpan().Count((byte)'"') + variables.Sum(variable => variable.Separator.Bytes.Count(character => character == (byte)'"'));
    }

    /// <summary>The only lines that it can be sure of have so many double quotes.</summary>
    public int Quotes { get; }

    /// <summary>Null: lines of this format cannot be picked from.</summary>
    public static FieldPicker? For(byte[] lead, FormatVariable[] variables, FormatSegment[] segments, LogEscape escape, ReadOnlySpan<NginxVariable> wanted) =>
        escape != LogEscape.None && Array.TrueForAll(segments, segment => IsCertain(variables, segment)) ? new FieldPicker(lead, variables, segments, escape, wanted) : null;

    /// <summary>Finds the wanted fields in a line.</summary>
    /// <param name="text">The line, and what follows it; without that its end costs more to look at.</param>
    /// <param name="length">How long the line is, without its newline.</param>
    /// <param name="quotes">Where its double quotes stand: <see cref="Quotes"/> of them.</param>
    /// <param name="places">
    /// One for each wanted variable, in their order. If the result is true, those that the format has are written; the others are left as they are.
    /// </param>
    public bool TryPick(ReadOnlySpan<byte> text, int length, ReadOnlySpan<int> quotes, Span<FieldPlace> places)
    {
        var line = text[..length];
        // A carriage return belongs to the line's end where a line was written with both.
        if (line is [] or [.., (byte)'\r'] || (_lead.Length > 0 && !line.StartsWith(_lead)) || (_escapesByBackslash && line.Contains((byte)'\\')))
        {
            return false;
        }

        var at = _lead.Length;
        foreach (ref readonly var part in _parts.AsSpan())
        {
            var end = (uint)part.QuoteNumber < (uint)quotes.Length ? quotes[part.QuoteNumber] - part.QuoteOffset : length - part.Terminator.Length;
            if (end < at || !part.Terminator.StandsAt(text, end) ||
                !(part.IsMixed ? TryPick(text, at, end, part, places) : part.Pick < 0 || TryKeep(part.Pick, isFree: _values[part.First].IsFree, text, at, end - at, places)))
            {
                return false;
            }

            at = end + part.Terminator.Length;
        }

        return at == length;
    }

    /// <summary>Whether no value of the segment has to be tried for its end: a free one that a closed one follows, before another free one.</summary>
    private static bool IsCertain(FormatVariable[] variables, FormatSegment segment)
    {
        var right = segment.Last;
        while (right > segment.First && variables[right].IsClosed)
        {
            right--;
        }

        for (var index = segment.First; index < right; index++)
        {
            if (variables[index].Shape == ValueShape.Free && variables[index + 1].IsClosed)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>As the format cuts a segment: closed values from the right, then from the left; what is left is the last one.</summary>
    private bool TryPick(ReadOnlySpan<byte> text, int start, int end, in Part part, Span<FieldPlace> places)
    {
        var values = _values.AsSpan(part.First, part.Count);
        var right = values.Length - 1;
        for (; right > 0 && values[right].IsClosed; right--)
        {
            ref readonly var value = ref values[right];
            var length = ValueShapes.MeasureBackward(value.Shape, text, start, end);
            ref readonly var separator = ref values[right - 1].Separator;
            var before = end - length - separator.Length;
            if (length < 0 || before < start || !separator.StandsAt(text, before) || !TryKeep(value, text, end - length, length, places))
            {
                return false;
            }

            end = before;
        }

        for (var left = 0; left < right; left++)
        {
            ref readonly var value = ref values[left];
            var found = value.IsFree ? value.Separator.Find(text, start, end) : EndOf(value, text, start, end);
            if (found < 0 || !TryKeep(value, text, start, found - start, places))
            {
                return false;
            }

            start = found + value.Separator.Length;
        }

        ref readonly var last = ref values[right];
        return (!last.IsClosed || ValueShapes.MeasureForward(last.Shape, text[start..end]) == end - start) && TryKeep(last, text, start, end - start, places);
    }

    private static int EndOf(in Value value, ReadOnlySpan<byte> text, int start, int end)
    {
        var found = start + ValueShapes.MeasureForward(value.Shape, text[start..end]);
        return found >= start && found + value.Separator.Length <= end && value.Separator.StandsAt(text, found) ? found : -1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryKeep(in Value value, ReadOnlySpan<byte> text, int start, int length, Span<FieldPlace> places) =>
        value.Pick < 0 || TryKeep(value.Pick, value.IsFree, text, start, length, places);

    /// <summary>False: whether this value is one, the format must say.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryKeep(int pick, bool isFree, ReadOnlySpan<byte> text, int start, int length, Span<FieldPlace> places)
    {
        if (length <= 1 && (length == 0 || text[start] == (byte)'-'))
        {
            places[pick] = FieldPlace.None;
            return length > 0 && !isFree;
        }

        places[pick] = new FieldPlace(start, length);
        return true;
    }

    /// <summary>A <see cref="FormatLiteral"/> that stands where it is needed.</summary>
    private readonly struct Literal
    {
        private readonly ulong _text;
        private readonly ulong _mask;
        private readonly FormatLiteral _literal;

        public Literal(FormatLiteral literal)
        {
            _literal = literal;
            Length = literal.Length;
            if (Length is > 0 and <= sizeof(ulong))
            {
                Span<byte> eight = stackalloc byte[sizeof(ulong)];
                eight.Clear();
                literal.Bytes.CopyTo(eight);
                _text = BinaryPrimitives.ReadUInt64LittleEndian(eight);
                _mask = ulong.MaxValue >> (64 - (8 * Length));
            }
        }

        public int Length { get; }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool StandsAt(ReadOnlySpan<byte> text, int at) => _mask != 0 && text.Length - at >= sizeof(ulong)
            ? ((BinaryPrimitives.ReadUInt64LittleEndian(text[at..]) ^ _text) & _mask) == 0
            : _literal.StandsAt(text, at);

        public int Find(ReadOnlySpan<byte> text, int from, int end) => _literal.Find(text, from, end);
    }

    /// <summary>A variable and what follows it.</summary>
    private readonly struct Value(FormatVariable variable, int pick)
    {
        public readonly Literal Separator = new(variable.Separator);

        /// <summary>Which of the wanted it is; -1: none.</summary>
        public readonly int Pick = pick;

        public readonly ValueShape Shape = variable.Shape;

        public readonly bool IsClosed = variable.IsClosed;

        public bool IsFree => Shape == ValueShape.Free;
    }

    /// <summary>A <see cref="FormatSegment"/> with all that is asked of it for each line in one place.</summary>
    private readonly struct Part(FormatSegment segment, int pick, bool isMixed)
    {
        public readonly Literal Terminator = new(segment.Terminator);

        /// <summary>Index of its first value.</summary>
        public readonly int First = segment.First;

        public readonly int Count = segment.Last - segment.First + 1;

        /// <summary>Which of the wanted its only value is; -1: none, or there are several.</summary>
        public readonly int Pick = pick;

        /// <summary>Which of the line's quotes is the first of its terminator; -1: it ends with the line.</summary>
        public readonly int QuoteNumber = segment.QuoteOffset < 0 ? -1 : segment.QuoteNumber;

        public readonly int QuoteOffset = segment.QuoteOffset;

        /// <summary>It is not one value that may be anything.</summary>
        public readonly bool IsMixed = isMixed;
    }
}
