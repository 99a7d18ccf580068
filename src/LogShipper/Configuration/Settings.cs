using System.Net;
using LogShipper.Payloads;
using LogShipper.Sinks.Elasticsearch;
using LogShipper.Sinks.Stdout;
using Serilog.Events;

namespace LogShipper.Configuration;

/// <summary>What a sink can be.</summary>
internal enum SinkType : byte
{
    Stdout,
    Elasticsearch,
}

/// <summary>
/// Every setting, once: the reading of the configuration, its messages and the tables of the documentation come from here.
/// </summary>
internal static class Settings
{
    public static readonly ValueSetting<TimeSpan> Interval = Duration(
        "Interval", "30s", "50ms", "1h", "How often the files are looked at.");

    public static readonly ValueSetting<string> StateDirectory = Path(
        "StateDirectory", "/var/lib/logshipper", "Where checkpoints and dead letters are kept; if unset and not writable: `$STATE_DIRECTORY`, then `$XDG_STATE_HOME/logshipper`.");

    public static readonly ValueSetting<string> Instance = Text(
        "Instance", "Salts every document id, so that two instances never collide; empty: `$POD_UID`, then the host name.");

    public static readonly ValueSetting<TimeSpan> DrainTimeout = Duration(
        "DrainTimeout", "25s", "0s", "1h", "How long a stop may take to deliver what is there; keep it under the Pod's `terminationGracePeriodSeconds`.");

    public static readonly ValueSetting<TimeSpan> RotationGrace = Duration(
        "RotationGrace", "10s", "100ms", "10m", "How long a rotated file must be quiet before its torn last line is taken for a line, where the kernel cannot tell who writes to it.");

    public static readonly ValueSetting<TimeSpan> DrainQuiet = Duration(
        "DrainQuiet", "1s", "0s", "1m", "How long the files must be quiet before a stop takes them for complete, where the kernel cannot tell who writes to them.");

    public static readonly ValueSetting<long> MemoryBudget = Size(
        "MemoryBudget", "16MiB", "64KiB", "8GiB", "What all batches and payloads may hold together, shared equally by the sinks; each share must hold 6 × `BatchBytes`.");

    public static readonly ValueSetting<long> BatchBytes = Size(
        "BatchBytes", "256KiB", "4KiB", "64MiB", "The most bytes of a log that are sent at once.");

    public static readonly ValueSetting<long> MaxLineBytes = Size(
        "MaxLineBytes", "1MiB", "1KiB", "16MiB", "A longer line is shipped cut to this length, and flagged.");

    public static readonly ValueSetting<string> TerminationMessagePath = Text(
        "TerminationMessagePath", "Where the totals are written at the end, if the file is there; empty: nowhere.", "/dev/termination-log", "path");

    public static readonly ValueSetting<IPAddress> AdminAddress = new(
        "Address", new AddressKind(), IPAddress.Any, "Address on which `/livez`, `/readyz`, `/metrics` and `/status` are served.");

    public static readonly ValueSetting<int> AdminPort = new(
        "Port", new IntegerKind(0, 65535), 9600, "Port on which they are served; 0: any free one.");

    public static readonly ValueSetting<bool> AdminEnabled = Boolean(
        "Enabled", true, "Whether they are served.");

    public static readonly ValueSetting<bool> AdminSignals = Boolean(
        "Signals", true, "Whether nginx's own metrics (requests, durations, errors, alarms) are derived from the lines and served with the others.");

    public static readonly ValueSetting<bool> LogEnabled = Boolean(
        "Enabled", true, "Whether the log is shipped.");

    public static readonly ValueSetting<string> LogPath = new ValueSetting<string>(
        "Path",
        new TextKind("path", mayBeEmpty: false, faultOf: path => path.EndsWith('/') ? "names a directory, not the file in it" : null),
        "",
        "The file, or a glob (`*` and `?`) such as `/var/log/nginx/*.access.log`: each match is a log of its own. Relative ones begin at the working directory.") with
    { IsRequired = true, BuiltInFor = "`access`, `error`" };

