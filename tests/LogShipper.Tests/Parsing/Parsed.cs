using System.Buffers;
using System.Text;
using LogShipper.Parsing;
using LogShipper.Tailing;
using Record = LogShipper.Parsing.Record;

namespace LogShipper.Tests.Parsing;

/// <summary>Makes batches and parsers of test lines.</summary>
internal static class Lines
{
    public const string Path = "/var/log/nginx/access.log";

    public static readonly long ReadAt = new DateTime(2026, 8, 22, 10, 0, 1, DateTimeKind.Utc).Ticks;
    public static readonly long TimeBefore = new DateTime(2026, 8, 22, 9, 0, 0, DateTimeKind.Utc).Ticks;

    public static Batch Batch(ReadOnlySpan<byte> bytes, RecordFraming framing, long start = 0)
    {
        // As in a buffer that was read into, something stands behind the lines.
        var buffer = ArrayPool<byte>.Shared.Rent(bytes.Length + 64);
        buffer.AsSpan().Fill((byte)'7');
        bytes.CopyTo(buffer);
        return new Batch(new FileId(7), start, start + bytes.Length, buffer, 0, bytes.Length, framing)
        {
            Log = "access",
            Path = Path,
            ReadAtTicks = ReadAt,
            TimeBeforeTicks = TimeBefore,
        };
    }

    public static Batch Batch(string text, RecordFraming framing) => Batch(Encoding.UTF8.GetBytes(text), framing);

    public static LogParser Parser(params string[] formats) => Parser(TimeZoneInfo.Utc, formats);

    public static LogParser Parser(TimeZoneInfo zone, params string[] formats)
    {
        var problems = new List<string>();
        var parser = LogParser.Compile(formats, zone, problems);
        Assert.Empty(problems);
        return parser!;
    }

    public static List<string> Problems(params string[] formats)
    {
        var problems = new List<string>();
        Assert.Null(LogParser.Compile(formats, TimeZoneInfo.Utc, problems));
        return problems;
    }

    /// <summary>The records that the parser's framing makes of the text.</summary>
    public static List<string> Records(LogParser parser, string text)
    {
        using var batch = Batch(text, parser);
        var records = new List<string>();
        foreach (var raw in batch)
        {
            records.Add(Encoding.UTF8.GetString(raw.Bytes));
        }

        return records;
    }
}

/// <summary>One record, parsed, as ordinary strings.</summary>
internal sealed class Parsed
{
    private readonly Dictionary<string, (string Value, bool Missing)> _raw = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _decoded = new(StringComparer.Ordinal);

    private Parsed()
    {
    }

    public bool Fits { get; private init; }

    public DateTime Time { get; private init; }

    public bool HasOwnTime { get; private init; }

    public RecordRemarks Remarks { get; private init; }

    /// <summary>The value as it stands in the line; null when missing.</summary>
    public string? this[string name] => _raw.TryGetValue(name, out var value) && !value.Missing ? value.Value : null;

    public string? Decoded(string name) => this[name] is null ? null : _decoded[name];

    public static Parsed Of(LogParser parser, string line) => Of(parser, Encoding.UTF8.GetBytes(line));

    public static Parsed Of(LogParser parser, ReadOnlySpan<byte> line)
    {
        using var batch = Lines.Batch(line, parser);
        var raw = new RawRecord(0, 0, batch.Bytes, RecordFlags.None);
        var fields = new FieldTable();
        var record = new Record(raw, batch, fields);
        var fits = parser.Parse(ref record);
        var parsed = new Parsed
        {
            Fits = fits,
            Time = new DateTime(record.TimeTicks, DateTimeKind.Utc),
            HasOwnTime = record.HasOwnTime,
            Remarks = record.Remarks,
        };
        for (var index = 0; index < record.FieldCount; index++)
        {
            var field = record[index];
            foreach (var name in (ReadOnlySpan<string>)[Encoding.UTF8.GetString(record.NameAt(index)), Encoding.UTF8.GetString(NginxVariables.NameOf(field.Variable))])
            {
                if (parsed._raw.TryAdd(name, (Encoding.UTF8.GetString(field.Value), field.IsMissing)))
                {
                    parsed._decoded[name] = Encoding.UTF8.GetString(fields.Decode(field));
                }
            }
        }

        return parsed;
    }
}
