using System.Buffers;

namespace LogShipper.Parsing;

/// <summary>
/// A compiled <c>log_format</c>. nginx escapes double quotes in values (unless <c>escape=none</c>), so literals with a
/// quote are certain: they cut the line into segments. Inside a segment a separator may stand in what the client sent
/// (<c>$remote_user</c> may hold <c>" ["</c>): variables of a known shape are taken from both ends, and what is left
/// belongs to the free ones. Each step looks at a byte a bounded number of times: linear in the line.
/// </summary>
internal sealed class LogFormat : IRecordFormat
{
    private static readonly SearchValues<byte> AddressListBytes = SearchValues.Create("0123456789abcdefABCDEF:., "u8);

    private readonly byte[] _lead;
    private readonly FormatVariable[] _variables;
    private readonly FormatSegment[] _segments;
    private readonly LogEscape _escape;
    private readonly int _quotes;
    private readonly PlainLine _plain;
    private readonly FormatFields _fields;
    private readonly FormatFields _shortFields;
    private readonly byte[]? _shortEnd;

    public LogFormat(byte[] lead, FormatVariable[] variables, byte[][] otherNames, LogEscape escape)
    {
        _lead = lead;
        _variables = variables;
        _escape = escape;
        foreach (var variable in variables)
        {
            variable.IsMissingWhenEmpty = escape != LogEscape.Default || variable.Variable == NginxVariable.RemoteUser;
            variable.IsMissingAsDash = escape == LogEscape.Default || variable.Shape != ValueShape.Free;
        }

        _segments = CutIntoSegments();
        _shortEnd = ShortEnd();
        _fields = new FormatFields(variables, otherNames);
        _shortFields = new FormatFields(variables.AsSpan(..^1), otherNames);
        _plain = new PlainLine(lead.Length, variables, _segments, _fields);
        _quotes = lead.AsSpan().Count((byte)'"') + variables.Sum(variable => variable.Separator.Bytes.Count(character => character == (byte)'"'));
    }

    /// <summary>What picks variables out of its lines, and out of those that leave out the last one.</summary>
    public IEnumerable<FieldPicker> Pickers(NginxVariable[] wanted)
    {
        if (FieldPicker.For(_lead, _variables, _segments, _escape, wanted) is { } picker)
        {
            yield return picker;
        }

        if (_shortEnd is not null)
        {
            var variables = _variables[..^1];
            variables[^1] = variables[^1] with { Separator = new FormatLiteral(_shortEnd) };
            foreach (var shorter in new LogFormat(_lead, variables, _fields.OtherNames, _escape).Pickers(wanted))
            {
                yield return shorter;
            }
        }
    }

    public bool TryParse(ReadOnlySpan<byte> content, FieldTable fields)
    {
        if (_lead.Length > 0 && !content.StartsWith(_lead))
        {
            return false;
        }

        var scan = fields.Scan;
        scan.Look(content);
        if (scan.IsPlain && _escape != LogEscape.None && scan.HasQuotes(_quotes) && _plain.TryParse(content, scan.Quotes, fields))
        {
            return true;
        }

        return TryParseSegments(content, fields);
    }

    /// <summary>A line with escapes, or with other quotes than the format's: each of them is searched for.</summary>
    private bool TryParseSegments(ReadOnlySpan<byte> content, FieldTable fields)
    {
        fields.IsPlain = fields.Scan.IsPlain;
        fields.Begin(_fields);
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
                if (end < at || !segment.Terminator.StandsAt(content, end))
                {
                    return false;
                }

                fields.IsPlain = fields.IsPlain && !content[at..end].Contains((byte)'"');
            }

            if (end < at)
            {
                return TryParseShort(content, at, segment, fields);
            }

            if (!TryParse(content, at, end, segment, fields))
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
        var quotes = _lead.AsSpan().Count((byte)'"');
        for (var index = 0; index < _variables.Length; index++)
        {
            var quote = _escape == LogEscape.None ? -1 : Array.IndexOf(_variables[index].Separator.Bytes, (byte)'"');
            if (quote >= 0 || index == _variables.Length - 1)
            {
                segments.Add(new FormatSegment(first, index, _variables[index].Separator, quote, quotes));
                first = index + 1;
            }

            quotes += _variables[index].Separator.Bytes.AsSpan().Count((byte)'"');
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

        var end = before.Separator.Bytes.AsSpan(0, Math.Max(0, before.Separator.Bytes.AsSpan().IndexOf((byte)' ')));
        return end.Contains((byte)'"') ? end.ToArray() : null;
    }