    public static readonly ListSetting<string> LogFormat = new(
        "Format",
        new TextKind("format", mayBeEmpty: false, "combined, main, error, json, or a whole nginx log_format string", mayHaveBreaks: true, examples: ["main", "combined", "error", "json"]),
        [],
        "How its lines read: a name, or an nginx `log_format` string with any variables (in front of it `escape=default`, `escape=json` or `escape=none`), or the whole `log_format` directive as it stands in nginx.conf, also over several lines; of a list, each is tried in order.")
    { TakesSingle = true, IsRequired = true, BuiltInFor = "`access`, `error`" };

    public static readonly ValueSetting<TimeZoneInfo> LogTimeZone = new(
        "TimeZone", new TimeZoneKind(), TimeZoneInfo.Utc, "The zone of times that carry none, as in error.log.");

    public static readonly ValueSetting<bool> LogKeepOriginal = Boolean(
        "KeepOriginal", false, "Whether documents carry the line as it was, in `event.original`.");

    public static readonly ValueSetting<bool> LogFollowSymlinks = Boolean(
        "FollowSymlinks", false, "Whether a symbolic link in place of the file, or below the directory before the first wildcard, is followed. Whoever may write there can then have any file shipped that LogShipper may read. Links in the directory's own path are followed always.");

    public static readonly ValueSetting<LogWake> LogWake = Choice(
        "Wake",
        Configuration.LogWake.Interval,
        "`interval`: new lines are found when the interval is over; `inotify`: as soon as the kernel says that they were written, and at the interval all the same. The latter costs a thread and a descriptor for all logs together, and a request for each few lines.",
        ("interval", Configuration.LogWake.Interval),
        ("inotify", Configuration.LogWake.Inotify));

    public static readonly ValueSetting<SinkType> Type = Choice(
        "Type", SinkType.Stdout, "What the sink is.", ("stdout", SinkType.Stdout), ("elasticsearch", SinkType.Elasticsearch)) with
    { IsRequired = true, BuiltInFor = "`stdout`" };

    public static readonly ValueSetting<bool> SinkEnabled = Boolean(
        "Enabled", true, "Whether anything is sent to it.");

    public static readonly ListSetting<string> SinkLogs = new(
        "Logs", new TextKind("log name", mayBeEmpty: false), [], "The logs that it gets.")
    { EmptyMeans = "all logs" };

    public static readonly ValueSetting<StdoutLayout> Layout = Choice(
        "Layout", StdoutLayout.Raw, "`raw`: the very bytes of the line; `json`: one ECS document a line.", ("raw", StdoutLayout.Raw), ("json", StdoutLayout.Json)) with
    { OnlyFor = SinkType.Stdout };

    public static readonly ListSetting<Uri> Nodes = new(
        "Nodes", new NodeKind(), [], "Base addresses of the nodes; requests go round them, and one that fails is rested and probed again.")
    { OnlyFor = SinkType.Elasticsearch, IsRequired = true };

    public static readonly ValueSetting<string> ApiKey = Token(
        "ApiKey", "API key, encoded as Elasticsearch hands it out (base64 of `id:key`).");

    public static readonly ValueSetting<string> ApiKeyFile = SecretFile(
        "ApiKeyFile", "File that holds the API key; read again when a 401 comes.");

    public static readonly ValueSetting<string> BearerToken = Token(
        "BearerToken", "Bearer token.");

    public static readonly ValueSetting<string> BearerTokenFile = SecretFile(
        "BearerTokenFile", "File that holds the bearer token; read again when a 401 comes.");

    public static readonly ValueSetting<string> Username = new(
        "Username",
        new TextKind(range: "a name without a colon", faultOf: name => name.Contains(':') ? "contains a colon, which basic authentication cannot carry" : null, mayHoldSecret: true, pattern: @"^[^:\u0000-\u001f\u007f]*$"),
        "",
        "User name for basic authentication.")
    { OnlyFor = SinkType.Elasticsearch };

    public static readonly ValueSetting<string> Password = Secret(
        "Password", "Password for basic authentication.");

    public static readonly ValueSetting<string> PasswordFile = SecretFile(
        "PasswordFile", "File that holds the password; read again when a 401 comes.");

    public static readonly ValueSetting<string> CaFile = SinkFile(
        "CaFile", "PEM file with the certificate authorities that may have signed the nodes' certificates; empty: the system's.");

