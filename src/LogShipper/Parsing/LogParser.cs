using LogShipper.Tailing;

namespace LogShipper.Parsing;

/// <summary>
/// All that is known of how one log's lines read: its formats, tried in order, and which lines make up a record.
/// Immutable once compiled, used by all lanes of the log at once.
/// </summary>
internal sealed class LogParser : RecordFraming
{
    private LogParser()
    {
    }

    /// <summary><c>nginx.access</c> or <c>nginx.error</c>: <c>event.dataset</c> and the middle of a data stream's name.</summary>
    public string Dataset => "nginx.access";

    /// <summary>Compiles the formats of a log: names (<c>combined</c>, <c>main</c>, <c>error</c>, <c>json</c>) or whole
    /// <c>log_format</c> strings. Returns null and adds to <paramref name="problems"/>, one sentence each, if one cannot be.</summary>
    public static LogParser? Compile(IReadOnlyList<string> formats, TimeZoneInfo timeZone, List<string> problems) => new();

    /// <summary>Cuts the record into named slices and gives it its time; false: no format fits (it is shipped whole as <c>message</c>). Never throws.</summary>
    public bool Parse(ref Record record) => false;
}
