using System.Collections.Frozen;
using System.Text;
using LogShipper.Configuration;
using LogShipper.Parsing;

namespace LogShipper.Stages;

/// <summary>A field of records as a condition names it, and where its value comes from.</summary>
internal sealed class ConditionField
{
    /// <summary>What stands in the request line, for formats that have no variable for it.</summary>
    private enum RequestPart : byte
    {
        None,
        Method,
        Uri,
        Path,
        Query,
        Protocol,
        Version,
    }

    private static readonly FrozenDictionary<string, ConditionField> Known = All().ToFrozenDictionary(field => field.Name, StringComparer.Ordinal);

    private readonly NginxVariable[] _variables;
    private readonly RequestPart _part;
    private readonly byte[] _name;
    private readonly bool _isWhole;

    private ConditionField(string name, NginxVariable[] variables, RequestPart part = RequestPart.None, bool isWhole = false, string? key = null)
    {
        Name = name;
        _name = Encoding.UTF8.GetBytes(key ?? name);
        _variables = variables;
        _part = part;
        _isWhole = isWhole;
        IsList = variables is [var only] && NginxVariables.ShapeOf(only) == ValueShape.UpstreamList;
    }

    public string Name { get; }

    /// <summary>Its values may be lists: one for each upstream that was tried.</summary>
    public bool IsList { get; }

    /// <summary>Something feeds it in the formats that the program knows; else only a format or JSON line of somebody's own can have it.</summary>
    public bool IsKnown => _isWhole || _variables.Length > 0;

    /// <summary>The variable or key of somebody's own that it stands for.</summary>
    public string Key => Encoding.UTF8.GetString(_name);

    /// <summary>The known field that was probably meant; null: none is near.</summary>
    public string? Nearest => Spelling.Nearest(Name, Known.Keys);

    /// <summary>The field of that name: a known one, or any variable or key that a format may have. Null, with the reason, for an ECS name that nothing feeds.</summary>
    public static ConditionField? Find(string name, out string problem)
    {
        problem = "";
        name = name.TrimStart('$');
        if (Known.TryGetValue(name, out var known))
        {
            return known;
        }

        const string Own = "nginx.access.";
        if (name.StartsWith(Own, StringComparison.Ordinal))
        {
            return Known.GetValueOrDefault(name[Own.Length..]) ?? new ConditionField(name, [], key: name[Own.Length..]);
        }

        if (name.Length > 0 && !name.Contains('.') && !ConditionParser.IsKeyword(name))
        {
            return new ConditionField(name, []);
        }

        var nearest = Spelling.Nearest(name, Known.Keys);
        problem = $"{PrintableText.Quote(name)} is no field that a line of a log feeds{(nearest is null ? "" : $"; did you mean {nearest}?")}";
        return null;
    }

    /// <summary>The value, its escapes undone; good until the next field of the record is read.</summary>
    public bool TryRead(ref Record record, out ReadOnlySpan<byte> value)
    {
        if (_isWhole)
        {
            value = record.Content;
            return true;
        }

        foreach (var variable in _variables)
        {
            if (record.TryGet(variable, out var field))
            {
                value = record.Fields.Decode(field);
                return _part is not (RequestPart.Path or RequestPart.Query or RequestPart.Version) || TryTake(ref value, variable);
            }
        }

        if (_part != RequestPart.None && record.TryGet(NginxVariable.Request, out var request))
        {
            value = PartOf(RequestLine.Cut(record.Fields.Decode(request)), _part);
            return !value.IsEmpty;
        }

        if (_variables.Length == 0 && record.TryGet(_name, out var other))
        {
            value = record.Fields.Decode(other);
            return true;
        }

        value = default;
        return false;
    }

    /// <summary>Takes the part out of a variable that holds more.</summary>
    private bool TryTake(ref ReadOnlySpan<byte> value, NginxVariable variable)
    {
        value = variable switch
        {
            NginxVariable.RequestUri => _part == RequestPart.Path ? PathOf(value) : QueryOf(value),
            NginxVariable.ServerProtocol => VersionOf(value),
            _ => value,
        };
        return !value.IsEmpty;
    }

    private static ReadOnlySpan<byte> PartOf(RequestLine line, RequestPart part) => part switch
    {
        RequestPart.Method => line.Method,
        RequestPart.Uri => line.Uri,
        RequestPart.Path => PathOf(line.Uri),
        RequestPart.Query => QueryOf(line.Uri),
        RequestPart.Protocol => line.Protocol,
        _ => VersionOf(line.Protocol),
    };

