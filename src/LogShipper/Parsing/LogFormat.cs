using System.Buffers;

namespace LogShipper.Parsing;

/// <summary>What nginx does to the bytes of a value before it writes them: the <c>escape</c> of a <c>log_format</c>.</summary>
internal enum LogEscape : byte
{
    Default,
    Json,
    None,
}

/// <summary>One way to read a record.</summary>
internal interface IRecordFormat
{
    /// <summary>Cuts the record into fields; false: it is not of this format, and the fields are rubbish. Never throws.</summary>
    bool TryParse(ReadOnlySpan<byte> content, FieldTable fields);
}

/// <summary>A variable of a compiled format and the literal text that follows it.</summary>
internal sealed record FormatVariable(NginxVariable Variable, int OtherNumber, bool IsRepeated, ValueShape Shape, byte[] Separator);

/// <summary>Variables up to a literal that nginx lets no value imitate (or to the end of the line).</summary>
/// <param name="First">Index of the first variable.</param>
/// <param name="Last">Index of the last one.</param>
/// <param name="Terminator">The literal after the last one.</param>
/// <param name="QuoteOffset">Where its first double quote stands; -1: this is the end of the line.</param>
internal sealed record FormatSegment(int First, int Last, byte[] Terminator, int QuoteOffset);

/// <summary>
/// A compiled <c>log_format</c>. nginx escapes double quotes in values (unless <c>escape=none</c>), so literals with a
/// quote are certain: they cut the line into segments. Inside a segment a separator may stand in what the client sent
/// (<c>$remote_user</c> may hold <c>" ["</c>): variables of a known shape are taken from both ends, and what is left
/// belongs to the free ones. Each step looks at a byte a bounded number of times: linear in the line.
/// </summary>
internal sealed class LogFormat : IRecordFormat
{
    private static readonly SearchValues<byte> PlainBytes =
        SearchValues.Create([.. Enumerable.Range(0x20, 0x7f - 0x20).Where(value => value != '\\').Select(value => (byte)value)]);

    private static readonly SearchValues<byte> AddressListBytes = SearchValues.Create("0123456789abcdefABCDEF:., "u8);

    private readonly byte[] _lead;
    private readonly FormatVariable[] _variables;
    private readonly FormatSegment[] _segments;
    private readonly byte[][] _otherNames;
    private readonly LogEscape _escape;
    private readonly byte[]? _shortEnd;

    public LogFormat(byte[] lead, FormatVariable[] variables, byte[][] otherNames, LogEscape escape)
    {
        _lead = lead;
        _variables = variables;
        _otherNames = otherNames;
        _escape = escape;
        _segments = CutIntoSegments();
        _shortEnd = ShortEnd();
    }

    /// <summary>The names of its variables, in order.</summary>
    public IEnumerable<NginxVariable> Variables => _variables.Select(variable => variable.Variable);

    public bool TryParse(ReadOnlySpan<byte> content, FieldTable fields)
    {
        if (!content.StartsWith(_lead))
        {
            return false;
        }

        fields.NameOthers(_otherNames);
        // One look at the whole line in place of one at each value.
        fields.IsPlain = !content.ContainsAnyExcept(PlainBytes);
        var at = _lead.Length;
        foreach (var segment in _segments)
        {
            int end;
            int next;
            if (segment.QuoteOffset >= 0)
            {
                end = FindTerminator(content, at, segment, fields);
                next = end + segment.Terminator.Length;
            }
            else
            {
                end = content.Length - segment.Terminator.Length;
                next = content.Length;
                if (end < at || !content[end..].SequenceEqual(segment.Terminator.AsSpan()))
                {
                    return false;
                }

                fields.IsPlain = fields.IsPlain && !content[at..end].Contains((byte)'"');
            }

            if (end < at)
            {
                return TryParseShort(content, at, segment, fields);
            }

            if (segment.First == segment.Last ? !TryAddWhole(_variables[segment.First], content, at, end, fields) : !TryParseSegment(content, at, end, segment, fields))
            {
                return false;
            }

            at = next;
        }

        return at == content.Length;
    }

    private FormatSegment[] CutIntoSegments()
    {
        var segments = new List<FormatSegment>();
        var first = 0;
        for (var index = 0; index < _variables.Length; index++)
        {
            var quote = _escape == LogEscape.None ? -1 : Array.IndexOf(_variables[index].Separator, (byte)'"');
            if (quote >= 0 || index == _variables.Length - 1)
            {
                segments.Add(new FormatSegment(first, index, _variables[index].Separator, quote));
                first = index + 1;
            }
        }

        return [.. segments];
    }