    public static readonly ValueSetting<string> ClientCertificateFile = SecretFile(
        "ClientCertificateFile", "PEM file with our client certificate.");

    public static readonly ValueSetting<string> ClientKeyFile = SecretFile(
        "ClientKeyFile", "PEM file with the key of the client certificate; empty: it stands in `ClientCertificateFile`.");

    public static readonly ValueSetting<bool> VerifyCertificates = Boolean(
        "VerifyCertificates", true, "Whether the nodes' certificates and host names are verified.") with
    { OnlyFor = SinkType.Elasticsearch };

    public static readonly ValueSetting<string> Index = new(
        "Index",
        new TextKind("index name", range: IndexName.Allowed, faultOf: IndexName.FaultOf, examples: ["nginx-{0:yyyy.MM.dd}"]),
        "",
        "Index, with a date pattern if you like (`nginx-{0:yyyy.MM.dd}`, the record's time in UTC); empty: the data streams `logs-nginx.access-default` and `logs-nginx.error-default`.")
    { OnlyFor = SinkType.Elasticsearch };

    public static readonly ValueSetting<string> Pipeline = new(
        "Pipeline",
        new TextKind("pipeline name", mayBeEmpty: false),
        "_none",
        "Ingest pipeline; `_none`: none, since the documents are parsed already. With `InstallTemplate` the installed pipeline is the default instead.")
    { OnlyFor = SinkType.Elasticsearch };

    public static readonly ValueSetting<bool> InstallTemplate = Boolean(
        "InstallTemplate", false, "Whether an index template and a small `user_agent` and `geoip` pipeline are installed at the start.") with
    { OnlyFor = SinkType.Elasticsearch };

    public static readonly ValueSetting<PayloadCompression> Compression = Choice(
        "Compression", PayloadCompression.Gzip, "How request bodies are compressed.", ("gzip", PayloadCompression.Gzip), ("none", PayloadCompression.None)) with
    { OnlyFor = SinkType.Elasticsearch };

    public static readonly ValueSetting<int> MaxInFlight = new(
        "MaxInFlight", new IntegerKind(1, 16), 2, "Requests of one log that may be under way at once.")
    { OnlyFor = SinkType.Elasticsearch };

    public static readonly ValueSetting<long> DeadLetterMaxBytes = Size(
        "MaxBytes", "16MiB", "64KiB", "64GiB", "How large the file of refused lines of one log and sink may grow.");

    public static readonly ValueSetting<WhenFull> DeadLetterWhenFull = Choice(
        "WhenFull", WhenFull.Stop, "`stop`: that log waits for that sink, nothing is lost; `drop-oldest`: the oldest refused lines make room and are counted as lost.", ("stop", WhenFull.Stop), ("drop-oldest", WhenFull.DropOldest));

    public static readonly ValueSetting<LogEventLevel> DiagnosticsLevel = Choice(
        "Level",
        LogEventLevel.Information,
        "The least important diagnostics that are written; the content of log lines appears at Debug and Verbose only.",
        ("Verbose", LogEventLevel.Verbose),
        ("Debug", LogEventLevel.Debug),
        ("Information", LogEventLevel.Information),
        ("Warning", LogEventLevel.Warning),
        ("Error", LogEventLevel.Error),
        ("Fatal", LogEventLevel.Fatal));

    public static readonly ValueSetting<DiagnosticsFormat> DiagnosticsFormat = Choice(
        "Format", Configuration.DiagnosticsFormat.Json, "Compact JSON (one event a line) or text for people.", ("json", Configuration.DiagnosticsFormat.Json), ("text", Configuration.DiagnosticsFormat.Text));

    public static readonly Section Admin = new(
        "Admin", "The HTTP endpoints for the kubelet.", AdminAddress, AdminPort, AdminEnabled, AdminSignals);

    public static readonly NamedSections Logs = new(
        "Logs", "The logs, by name.", LogPath, LogFormat, LogTimeZone, LogKeepOriginal, LogFollowSymlinks, LogWake, LogEnabled)
    { Singular = "log" };