    private static ReadOnlySpan<byte> PathOf(ReadOnlySpan<byte> uri) => uri.IndexOf((byte)'?') is >= 0 and var mark ? uri[..mark] : uri;

    private static ReadOnlySpan<byte> QueryOf(ReadOnlySpan<byte> uri) => uri.IndexOf((byte)'?') is >= 0 and var mark ? uri[(mark + 1)..] : [];

    private static ReadOnlySpan<byte> VersionOf(ReadOnlySpan<byte> protocol) => protocol.StartsWith("HTTP/"u8) ? protocol[5..] : [];

    private static Dictionary<string, ConditionField>.ValueCollection All()
    {
        var fields = new Dictionary<string, ConditionField>(StringComparer.Ordinal);
        void Add(string name, RequestPart part, params NginxVariable[] variables) => fields[name] = new ConditionField(name, variables, part);

        foreach (var description in NginxVariables.All.Where(description => description.Variable != NginxVariable.Other))
        {
            Add(description.Name, RequestPart.None, description.Variable);
            foreach (var alias in description.Aliases)
            {
                fields.TryAdd(alias, new ConditionField(alias, [description.Variable]));
            }
        }

        Add("request_method", RequestPart.Method, NginxVariable.RequestMethod);
        Add("method", RequestPart.Method, NginxVariable.RequestMethod);
        Add("http.request.method", RequestPart.Method, NginxVariable.RequestMethod);
        Add("request_uri", RequestPart.Uri, NginxVariable.RequestUri);
        Add("url.original", RequestPart.Uri, NginxVariable.RequestUri);
        Add("uri", RequestPart.Path, NginxVariable.Uri, NginxVariable.RequestUri);
        Add("path", RequestPart.Path, NginxVariable.Uri, NginxVariable.RequestUri);
        Add("url.path", RequestPart.Path, NginxVariable.Uri, NginxVariable.RequestUri);
        Add("args", RequestPart.Query, NginxVariable.Args, NginxVariable.RequestUri);
        Add("query_string", RequestPart.Query, NginxVariable.Args, NginxVariable.RequestUri);
        Add("url.query", RequestPart.Query, NginxVariable.Args, NginxVariable.RequestUri);
        Add("server_protocol", RequestPart.Protocol, NginxVariable.ServerProtocol);
        Add("http.version", RequestPart.Version, NginxVariable.ServerProtocol);

        Add("source.ip", RequestPart.None, NginxVariable.RemoteAddr, NginxVariable.Client);
        Add("source.address", RequestPart.None, NginxVariable.RemoteAddr, NginxVariable.Client);
        Add("source.port", RequestPart.None, NginxVariable.RemotePort);
        Add("user.name", RequestPart.None, NginxVariable.RemoteUser);
        Add("http.response.status_code", RequestPart.None, NginxVariable.Status);
        Add("http.response.body.bytes", RequestPart.None, NginxVariable.BodyBytesSent);
        Add("http.response.bytes", RequestPart.None, NginxVariable.BytesSent);
        Add("http.request.bytes", RequestPart.None, NginxVariable.RequestLength);
        Add("http.request.referrer", RequestPart.None, NginxVariable.HttpReferer, NginxVariable.Referrer);
        Add("http.request.id", RequestPart.None, NginxVariable.RequestId);
        Add("user_agent.original", RequestPart.None, NginxVariable.HttpUserAgent);
        Add("destination.domain", RequestPart.None, NginxVariable.HttpHost, NginxVariable.Host, NginxVariable.ServerName);
        Add("destination.port", RequestPart.None, NginxVariable.ServerPort);
        Add("url.scheme", RequestPart.None, NginxVariable.Scheme);
        Add("tls.cipher", RequestPart.None, NginxVariable.SslCipher);
        Add("log.level", RequestPart.None, NginxVariable.Level);
        Add("process.pid", RequestPart.None, NginxVariable.Pid);
        Add("server.domain", RequestPart.None, NginxVariable.Server);
        Add("error.code", RequestPart.None, NginxVariable.Errno);
        Add("error.message", RequestPart.None, NginxVariable.ErrnoText);
        fields["line"] = new ConditionField("line", [], isWhole: true);
        fields["event.original"] = new ConditionField("event.original", [], isWhole: true);
        return fields.Values;
    }
}