    /// <summary>How a line ends that leaves out its last variable: with the quote that closes the one before it.</summary>
    private byte[]? ShortEnd()
    {
        if (_variables is not [.., var before, { Variable: NginxVariable.GzipRatio or NginxVariable.HttpXForwardedFor }])
        {
            return null;
        }

        var end = before.Separator.AsSpan(0, Math.Max(0, before.Separator.AsSpan().IndexOf((byte)' ')));
        return end.Contains((byte)'"') ? end.ToArray() : null;
    }

    /// <summary>Where the segment's terminator begins: around the next quote that no value can hold; -1: nowhere.</summary>
    private int FindTerminator(ReadOnlySpan<byte> content, int from, FormatSegment segment, FieldTable fields)
    {
        var at = from;
        while (true)
        {
            var quote = FindQuote(content, at);
            if (quote < 0)
            {
                return -1;
            }

            var start = quote - segment.QuoteOffset;
            if (start >= from && StandsAt(content, start, segment.Terminator))
            {
                return start;
            }

            // The one quote that stands in a value without being escaped: a list of addresses in front of the line,
            // which some write as "$http_x_forwarded_for" into the place of $remote_addr.
            at = segment.First == 0 ? SkipQuotedAddresses(content, quote) : -1;
            if (at < 0)
            {
                return -1;
            }

            fields.IsPlain = false;
        }
    }

    private static int SkipQuotedAddresses(ReadOnlySpan<byte> content, int quote)
    {
        var inside = content[(quote + 1)..];
        var end = inside.IndexOfAnyExcept(AddressListBytes);
        return end > 0 && inside[end] == (byte)'"' ? quote + 1 + end + 1 : -1;
    }

    /// <summary>Literals are a few bytes: a loop costs less than the call of a vectorised comparison.</summary>
    private static bool StandsAt(ReadOnlySpan<byte> content, int at, byte[] text)
    {
        if (content.Length - at < text.Length)
        {
            return false;
        }

        content = content.Slice(at, text.Length);
        for (var index = 0; index < content.Length; index++)
        {
            if (content[index] != text[index])
            {
                return false;
            }
        }

        return true;
    }

    private int FindQuote(ReadOnlySpan<byte> content, int from)
    {
        if (_escape == LogEscape.Json)
        {
            return FindUnescapedQuote(content, from);
        }

        var index = content[from..].IndexOf((byte)'"');
        return index < 0 ? -1 : from + index;
    }

    private static int FindUnescapedQuote(ReadOnlySpan<byte> content, int from)
    {
        while (true)
        {
            var index = content[from..].IndexOfAny((byte)'"', (byte)'\\');
            if (index < 0)
            {
                return -1;
            }

            if (content[from + index] == (byte)'"')
            {
                return from + index;
            }

            from += index + 2;
            if (from > content.Length)
            {
                return -1;
            }
        }
    }

