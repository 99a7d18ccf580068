namespace LogShipper.Signals;

/// <summary>What kind of record an item stands for.</summary>
internal enum SignalKind : byte
{
    /// <summary>No format fits the record.</summary>
    Unparsed,

    /// <summary>A request: a record of an access log.</summary>
    Request,

    /// <summary>A record of error.log.</summary>
    Error,
}

/// <summary>nginx's complaints that need somebody, as far as a line shows them.</summary>
internal enum NginxAlarm : byte
{
    None,

    /// <summary><c>write() to "…" was incomplete</c>: nginx tore a line of its own log.</summary>
    IncompleteWrite,

    /// <summary><c>(28: No space left on device)</c>: nginx loses lines, or cannot buffer bodies.</summary>
    NoSpace,

    /// <summary><c>worker process … exited on signal …</c>: killed (often for its memory) or crashed.</summary>
    WorkerKilled,

    /// <summary><c>… worker_connections are not enough</c>: clients are turned away.</summary>
    WorkerConnections,
}

/// <summary>All that is counted of one record: numbers, no text of it.</summary>
/// <param name="Kind">What it stands for.</param>
/// <param name="Word">Of a request the method's number in <see cref="SignalWords.Methods"/>, of an error the level's in <see cref="SignalWords.Levels"/>.</param>
/// <param name="StatusClass">Number in <see cref="SignalWords.StatusClasses"/>.</param>
/// <param name="Alarm">What nginx complains of.</param>
/// <param name="RequestMilliseconds">How long the request took; negative: not known.</param>
/// <param name="UpstreamMilliseconds">How long all upstreams took for it together; negative: not known.</param>
/// <param name="Bytes">Bytes that were sent.</param>
internal readonly record struct SignalItem(
    SignalKind Kind, byte Word, byte StatusClass, NginxAlarm Alarm, int RequestMilliseconds, int UpstreamMilliseconds, long Bytes)
{
    public static readonly SignalItem Unparsed = new(SignalKind.Unparsed, 0, 0, NginxAlarm.None, -1, -1, 0);
}
