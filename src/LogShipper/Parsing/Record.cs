using System.Runtime.CompilerServices;
using LogShipper.Tailing;

namespace LogShipper.Parsing;

/// <summary>What a parser noticed about a record; shipped as <c>log.flags</c> beside <see cref="RecordFlags"/>.</summary>
[Flags]
internal enum RecordRemarks : byte
{
    None = 0,

    /// <summary>No format fits: shipped whole as <c>message</c>.</summary>
    Unparsed = 1,

    /// <summary>Made of more than one line.</summary>
    Multiline = 2,

    /// <summary>A client tried to look like nginx: a forged line, or more than one reading of who the client is.</summary>
    Suspicious = 4,

    /// <summary>As long as nginx lets a line of error.log become: its end is missing.</summary>
    TruncatedByNginx = 8,
}

/// <summary>One record, cut into named slices: a view and never a copy.</summary>
internal ref struct Record
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly ReadOnlySpan<byte> _content;
    private readonly int _index;
    private FieldTable? _fields;

    // Taken apart on purpose: copied as a whole, it would be read with wider loads than it was just written with, for which a processor waits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Record(in RawRecord raw, Batch batch)
    {
        _bytes = raw.Bytes[..];
        _content = raw.Content;
        Offset = raw.Offset;
        _index = raw.Index;
        Flags = raw.Flags;
        Batch = batch;
        TimeTicks = batch.TimeBeforeTicks;
    }

    /// <summary>A record whose slices are kept in <paramref name="fields"/>, which is reused from record to record.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Record(in RawRecord raw, Batch batch, FieldTable fields)
        : this(raw, batch)
    {
        _fields = fields;
        fields.Clear();
    }

    public readonly RawRecord Raw => new(_index, Offset, _bytes, Flags);

    /// <summary>Offset of its first byte in the file.</summary>
    public long Offset { get; }

    public RecordFlags Flags { get; }

    public Batch Batch { get; }

    /// <summary>The record's time: its own, else that of the last record before it, else the file's birth. UTC ticks.</summary>
    public long TimeTicks { get; set; }

    /// <summary>Whether a format fits; false: it has no fields, only <see cref="Raw"/>.</summary>
    public bool Parsed { get; set; }

    /// <summary>Whether <see cref="TimeTicks"/> is the record's own.</summary>
    public bool HasOwnTime { get; set; }

    public RecordRemarks Remarks { get; set; }

    /// <summary>Number of its fields, missing ones included.</summary>
    public readonly int FieldCount => _fields?.Count ?? 0;

    /// <summary>Field number <paramref name="index"/>, in the order of the line.</summary>
    public readonly Field this[int index] => new(_content, _fields![index]);

    /// <summary>The name of field number <paramref name="index"/>: nginx's (without the dollar sign), or the key of a JSON line.</summary>
    public readonly ReadOnlySpan<byte> NameAt(int index)
    {
        ref readonly var slice = ref _fields![index];
        return slice.NameLength > 0 ? _content.Slice(slice.NameStart, slice.NameLength)
            : slice.Variable == NginxVariable.Other ? _fields.OtherName(slice.NameStart)
            : NginxVariables.NameOf(slice.Variable);
    }

    /// <summary>The record's bytes without the final newline.</summary>
    public readonly ReadOnlySpan<byte> Content => _content;

    /// <summary>The first field that is this variable; false when the line has none or nginx had no value for it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool TryGet(NginxVariable variable, out Field field)
    {
        if (_fields is { } fields && (fields.Values & FieldTable.Bit(variable)) != 0)
        {
            field = new Field(_content, fields[fields.IndexOf(variable)]);
            return true;
        }

        field = default;
        return false;
    }

    /// <summary>Whether the line has a value for any of these variables, given as <see cref="FieldTable.Bit"/>s.</summary>
    internal readonly bool HasAny(ulong variables) => _fields is { } fields && (fields.Values & variables) != 0;

    /// <summary>The field with this name: an nginx variable (without the dollar sign) or a key of a JSON line.</summary>
    public readonly bool TryGet(ReadOnlySpan<byte> name, out Field field)
    {
        for (var index = 0; index < FieldCount; index++)
        {
            field = this[index];
            if (!field.IsMissing && NameAt(index).SequenceEqual(name))
            {
                return true;
            }
        }

        field = default;
        return false;
    }

    /// <summary>The slices of a record that was parsed.</summary>
    internal readonly FieldTable Table => _fields!;

    /// <summary>Where a parser puts the slices.</summary>
    internal FieldTable Fields => _fields ??= new FieldTable();
}