    public static readonly NamedSections Sinks = new(
        "Sinks", "Where they go, by name.", Type, SinkLogs, SinkEnabled, Layout, Nodes, ApiKey, ApiKeyFile, BearerToken, BearerTokenFile, Username, Password, PasswordFile, CaFile, ClientCertificateFile, ClientKeyFile, VerifyCertificates, Index, Pipeline, InstallTemplate, Compression, MaxInFlight)
    { Singular = "sink" };

    public static readonly Section DeadLetters = new(
        "DeadLetters", "The lines that a sink refuses for ever.", DeadLetterMaxBytes, DeadLetterWhenFull);

    public static readonly Section Diagnostics = new(
        "Diagnostics", "LogShipper's own messages, on stderr.", DiagnosticsLevel, DiagnosticsFormat);

    public static readonly Section Root = new(
        ConfigurationLayer.Root, "Everything.", Interval, StateDirectory, Instance, DrainTimeout, RotationGrace, DrainQuiet, MemoryBudget, BatchBytes, MaxLineBytes, TerminationMessagePath, Admin, Logs, Sinks, DeadLetters, Diagnostics);

    /// <summary>What the logs and sinks that exist when none is named are made of. Everything else about them is the default of all.</summary>
    public static readonly IReadOnlyList<KeyValuePair<string, string?>> Presets =
    [
        new("LogShipper:Logs:access:Path", "/var/log/nginx/access.log"),
        new("LogShipper:Logs:access:Format:0", "main"),
        new("LogShipper:Logs:access:Format:1", "combined"),
        new("LogShipper:Logs:error:Path", "/var/log/nginx/error.log"),
        new("LogShipper:Logs:error:Format", "error"),
        new("LogShipper:Sinks:stdout:Type", "stdout"),
    ];

    /// <summary>The names among the presets of logs or sinks.</summary>
    public static IEnumerable<string> PresetNames(NamedSections sections) =>
        Presets.Select(preset => preset.Key.Split(':')).Where(parts => parts[1] == sections.Name).Select(parts => parts[2]).Distinct(StringComparer.Ordinal);

    private static ValueSetting<TimeSpan> Duration(string name, string value, string least, string most, string meaning) =>
        new(name, new DurationKind(DurationOf(least), DurationOf(most)), DurationOf(value), meaning);

    private static ValueSetting<long> Size(string name, string value, string least, string most, string meaning) =>
        new(name, new SizeKind(SizeOf(least), SizeOf(most)), SizeOf(value), meaning);

    private static ValueSetting<bool> Boolean(string name, bool value, string meaning) => new(name, new BooleanKind(), value, meaning);

    private static ValueSetting<string> Path(string name, string value, string meaning) => new(name, new TextKind("path", mayBeEmpty: false), value, meaning);

    private static ValueSetting<string> Text(string name, string meaning, string value = "", string kind = "text") => new(name, new TextKind(kind), value, meaning);

    private static ValueSetting<string> Secret(string name, string meaning) => new(name, new TextKind(), "", meaning) { IsSecret = true, OnlyFor = SinkType.Elasticsearch };

    private static ValueSetting<string> Token(string name, string meaning) =>
        new(name, new TextKind(range: "printable ASCII", faultOf: FaultOfToken, pattern: "^[!-~]*$"), "", meaning) { IsSecret = true, OnlyFor = SinkType.Elasticsearch };

    private static string? FaultOfToken(string token) =>
        token.AsSpan().ContainsAnyExceptInRange('!', '~') ? "contains characters that cannot stand in it" : null;

    private static ValueSetting<string> SinkFile(string name, string meaning) => Text(name, meaning, kind: "path") with { OnlyFor = SinkType.Elasticsearch };

    private static ValueSetting<string> SecretFile(string name, string meaning) => new(name, new TextKind("path", mayHoldSecret: true), "", meaning) { OnlyFor = SinkType.Elasticsearch };

    private static ValueSetting<T> Choice<T>(string name, T value, string meaning, params (string Word, T Value)[] choices)
        where T : struct => new(name, new ChoiceKind<T>(choices), value, meaning);

    private static TimeSpan DurationOf(string text) =>
        Configuration.Duration.TryParse(text, out var duration, out var fault) ? duration : throw new FormatException(fault);

    private static long SizeOf(string text) => ByteSize.TryParse(text, out var bytes, out var fault) ? bytes : throw new FormatException(fault);
}
