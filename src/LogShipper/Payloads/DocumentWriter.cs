using System.Buffers.Text;
using LogShipper.Parsing;

namespace LogShipper.Payloads;

/// <summary>
/// Writes one JSON document into a <see cref="PayloadBuffer"/>. Commas and empty objects are its business: an object that
/// stays empty leaves no trace. Names are given with their quotes and colon (<c>"status":</c>).
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

    public Mark Open(scoped ReadOnlySpan<byte> name)
    {
        var before = _at;
        var neededComma = _needsComma;
        Name(name);
        Put((byte)'{');
        _needsComma = false;
        return new Mark(before, _at, neededComma);
    }

    public void Close(Mark mark) => End(mark, (byte)'}');

    public Mark OpenArray(scoped ReadOnlySpan<byte> name)
    {
        var before = _at;
        var neededComma = _needsComma;
        Name(name);
        Put((byte)'[');
        _needsComma = false;
        return new Mark(before, _at, neededComma);
    }

    public void CloseArray(Mark mark) => End(mark, (byte)']');

    /// <summary>A name, after a comma if one is due; a value must follow.</summary>
    public void Name(scoped ReadOnlySpan<byte> name)
    {
        if (_needsComma)
        {
            Put((byte)',');
        }

        Put(name);
        _needsComma = true;
    }

    /// <summary>Ready-made JSON.</summary>
    public void Put(scoped ReadOnlySpan<byte> bytes)
    {
        if (_span.Length - _at < bytes.Length)
        {
            Grow(bytes.Length);
        }

        bytes.CopyTo(_span[_at..]);
        _at += bytes.Length;
    }

    public void Member(scoped ReadOnlySpan<byte> name, scoped in Field field)
    {
        Name(name);
        Text(_fields.Decode(field));
    }

    /// <summary>A part of a value, escaped as it stands in the line.</summary>
    public void Member(scoped ReadOnlySpan<byte> name, FieldEncoding encoding, scoped ReadOnlySpan<byte> part)
    {
        Name(name);
        Text(_fields.Decode(part, encoding));
    }

    public void Member(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> text)
    {
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
    private void Grow(int room)
    {
        _output.Advance(_at);
        _output.GetSpan(Math.Max(room, 1024));
        _output.Advance(-_at);
        _span = _output.GetSpan();
    }
}
