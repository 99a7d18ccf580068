using System.Runtime.CompilerServices;
using LogShipper.Payloads;

namespace LogShipper.Parsing;

/// <summary>How the bytes of a value stand in the line.</summary>
internal enum FieldEncoding : byte
{
    /// <summary>As they are.</summary>
    Raw,

    /// <summary>nginx's <c>escape=default</c>: <c>\xHH</c> is one byte.</summary>
    HexEscapes,

    /// <summary>Escapes of a JSON string.</summary>
    JsonEscapes,
}

/// <summary>One value of a record, still escaped as it stands in the line. Its name: <see cref="Record.NameAt"/>.</summary>
internal readonly ref struct Field
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Field(ReadOnlySpan<byte> content, in FieldSlice slice)
    {
        Value = content.Slice(slice.Start, slice.Length);
        Variable = slice.Variable;
        Encoding = slice.Encoding;
        IsMissing = slice.IsMissing;
        IsRepeated = slice.IsRepeated;
    }

    /// <summary>The bytes as they stand in the line; <see cref="FieldText.Decode"/> undoes the escapes.</summary>
    public ReadOnlySpan<byte> Value { get; }

    public NginxVariable Variable { get; }

    public FieldEncoding Encoding { get; }

    /// <summary>nginx had no value: <c>-</c>, or nothing in a JSON line.</summary>
    public bool IsMissing { get; }

    /// <summary>The line has an earlier field of the same name or meaning, which is the one that counts.</summary>
    public bool IsRepeated { get; }
}

/// <summary>Where a value and its name stand in a record.</summary>
internal record struct FieldSlice(NginxVariable Variable, FieldEncoding Encoding, bool IsMissing, bool IsRepeated, int Start, int Length, int NameStart, int NameLength);

/// <summary>The slices of one record and what is remembered from record to record so that a line costs no allocation.</summary>
internal sealed class FieldTable
{
    /// <summary>The most fields that a line may have.</summary>
    public const int Capacity = 128;

    private const int LargestKeptScratch = 64 * 1024;

    private readonly FieldSlice[] _slices = new FieldSlice[Capacity];
    private readonly byte[] _ownIndexes = new byte[64];
    private byte[] _indexes;
    private FormatFields? _format;
    private ulong _present;
    private byte[][] _otherNames = [];
    private string _path = "";
    private byte[] _pathText = [];

    public FieldTable() => _indexes = _ownIndexes;

    public int Count { get; private set; }

    /// <summary>The variables that the line has a value for, as a set of bits.</summary>
    public ulong Values { get; set; }

    public NginxTime Time { get; } = new();

    /// <summary>Where the line's quotes stand.</summary>
    public LineScan Scan { get; } = new();

    /// <summary>What the format noticed about the record.</summary>
    public RecordRemarks Remarks { get; set; }

    /// <summary>The record is printable ASCII, and no value in it holds a quote or a backslash: in JSON each is written as it stands.</summary>
    public bool IsPlain { get; set; }

    /// <summary>What a layout made once for all records of a batch.</summary>
    public PreparedText Prepared { get; } = new();

    /// <summary>The zone of a time that carries none, as <c>event.timezone</c>; empty where the line says it.</summary>
    public byte[] TimeZone { get; set; } = [];

    /// <summary>Text of the time at which the batch was read.</summary>
    public NginxTime Created { get; } = new();

    /// <summary>Where one value at a time is put when its escapes are undone; kept from record to record.</summary>
    public byte[] Scratch { get; private set; } = new byte[1024];

    public ref readonly FieldSlice this[int index] => ref _slices[index];

    /// <summary>Index of the first field of that variable; -1: none.</summary>
    public int IndexOf(NginxVariable variable) => (_present & Bit(variable)) == 0 ? -1 : _indexes[(int)variable & 63];

    /// <summary>Where the value of a variable that the format has stands in the line; of any other, where its first field stands.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TextPlace PlaceOf(NginxVariable variable)
    {
        ref readonly var slice = ref _slices[_indexes[(int)variable & 63]];
        return new TextPlace(slice.Start, slice.Length);
    }

