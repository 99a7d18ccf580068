using System.Buffers.Text;
using System.Runtime.CompilerServices;
using LogShipper.Parsing;

namespace LogShipper.Payloads;

/// <summary>
/// Writes one JSON document into a <see cref="PayloadBuffer"/>. Commas and empty objects are its business: an object that
/// stays empty leaves no trace. Names are given with their quotes and colon (<c>"status":</c>), those of objects and arrays
/// with their bracket (<c>"http":{</c>).
/// </summary>
internal ref struct DocumentWriter
{
    /// <summary>Text is escaped in pieces, so that the worst case of a long value does not ask for six times its length at once.</summary>
    private const int PieceLength = 4096;

    private readonly PayloadBuffer _output;
    private readonly FieldTable _fields;
    private Span<byte> _span;
    private int _at;
    private bool _needsComma;

    public DocumentWriter(PayloadBuffer output, FieldTable fields, int capacity)
    {
        _output = output;
        _fields = fields;
        _span = output.GetSpan(capacity);
    }

    /// <summary>Where an object began, so that it can vanish.</summary>
    public readonly record struct Mark(int Before, int Inside, bool NeededComma);

    public readonly FieldTable Fields => _fields;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Mark Open(scoped ReadOnlySpan<byte> name)
    {
        var before = _at;
        var neededComma = _needsComma;
        Name(name);
        _needsComma = false;
        return new Mark(before, _at, neededComma);
    }

    public void Close(Mark mark) => End(mark, (byte)'}');

    public Mark OpenArray(scoped ReadOnlySpan<byte> name) => Open(name);

    public void CloseArray(Mark mark) => End(mark, (byte)']');

    /// <summary>A name, after a comma if one is due; a value must follow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Name(scoped ReadOnlySpan<byte> name)
    {
        var target = _span[_at..];
        if (target.Length <= name.Length)
        {
            Grow(name.Length + 1);
            target = _span[_at..];
        }

        var comma = 0;
        if (_needsComma)
        {
            target[0] = (byte)',';
            comma = 1;
        }

        name.CopyTo(target[comma..]);
        _at += name.Length + comma;
        _needsComma = true;
    }

    /// <summary>Ready-made JSON. Inlined, so that constants are copied without a call.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Put(scoped ReadOnlySpan<byte> bytes)
    {
        if (!bytes.TryCopyTo(_span[_at..]))
        {
            Grow(bytes.Length);
            bytes.CopyTo(_span[_at..]);
        }

        _at += bytes.Length;
    }

    public void Member(scoped ReadOnlySpan<byte> name, scoped in Field field)
    {
        Member(name, field.Encoding == FieldEncoding.Raw ? field.Value : _fields.Decode(field));
    }

    /// <summary>Text that is known to need no escape: addresses and methods that were looked at.</summary>
    public void PlainMember(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> text)
    {
        // A comma and two quotes: one look at the room, one move of the position.
        var target = _span[_at..];
        if (target.Length < name.Length + text.Length + 3)
        {
            Grow(name.Length + text.Length + 3);
            target = _span[_at..];
        }

        var at = 0;
        if (_needsComma)
        {
            target[at++] = (byte)',';
        }

        name.CopyTo(target[at..]);
        at += name.Length;
        target[at++] = (byte)'"';
        text.CopyTo(target[at..]);
        at += text.Length;
        target[at++] = (byte)'"';
        _at += at;
        _needsComma = true;
    }

    /// <summary>A part of a value, escaped as it stands in the line.</summary>
    public void Member(scoped ReadOnlySpan<byte> name, FieldEncoding encoding, scoped ReadOnlySpan<byte> part)
    {
        Member(name, encoding == FieldEncoding.Raw ? part : _fields.Decode(part, encoding));
    }

    public void Member(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> text)
    {
        if (JsonText.IndexOfSpecial(text) < 0)
        {
            PlainMember(name, text);
            return;
        }

        Name(name);
        Text(text);
    }

    public void Member(scoped ReadOnlySpan<byte> name, long number)
    {
        Name(name);
        Number(number);
    }

    /// <summary>A name that is the line's own, below <c>nginx.access</c>.</summary>
    public void OwnName(scoped ReadOnlySpan<byte> name)
    {
        Span<byte> plain = stackalloc byte[256];
        name = name[..Math.Min(name.Length, plain.Length)];
        name.Replace(plain, (byte)'.', (byte)'_');
        Name([]);
        Text(plain[..name.Length]);
        Put((byte)':');
    }

    /// <summary>A string of an array.</summary>
    public void Item(scoped ReadOnlySpan<byte> text)
    {
        Name([]);
        Text(text);
    }

    /// <summary>A string value, quotes included.</summary>
    public void Text(scoped ReadOnlySpan<byte> text)
    {
        Put((byte)'"');
        Append(text);
        Put((byte)'"');
    }

    /// <summary>More text inside an open string.</summary>
    public void Append(scoped ReadOnlySpan<byte> text)
    {
        var special = JsonText.IndexOfSpecial(text);
        if (special < 0)
        {
            Put(text);
            return;
        }

        Put(text[..special]);
        text = text[special..];
        while (!text.IsEmpty)
        {
            var piece = text.Length <= PieceLength ? text : text[..WholeCharacters(text)];
            if (_span.Length - _at < piece.Length * JsonText.WorstGrowth)
            {
                Grow(piece.Length * JsonText.WorstGrowth);
            }

            _at += JsonText.Write(piece, _span[_at..]);
            text = text[piece.Length..];
        }
    }

    public void Number(long number)
    {
        if (_span.Length - _at < 20)
        {
            Grow(20);
        }

        Utf8Formatter.TryFormat(number, _span[_at..], out var written);
        _at += written;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Put(byte character)
    {
        if (_span.Length == _at)
        {
            Grow(1);
        }

        _span[_at++] = character;
    }

    /// <summary>Hands what was written to the buffer.</summary>
    public readonly void Complete() => _output.Advance(_at);

    private void End(Mark mark, byte bracket)
    {
        if (_at == mark.Inside)
        {
            _at = mark.Before;
            _needsComma = mark.NeededComma;
            return;
        }

        Put(bracket);
        _needsComma = true;
    }

    /// <summary>At most a piece, not ending inside a character.</summary>
    private static int WholeCharacters(ReadOnlySpan<byte> text)
    {
        var end = PieceLength;
        while (end > PieceLength - 4 && (text[end] & 0xC0) == 0x80)
        {
            end--;
        }

        return end;
    }

    /// <summary>The document stays in one piece: its beginning moves along, so that marks keep their meaning.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(int room)
    {
        _output.Advance(_at);
        _output.GetSpan(Math.Max(room, 1024));
        _output.Advance(-_at);
        _span = _output.GetSpan();
    }
}
