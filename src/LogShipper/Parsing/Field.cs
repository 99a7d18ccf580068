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

/// <summary>One named value of a record, still escaped as it stands in the line.</summary>
internal readonly ref struct Field
{
    public Field(NginxVariable variable, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, FieldEncoding encoding, bool isMissing, bool isRepeated)
    {
        Variable = variable;
        Name = name;
        Value = value;
        Encoding = encoding;
        IsMissing = isMissing;
        IsRepeated = isRepeated;
    }

    public NginxVariable Variable { get; }

    /// <summary>nginx's name of it (without the dollar sign), or the key of a JSON line.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>The bytes as they stand in the line; <see cref="FieldText.Decode"/> undoes the escapes.</summary>
    public ReadOnlySpan<byte> Value { get; }

    public FieldEncoding Encoding { get; }

    /// <summary>nginx had no value: <c>-</c>, or nothing in a JSON line.</summary>
    public bool IsMissing { get; }

    /// <summary>The line has an earlier field of the same name or meaning, which is the one that counts.</summary>
    public bool IsRepeated { get; }

    /// <summary>A part of this value, escaped in the same way.</summary>
    public Field Part(ReadOnlySpan<byte> value) => new(Variable, Name, value, Encoding, isMissing: false, IsRepeated);
}

/// <summary>Where a value and its name stand in a record.</summary>
internal readonly record struct FieldSlice(NginxVariable Variable, FieldEncoding Encoding, bool IsMissing, bool IsRepeated, int Start, int Length, int NameStart, int NameLength)
{
    public Field On(ReadOnlySpan<byte> content, FieldTable table)
    {
        var name = NameLength > 0 ? content.Slice(NameStart, NameLength)
            : Variable == NginxVariable.Other ? table.OtherName(NameStart)
            : NginxVariables.NameOf(Variable);
        return new Field(Variable, name, content.Slice(Start, Length), Encoding, IsMissing, IsRepeated);
    }
}

/// <summary>The slices of one record and what is remembered from record to record so that a line costs no allocation.</summary>
internal sealed class FieldTable
{
    /// <summary>The most fields that a line may have.</summary>
    public const int Capacity = 128;

    private const int LargestKeptScratch = 64 * 1024;

    private readonly FieldSlice[] _slices = new FieldSlice[Capacity];
    private readonly byte[] _indexes = new byte[(int)NginxVariable.Count];
    private byte[][] _otherNames = [];
    private string _path = "";
    private byte[] _pathText = [];

    public int Count { get; private set; }

    public NginxTime Time { get; } = new();

    /// <summary>What the format noticed about the record.</summary>
    public RecordRemarks Remarks { get; set; }

    /// <summary>The zone of a time that carries none, as <c>event.timezone</c>; empty where the line says it.</summary>
    public byte[] TimeZone { get; set; } = [];

    /// <summary>Text of the time at which the batch was read.</summary>
    public NginxTime Created { get; } = new();

    /// <summary>Where one value at a time is put when its escapes are undone; kept from record to record.</summary>
    public byte[] Scratch { get; private set; } = new byte[1024];

    public ref readonly FieldSlice this[int index] => ref _slices.AsSpan(0, Count)[index];

    public int IndexOf(NginxVariable variable) => _indexes[(int)variable] - 1;

    public ReadOnlySpan<byte> OtherName(int number) => _otherNames[number];

    public void Clear()
    {
        Count = 0;
        Remarks = RecordRemarks.None;
        TimeZone = [];
        _indexes.AsSpan().Clear();
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

    /// <summary>The names of a format's variables that have no number of their own, by the number in their slices' NameStart.</summary>
    public void NameOthers(byte[][] names) => _otherNames = names;

    public bool TryAdd(in FieldSlice slice)
    {
        if (Count == Capacity)
        {
            return false;
        }

        _slices[Count++] = slice;
        if (_indexes[(int)slice.Variable] == 0)
        {
            _indexes[(int)slice.Variable] = (byte)Count;
        }

        return true;
    }

    public void Add(NginxVariable variable, int start, int length, FieldEncoding encoding = FieldEncoding.Raw) =>
        TryAdd(new FieldSlice(variable, encoding, IsMissing: false, IsRepeated: false, start, length, 0, 0));
}
