using System.Text;
using LogShipper.Tailing;

namespace LogShipper.Parsing;

/// <summary>
/// All that is known of how one log's lines read: its formats, tried in order, and which lines make up a record.
/// Immutable once compiled, used by all lanes of the log at once.
/// </summary>
internal sealed class LogParser : RecordFraming
{
    private const string Allowed = "allowed are combined, main, error, json and a log_format with variables ($remote_addr …)";

    private readonly IRecordFormat[] _formats;

    /// <summary>The first format, where that is compiled: most lines are of it, and it is called without a look-up of whose method that is.</summary>
    private readonly LogFormat? _first;
    private readonly TimeZoneInfo _timeZone;
    private readonly byte[] _timeZoneName;
    private readonly bool _isErrorLog;

    private LogParser(IRecordFormat[] formats, TimeZoneInfo timeZone, bool isErrorLog)
    {
        _formats = formats;
        _first = formats[0] as LogFormat;
        _timeZone = timeZone;
        _timeZoneName = Encoding.UTF8.GetBytes(timeZone.Id);
        _isErrorLog = isErrorLog;
    }

    /// <summary><c>nginx.access</c> or <c>nginx.error</c>: <c>event.dataset</c> and the middle of a data stream's name.</summary>
    public string Dataset => _isErrorLog ? "nginx.error" : "nginx.access";

    /// <summary>Records of error.log may hold newlines; lines of access logs do not (nginx escapes them).</summary>
    public override bool JoinsLines => _isErrorLog;

    public override bool Continues(ReadOnlySpan<byte> record, ReadOnlySpan<byte> line) =>
        _isErrorLog && (record.IsEmpty ? !ErrorLogFraming.StartsRecord(line) : ErrorLogFraming.Continues(record, line));

    /// <summary>Compiles the formats of a log: names (<c>combined</c>, <c>main</c>, <c>error</c>, <c>json</c>) or whole
    /// <c>log_format</c> strings. Returns null and adds to <paramref name="problems"/>, one sentence each, if one cannot be.</summary>
    public static LogParser? Compile(IReadOnlyList<string> formats, TimeZoneInfo timeZone, List<string> problems)
    {
        var known = problems.Count;
        var compiled = new List<IRecordFormat>();
        foreach (var format in formats)
        {
            var problem = Add(format, compiled);
            if (problem is not null)
            {
                problems.Add($"Format \"{format}\": {problem}.");
            }
        }

        if (formats.Count == 0)
        {
            problems.Add($"Format is an empty list; {Allowed}.");
        }

        var isErrorLog = compiled.Contains(ErrorLogParser.Instance);
        if (isErrorLog && formats.Count > 1)
        {
            problems.Add($"Format \"{string.Join("\", \"", formats)}\": error.log's records may span lines, those of other formats do not; allowed is \"error\" alone.");
        }

        return problems.Count > known ? null : new LogParser([.. compiled], timeZone, isErrorLog);
    }

    /// <summary>
    /// What picks these variables out of lines of its first format; none: it has to be parsed. A line that one of them takes has as many double quotes as
    /// that one says; two of equal number are never given, so that no line is one's and another's.
    /// </summary>
    public FieldPicker[] Pickers(params NginxVariable[] wanted) =>
        _formats[0] is LogFormat format ? [.. format.Pickers(wanted).DistinctBy(picker => picker.Quotes)] : [];

    /// <summary>Cuts the record into named slices and gives it its time; false: no format fits (it is shipped whole as <c>message</c>). Never throws.</summary>
    public bool Parse(ref Record record)
    {
        var content = record.Content;
        // What ends with a carriage return was written with CRLF: nginx itself escapes one.
        var line = content is [.. var beforeReturn, (byte)'\r'] ? beforeReturn : content;
        var fields = record.Fields;
        foreach (var format in _formats)
        {
            fields.Clear();
            if (ReferenceEquals(format, _first) ? _first.TryParse(line, fields) : format.TryParse(line, fields))
            {
                record.Parsed = true;
                record.Remarks |= fields.Remarks;
                SetTime(ref record, fields);
                return true;
            }
        }

        fields.Clear();
        record.Parsed = false;
        record.Remarks |= RecordRemarks.Unparsed;
        if (_isErrorLog && content.Contains((byte)'\n'))
        {
            record.Remarks |= RecordRemarks.Multiline;
        }

        return false;
    }

    private void SetTime(ref Record record, FieldTable fields)
    {
        long ticks;
        if (_isErrorLog)
        {
            fields.TimeZone = _timeZoneName;
            if (record.TryGet(NginxVariable.TimeLocal, out var local) && fields.Time.TryParseError(local.Value, _timeZone, out ticks))
            {
                record.TimeTicks = ticks;
                record.HasOwnTime = true;
            }

            return;
        }

        // The finest first.
        if (HasTime(in record, NginxVariable.Msec, fields, out ticks) || HasTime(in record, NginxVariable.TimeIso8601, fields, out ticks) ||
            HasTime(in record, NginxVariable.TimeLocal, fields, out ticks) ||
            (record.TryGet(NginxVariable.Time, out var time) && fields.Time.TryParse(fields.Decode(time), out ticks)))
        {
            record.TimeTicks = ticks;
            record.HasOwnTime = true;
        }
    }

    private static bool HasTime(ref readonly Record record, NginxVariable variable, FieldTable fields, out long ticks)
    {
        ticks = 0;
        return (fields.Values & FieldTable.Bit(variable)) != 0 && fields.Time.TryParse(fields.TextOf(variable, record.Content), out ticks);
    }

    private static string? Add(string format, List<IRecordFormat> formats)
    {
        switch (format)
        {
            case "combined":
                formats.Add(LogFormatCompiler.CombinedFormat);
                formats.Add(LogFormatCompiler.CombinedFormatWithRatio);
                return null;
            case "main":
                return LogFormatCompiler.Compile(LogFormatCompiler.Main, formats);
            case "error":
                formats.Add(ErrorLogParser.Instance);
                return null;
            case "json":
                formats.Add(JsonLineParser.Instance);
                return null;
            case var text when string.IsNullOrWhiteSpace(text):
                return $"it is empty; {Allowed}";
            case var text when !text.Contains('$', StringComparison.Ordinal):
                return $"there is no format of that name; {Allowed}";
            default:
                return LogFormatCompiler.Compile(format, formats);
        }
    }
}