    /// <summary>Where the segment's terminator begins: around the next quote that no value can hold; -1: nowhere.</summary>
    private int FindTerminator(ReadOnlySpan<byte> content, int from, FormatSegment segment, FieldTable fields)
    {
        var at = from;
        while (true)
        {
            var quote = FindQuote(content, at, fields);
            if (quote < 0)
            {
                return -1;
            }

            var start = quote - segment.QuoteOffset;
            if (start >= from && segment.Terminator.StandsAt(content, start))
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

    private int FindQuote(ReadOnlySpan<byte> content, int from, FieldTable fields) =>
        _escape == LogEscape.Json && !fields.Scan.IsPlain ? LineScan.NextUnescapedQuote(content, from) : fields.Scan.NextQuote(content, from);

    /// <summary>Notes the values of a segment that stands from <paramref name="start"/> to <paramref name="end"/>.</summary>
    private bool TryParse(ReadOnlySpan<byte> content, int start, int end, FormatSegment segment, FieldTable fields)
    {
        var left = segment.First;
        var right = segment.Last;

        // From the right, as long as the shape says where a value begins.
        while (right > left && _variables[right].IsClosed)
        {
            var variable = _variables[right];
            var length = ValueShapes.MeasureBackward(variable.Shape, content, start, end);
            var separator = _variables[right - 1].Separator;
            var before = end - length - separator.Length;
            if (length < 0 || before < start || !separator.StandsAt(content, before))
            {
                return false;
            }

            Note(right, variable, content, end - length, length, fields);
            end = before;
            right--;
        }

        for (; left < right; left++)
        {
            var length = ValueEnds.MeasureForward(_variables, left, right, content, start, end);
            if (length < 0)
            {
                return false;
            }

            var variable = _variables[left];
            Note(left, variable, content, start, length, fields);
            start = Math.Min(start + length + variable.Separator.Length, end);
        }

        // What is left, if it can be the value.
        var last = _variables[right];
        if (last.IsClosed && ValueShapes.MeasureForward(last.Shape, content[start..end]) != end - start)
        {
            return false;
        }

        Note(right, last, content, start, end - start, fields);
        return true;
    }

    /// <summary>The line may end before a last variable that some writers leave out.</summary>
    private bool TryParseShort(ReadOnlySpan<byte> content, int at, FormatSegment segment, FieldTable fields)
    {
        if (_shortEnd is null || segment.Last != _variables.Length - 2 || segment.QuoteOffset < 0)
        {
            return false;
        }

        var end = content.Length - _shortEnd.Length;
        if (end < at || !content[end..].SequenceEqual(_shortEnd) ||
            FindQuote(content, at, fields) != end + _shortEnd.AsSpan().IndexOf((byte)'"') ||
            !TryParse(content, at, end, segment, fields))
        {
            return false;
        }

        fields.End(_shortFields);
        return true;
    }

    private void Note(int index, FormatVariable variable, ReadOnlySpan<byte> content, int start, int length, FieldTable fields)
    {
        var value = content.Slice(start, length);
        var missing = value.IsEmpty ? variable.IsMissingWhenEmpty : value is [(byte)'-'] && variable.IsMissingAsDash;
        fields.Set(index, variable.Bit, EncodingOf(variable, value), missing, start, length);
    }

    private FieldEncoding EncodingOf(FormatVariable variable, ReadOnlySpan<byte> value) => _escape switch
    {
        _ when variable.IsClosed => FieldEncoding.Raw,
        LogEscape.Default when value.Contains((byte)'\\') => FieldEncoding.HexEscapes,
        LogEscape.Json when value.Contains((byte)'\\') => FieldEncoding.JsonEscapes,
        _ => FieldEncoding.Raw,
    };
}