    private bool TryParseSegment(ReadOnlySpan<byte> content, int start, int end, FormatSegment segment, FieldTable fields)
    {
        var left = segment.First;
        var right = segment.Last;

        // From the right, as long as the shape says where a value begins; kept, and added after those on its left.
        Span<int> starts = stackalloc int[right - left + 1];
        var rightEnd = end;
        while (right > left && ValueShapes.IsClosed(_variables[right].Shape))
        {
            var length = ValueShapes.MeasureBackward(_variables[right].Shape, content[start..rightEnd]);
            var separator = _variables[right - 1].Separator;
            if (length < 0 || rightEnd - length - separator.Length < start || !StandsAt(content, rightEnd - length - separator.Length, separator))
            {
                return false;
            }

            starts[right - segment.First] = rightEnd - length;
            rightEnd -= length + separator.Length;
            right--;
        }

        for (; left < right; left++)
        {
            var length = MeasureLeft(content[start..rightEnd], left, right);
            if (length < 0 || !Add(_variables[left], content, start, length, fields))
            {
                return false;
            }

            start = Math.Min(start + length + _variables[left].Separator.Length, rightEnd);
        }

        if (!TryAddWhole(_variables[right], content, start, rightEnd, fields))
        {
            return false;
        }

        for (var index = right + 1; index <= segment.Last; index++)
        {
            var valueStart = starts[index - segment.First];
            var valueEnd = index == segment.Last ? end : starts[index + 1 - segment.First] - _variables[index].Separator.Length;
            if (!Add(_variables[index], content, valueStart, valueEnd - valueStart, fields))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Adds all that stands from <paramref name="start"/> to <paramref name="end"/>, if it can be the variable's value.</summary>
    private bool TryAddWhole(FormatVariable variable, ReadOnlySpan<byte> content, int start, int end, FieldTable fields)
    {
        return (!ValueShapes.IsClosed(variable.Shape) || ValueShapes.MeasureForward(variable.Shape, content[start..end]) == end - start) &&
            Add(variable, content, start, end - start, fields);
    }

    /// <summary>The line may end before a last variable that some writers leave out.</summary>
    private bool TryParseShort(ReadOnlySpan<byte> content, int at, FormatSegment segment, FieldTable fields)
    {
        if (_shortEnd is null || segment.Last != _variables.Length - 2 || segment.QuoteOffset < 0)
        {
            return false;
        }

        var end = content.Length - _shortEnd.Length;
        return end >= at && content[end..].SequenceEqual(_shortEnd) &&
            FindQuote(content, at) == end + _shortEnd.AsSpan().IndexOf((byte)'"') &&
            (segment.First == segment.Last ? TryAddWhole(_variables[segment.First], content, at, end, fields) : TryParseSegment(content, at, end, segment, fields));
    }

    /// <summary>Length of the value of variable <paramref name="index"/> at the start of <paramref name="text"/>, which
    /// its separator follows; -1: it does not.</summary>
    private int MeasureLeft(ReadOnlySpan<byte> text, int index, int right)
    {
        var variable = _variables[index];
        if (variable.Shape != ValueShape.Free)
        {
            var length = ValueShapes.MeasureForward(variable.Shape, text);
            return length >= 0 && StandsAt(text, length, variable.Separator) ? length : -1;
        }

        // A free value ends at the first separator that is followed by what must come next.
        var next = _variables[index + 1];
        var from = 0;
        while (true)
        {
            var found = text[from..].IndexOf(variable.Separator);
            if (found < 0)
            {
                return MeasureBeforeNothing(text, index, right);
            }

            var after = text[(from + found + variable.Separator.Length)..];
            if (!ValueShapes.IsClosed(next.Shape))
            {
                return from + found;
            }

            var length = ValueShapes.MeasureForward(next.Shape, after);
            if (length >= 0 && (index + 1 == right ? length == after.Length : after[length..].StartsWith(next.Separator)))
            {
                return from + found;
            }

            from += found + 1;
        }
    }

    /// <summary>Some write no <c>-</c> for a missing value, and one space where two would meet: <c>1.2.3.4 - [08/Jun/…</c>.</summary>
    private int MeasureBeforeNothing(ReadOnlySpan<byte> text, int index, int right)
    {
        var separator = _variables[index].Separator;
        return index + 1 == right && separator is [_, .., (byte)' '] && text.EndsWith(separator.AsSpan(0, separator.Length - 1))
            ? text.Length - separator.Length + 1
            : -1;
    }

    private bool Add(FormatVariable variable, ReadOnlySpan<byte> content, int start, int length, FieldTable fields)
    {
        var missing = length <= 1 && IsMissing(variable, content.Slice(start, length));
        var encoding = fields.IsPlain ? FieldEncoding.Raw : EncodingOf(variable.Shape, content.Slice(start, length));
        return fields.TryAdd(variable.Variable, encoding, missing, variable.IsRepeated, start, length, variable.OtherNumber, 0);
    }

    private bool IsMissing(FormatVariable variable, ReadOnlySpan<byte> value) => value.IsEmpty
        ? _escape != LogEscape.Default || variable.Variable == NginxVariable.RemoteUser
        : value is [(byte)'-'] && (_escape == LogEscape.Default || variable.Shape != ValueShape.Free);

    private FieldEncoding EncodingOf(ValueShape shape, ReadOnlySpan<byte> value) => _escape switch
    {
        _ when ValueShapes.IsClosed(shape) => FieldEncoding.Raw,
        LogEscape.Default when value.Contains((byte)'\\') => FieldEncoding.HexEscapes,
        LogEscape.Json when value.Contains((byte)'\\') => FieldEncoding.JsonEscapes,
        _ => FieldEncoding.Raw,
    };
}
