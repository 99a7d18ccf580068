using System.Runtime.CompilerServices;

namespace LogShipper.Parsing;

/// <summary>
/// What most lines of a <see cref="LogFormat"/> are: nothing is escaped, and all quotes are the format's own. Where they stand is where its parts
/// end, which is what a search for them would find. What is done at each of its values is laid down once, step by step; the steps do
/// what <see cref="LogFormat"/> does with its segments.
/// </summary>
internal sealed class PlainLine
{
    private readonly int _lead;
    private readonly FormatVariable[] _variables;
    private readonly FormatFields _fields;
    private readonly Step[] _steps;

    public PlainLine(int lead, FormatVariable[] variables, FormatSegment[] segments, FormatFields fields)
    {
        _lead = lead;
        _variables = variables;
        _fields = fields;
        _steps = [.. segments.SelectMany(segment => StepsOf(segment, variables))];
    }

    /// <summary>How a step finds its value.</summary>
    private enum Way : byte
    {
        /// <summary>It is all that stands before the next quote of the format.</summary>
        WholePart,

        /// <summary>None: several values stand before the next quote.</summary>
        Part,

        /// <summary>It stands at the end of what is left, and its shape says where it begins.</summary>
        AtTheEnd,

        /// <summary>It stands at the beginning of what is left, up to the first separator.</summary>
        ToSeparator,

        /// <summary>It stands at the beginning of what is left.</summary>
        AtTheBeginning,

        /// <summary>It is what is left.</summary>
        Rest,
    }

    /// <summary>Notes the fields of a line that has <paramref name="quotes"/> and nothing escaped; false: it is not of this format, or not that simple.</summary>
    public bool TryParse(ReadOnlySpan<byte> content, ReadOnlySpan<int> quotes, FieldTable fields)
    {
        fields.IsPlain = true;
        var slices = fields.Begin(_fields);
        var values = 0UL;
        var start = 0;
        var end = 0;
        var next = _lead;
        foreach (ref readonly var step in _steps.AsSpan())
        {
            int from;
            int length;
            switch (step.Way)
            {
                case Way.WholePart or Way.Part:
                    start = next;
                    end = EndOfPart(in step, content, quotes);
                    if (end < start || !step.Literal.StandsAt(content, end))
                    {
                        return false;
                    }

                    next = end + step.Literal.Length;
                    if (step.Way == Way.Part)
                    {
                        continue;
                    }

                    from = start;
                    length = end - start;
                    break;
                case Way.AtTheEnd:
                    length = ValueShapes.MeasureBackward(step.Shape, content, start, end);
                    from = end - length;
                    end = from - step.Literal.Length;
                    if (length < 0 || end < start || !step.Literal.StandsAt(content, end))
                    {
                        return false;
                    }

                    break;
                case Way.ToSeparator or Way.AtTheBeginning:
                    length = MeasureForward(in step, content, start, end);
                    if (length < 0)
                    {
                        return false;
                    }

                    from = start;
                    start = Math.Min(start + length + step.Literal.Length, end);
                    break;
                default:
                    from = start;
                    length = end - start;
                    if (step.IsClosed && ValueShapes.MeasureForward(step.Shape, content[start..end]) != length)
                    {
                        return false;
                    }

                    break;
            }

            values |= Note(ref slices[step.Index], in step, content, from, length);
        }

        fields.Values = values;
        return next == content.Length;
    }

    private int MeasureForward(in Step step, ReadOnlySpan<byte> content, int start, int end)
    {
        var length = step.Way == Way.ToSeparator ? step.Literal.Find(content, start, end) - start : -1;
        return length >= 0 ? length : ValueEnds.MeasureForward(_variables, step.Index, step.Last, content, start, end);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int EndOfPart(in Step step, ReadOnlySpan<byte> content, ReadOnlySpan<int> quotes) =>
        step.QuoteOffset < 0 ? content.Length - step.Literal.Length
        : (uint)step.QuoteNumber < (uint)quotes.Length ? quotes[step.QuoteNumber] - step.QuoteOffset
        : -1;

    /// <summary>Nothing is decoded; and whether nginx had a value is asked without a branch, since nothing foretells it.</summary>
    /// <returns>The variable's bit if it had.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Note(ref FieldSlice slice, in Step step, ReadOnlySpan<byte> content, int start, int length)
    {
        var first = (uint)start < (uint)content.Length ? content[start] : (byte)0;
        var missing = ((length == 0) & step.IsMissingWhenEmpty) | ((length == 1) & (first == (byte)'-') & step.IsMissingAsDash);
        slice.Encoding = FieldEncoding.Raw;
        slice.IsMissing = missing;
        slice.Start = start;
        slice.Length = length;
        return step.Bit & ((missing ? 1UL : 0UL) - 1);
    }

    private static IEnumerable<Step> StepsOf(FormatSegment segment, FormatVariable[] variables)
    {
        if (segment.First == segment.Last && !variables[segment.First].IsClosed)
        {
            yield return new Step(Way.WholePart, segment.First, segment.First, segment, variables[segment.First], segment.Terminator);
            yield break;
        }

        yield return new Step(Way.Part, segment.First, segment.Last, segment, variables[segment.First], segment.Terminator);

        // From the right, as long as the shape says where a value begins; then from the left.
        var right = segment.Last;
        for (; right > segment.First && variables[right].IsClosed; right--)
        {
            yield return new Step(Way.AtTheEnd, right, right, segment, variables[right], variables[right - 1].Separator);
        }

        for (var left = segment.First; left < right; left++)
        {
            var isSimple = variables[left].Shape == ValueShape.Free && !variables[left + 1].IsClosed;
            yield return new Step(isSimple ? Way.ToSeparator : Way.AtTheBeginning, left, right, segment, variables[left], variables[left].Separator);
        }

        yield return new Step(Way.Rest, right, right, segment, variables[right], segment.Terminator);
    }

    /// <summary>What is done at one value.</summary>
    private readonly struct Step(Way way, int index, int last, FormatSegment segment, FormatVariable variable, FormatLiteral literal)
    {
        public readonly Way Way = way;

        /// <summary>Which of the line's values.</summary>
        public readonly int Index = index;

        /// <summary>The last value that has not been found from the right.</summary>
        public readonly int Last = last;

        public readonly int QuoteNumber = segment.QuoteNumber;

        public readonly int QuoteOffset = segment.QuoteOffset;

        /// <summary>What stands behind the part, before the value at the end or behind that at the beginning.</summary>
        public readonly FormatLiteral Literal = literal;

        public readonly ValueShape Shape = variable.Shape;

        public readonly bool IsClosed = variable.IsClosed;

        public readonly bool IsMissingWhenEmpty = variable.IsMissingWhenEmpty;

        public readonly bool IsMissingAsDash = variable.IsMissingAsDash;

        public readonly ulong Bit = variable.Bit;
    }
}