    /// <summary>The bytes of a variable that the line has, as they stand in it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> TextOf(NginxVariable variable, ReadOnlySpan<byte> content)
    {
        ref readonly var slice = ref _slices[_indexes[(int)variable & 63]];
        return content.Slice(slice.Start, slice.Length);
    }

    public static ulong Bit(NginxVariable variable) => 1UL << (int)variable;

    public ReadOnlySpan<byte> OtherName(int number) => _otherNames[number];

    public void Clear()
    {
        Count = 0;
        Remarks = RecordRemarks.None;
        IsPlain = false;
        TimeZone = [];
        Values = 0;
        _present = 0;
    }

    /// <summary>The line has these fields: each is set, in any order, and none is added.</summary>
    /// <returns>Where their places are written.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<FieldSlice> Begin(FormatFields format)
    {
        // Line after line is of one format: what its fields have in common stands there already.
        if (!ReferenceEquals(_format, format))
        {
            Take(format);
        }

        Values = 0;
        _present = format.Present;
        Count = format.Count;
        return _slices;
    }

    /// <summary>The line has these fields of a format and no others, those included that were set.</summary>
    public void End(FormatFields format)
    {
        _format = null;
        _indexes = format.Indexes;
        _present = format.Present;
        Count = format.Count;
    }

    /// <summary>Notes a field of a format.</summary>
    public void Set(int index, ulong bit, FieldEncoding encoding, bool isMissing, int start, int length)
    {
        ref var slice = ref _slices[index];
        slice.Encoding = encoding;
        slice.IsMissing = isMissing;
        slice.Start = start;
        slice.Length = length;
        if (!isMissing)
        {
            Values |= bit;
        }
    }

    private void Take(FormatFields format)
    {
        _format = format;
        _indexes = format.Indexes;
        _otherNames = format.OtherNames;
        format.Fields.CopyTo(_slices, 0);
    }

    /// <summary>The path in UTF-8; remembered, since it is the same for all records of a batch.</summary>
    public ReadOnlySpan<byte> PathText(string path)
    {
        if (!ReferenceEquals(path, _path))
        {
            _path = path;
            _pathText = System.Text.Encoding.UTF8.GetBytes(path);
        }

        return _pathText;
    }

    /// <summary>Undoes the field's escapes; the bytes are good until the next call.</summary>
    public ReadOnlySpan<byte> Decode(scoped in Field field) => Decode(field.Value, field.Encoding);

    /// <summary>Undoes the escapes; the bytes are good until the next call.</summary>
    public ReadOnlySpan<byte> Decode(ReadOnlySpan<byte> value, FieldEncoding encoding)
    {
        if (encoding == FieldEncoding.Raw)
        {
            return value;
        }

        if (Scratch.Length < value.Length)
        {
            Scratch = new byte[Math.Max(value.Length, Scratch.Length * 2)];
        }

        return Scratch.AsSpan(0, FieldText.Decode(value, encoding, Scratch));
    }

    /// <summary>Lets go of what one extraordinary line needed.</summary>
    public void Shrink()
    {
        if (Scratch.Length > LargestKeptScratch)
        {
            Scratch = new byte[1024];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryAdd(NginxVariable variable, FieldEncoding encoding, bool isMissing, bool isRepeated, int start, int length, int nameStart, int nameLength)
    {
        var slices = _slices;
        var count = Count;
        if (count == 0)
        {
            _format = null;
            _indexes = _ownIndexes;
        }

        if ((uint)count >= (uint)slices.Length)
        {
            return false;
        }

        slices[count] = new FieldSlice(variable, encoding, isMissing, isRepeated, start, length, nameStart, nameLength);
        var bit = Bit(variable);
        if ((_present & bit) == 0)
        {
            _present |= bit;
            _ownIndexes[(int)variable & 63] = (byte)count;
            Values |= isMissing ? 0 : bit;
        }

        Count = count + 1;
        return true;
    }

    public void Add(NginxVariable variable, int start, int length) =>
        TryAdd(variable, FieldEncoding.Raw, isMissing: false, isRepeated: false, start, length, 0, 0);
}
