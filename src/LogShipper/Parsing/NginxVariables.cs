using System.Collections.Frozen;
using System.IO.Hashing;
using System.Text;

namespace LogShipper.Parsing;

/// <summary>What one variable is called, looks like and becomes.</summary>
/// <param name="Variable">Which.</param>
/// <param name="Name">nginx's name without the dollar sign; in error.log our name for the part.</param>
/// <param name="Shape">What its value can look like.</param>
/// <param name="Ecs">The ECS fields that it feeds; empty: <c>nginx.access.&lt;name&gt;</c>.</param>
/// <param name="Aliases">Keys that mean the same in lines that are JSON objects.</param>
internal sealed record VariableDescription(NginxVariable Variable, string Name, ValueShape Shape, string Ecs, params string[] Aliases);

/// <summary>
/// Which variable becomes which ECS field. Source: the ingest pipelines <c>data_stream/access</c> and <c>data_stream/error</c>
/// of the nginx package in elastic/integrations (ECS 8.11), its ingress controller data stream for what upstreams answered,
/// and nginx's own documentation of its variables for what their values look like.
/// </summary>
internal static class NginxVariables
{
    private const ValueShape Free = ValueShape.Free;
    private const ValueShape Digits = ValueShape.Digits;
    private const ValueShape Number = ValueShape.Number;
    private const ValueShape List = ValueShape.UpstreamList;

    public static readonly IReadOnlyList<VariableDescription> All =
    [
        new(NginxVariable.Other, "", Free, ""),
        new(NginxVariable.RemoteAddr, "remote_addr", Free, "source.address source.ip nginx.access.remote_ip_list related.ip", "remote", "remote_ip", "client_ip", "clientip", "client_addr"),
        new(NginxVariable.RemoteUser, "remote_user", Free, "user.name related.user", "user"),
        new(NginxVariable.TimeLocal, "time_local", ValueShape.TimeLocal, "@timestamp"),
        new(NginxVariable.TimeIso8601, "time_iso8601", ValueShape.TimeIso8601, "@timestamp"),
        new(NginxVariable.Msec, "msec", Number, "@timestamp"),
        new(NginxVariable.Time, "time", Free, "@timestamp", "timestamp", "@timestamp", "t", "ts", "date", "datetime"),
        new(NginxVariable.Request, "request", Free, "http.request.method url.original url.path url.query url.extension http.version"),
        new(NginxVariable.RequestMethod, "request_method", Free, "http.request.method", "method"),
        new(NginxVariable.RequestUri, "request_uri", Free, "url.original url.path url.query url.extension url.domain", "url"),
        new(NginxVariable.Uri, "uri", Free, "url.path", "path"),
        new(NginxVariable.Args, "args", Free, "url.query", "query_string"),
        new(NginxVariable.ServerProtocol, "server_protocol", Free, "http.version", "protocol", "proto"),
        new(NginxVariable.Status, "status", Digits, "http.response.status_code event.outcome", "status_code", "code"),
        new(NginxVariable.BodyBytesSent, "body_bytes_sent", Digits, "http.response.body.bytes", "size"),
        new(NginxVariable.BytesSent, "bytes_sent", Digits, "http.response.bytes", "bytes"),
        new(NginxVariable.RequestLength, "request_length", Digits, "http.request.bytes"),
        new(NginxVariable.HttpReferer, "http_referer", Free, "http.request.referrer", "referer", "referrer", "http_referrer"),
        new(NginxVariable.HttpUserAgent, "http_user_agent", Free, "user_agent.original", "user_agent", "agent", "useragent", "ua"),
        new(NginxVariable.HttpHost, "http_host", Free, "destination.domain destination.ip destination.port url.domain"),
        new(NginxVariable.Host, "host", Free, "destination.domain destination.ip destination.port url.domain", "vhost"),
        new(NginxVariable.ServerName, "server_name", Free, "destination.domain destination.ip destination.port"),
        new(NginxVariable.ServerPort, "server_port", Digits, "destination.port"),
        new(NginxVariable.Scheme, "scheme", Free, "url.scheme"),
        new(NginxVariable.RequestTime, "request_time", Number, "event.duration nginx.access.response_time"),
        new(NginxVariable.RequestId, "request_id", Free, "http.request.id", "req_id"),
        new(NginxVariable.HttpTraceparent, "http_traceparent", Free, "trace.id span.id", "traceparent"),
        new(NginxVariable.OtelTraceId, "otel_trace_id", Free, "trace.id", "trace_id"),
        new(NginxVariable.OtelSpanId, "otel_span_id", Free, "span.id", "span_id"),
        new(NginxVariable.UpstreamAddr, "upstream_addr", List, "nginx.ingress_controller.upstream.ip .port nginx.ingress_controller.upstream_address_list"),
        new(NginxVariable.UpstreamStatus, "upstream_status", List, "nginx.ingress_controller.upstream.response.status_code .status_code_list"),
        new(NginxVariable.UpstreamResponseTime, "upstream_response_time", List, "nginx.ingress_controller.upstream.response.time .time_list"),
        new(NginxVariable.UpstreamResponseLength, "upstream_response_length", List, "nginx.ingress_controller.upstream.response.length .length_list"),
        new(NginxVariable.ProxyUpstreamName, "proxy_upstream_name", Free, "nginx.ingress_controller.upstream.name"),
        new(NginxVariable.ProxyAlternativeUpstreamName, "proxy_alternative_upstream_name", Free, "nginx.ingress_controller.upstream.alternative_name"),
        new(NginxVariable.SslProtocol, "ssl_protocol", Free, "tls.version tls.version_protocol"),
        new(NginxVariable.SslCipher, "ssl_cipher", Free, "tls.cipher"),
        new(NginxVariable.HttpXForwardedFor, "http_x_forwarded_for", Free, "", "xff", "x_forwarded_for"),
        new(NginxVariable.GzipRatio, "gzip_ratio", Number, ""),
        new(NginxVariable.Connection, "connection", Digits, ""),
        new(NginxVariable.ConnectionRequests, "connection_requests", Digits, ""),
        new(NginxVariable.RemotePort, "remote_port", Digits, "source.port"),
        new(NginxVariable.Pid, "pid", Digits, "process.pid"),
        new(NginxVariable.UpstreamConnectTime, "upstream_connect_time", List, ""),
        new(NginxVariable.UpstreamHeaderTime, "upstream_header_time", List, ""),
        new(NginxVariable.UpstreamBytesReceived, "upstream_bytes_received", List, ""),
        new(NginxVariable.UpstreamBytesSent, "upstream_bytes_sent", List, ""),
        new(NginxVariable.UpstreamCacheStatus, "upstream_cache_status", List, ""),
        new(NginxVariable.ConnectionTime, "connection_time", Number, ""),
        new(NginxVariable.ContentLength, "content_length", Free, ""),
        new(NginxVariable.Level, "level", Free, "log.level"),
        new(NginxVariable.Tid, "tid", Digits, "process.thread.id"),
        new(NginxVariable.Message, "message", Free, "(the short message: part of text)"),
        new(NginxVariable.Text, "text", Free, "message"),
        new(NginxVariable.Client, "client", Free, "client.ip client.address source.ip source.address related.ip"),
        new(NginxVariable.Server, "server", Free, "server.domain"),
        new(NginxVariable.Subrequest, "subrequest", Free, "nginx.error.subrequest"),
        new(NginxVariable.Upstream, "upstream", Free, "nginx.error.upstream"),
        new(NginxVariable.Referrer, "referrer", Free, "http.request.referrer"),
        new(NginxVariable.Errno, "errno", Digits, "error.code"),
        new(NginxVariable.ErrnoText, "errno_text", Free, "error.message"),
        new(NginxVariable.LimitExcess, "limit_excess", Number, "nginx.error.limit_excess"),
        new(NginxVariable.LimitZone, "limit_zone", Free, "nginx.error.limit_zone"),
    ];

    private static readonly byte[][] Utf8Names = [.. All.Select(description => Encoding.UTF8.GetBytes(description.Name))];
    private static readonly FrozenDictionary<string, NginxVariable> ByName = AccessVariables()
        .ToFrozenDictionary(description => description.Name, description => description.Variable, StringComparer.Ordinal);

    private static readonly (byte[] Key, NginxVariable Variable)[] KeyTable = BuildKeyTable();

    /// <summary>The variable's name, without the dollar sign.</summary>
    public static ReadOnlySpan<byte> NameOf(NginxVariable variable) => Utf8Names[(int)variable];

    public static ValueShape ShapeOf(NginxVariable variable) => All[(int)variable].Shape;

    /// <summary>Whether the variable feeds ECS fields; otherwise it is shipped under its own name.</summary>
    public static bool FeedsEcs(NginxVariable variable) => All[(int)variable].Ecs.Length > 0;

    /// <summary>A variable of a <c>log_format</c>.</summary>
    public static NginxVariable Find(string name) => name switch
    {
        "query_string" => NginxVariable.Args,
        "realip_remote_addr" => NginxVariable.Other,
        "req_id" => NginxVariable.RequestId,
        "document_uri" => NginxVariable.Uri,
        _ => ByName.GetValueOrDefault(name, NginxVariable.Other),
    };

    /// <summary>A key of a line that is a JSON object.</summary>
    public static NginxVariable FindKey(ReadOnlySpan<byte> key)
    {
        var mask = KeyTable.Length - 1;
        for (var slot = Slot(key) & mask; KeyTable[slot].Key is { } candidate; slot = (slot + 1) & mask)
        {
            if (key.SequenceEqual(candidate))
            {
                return KeyTable[slot].Variable;
            }
        }

        return NginxVariable.Other;
    }

    /// <summary>Names under <c>nginx.access</c> that we give ourselves: a variable or key of that name has to stand aside.</summary>
    public static bool IsReserved(ReadOnlySpan<byte> name) =>
        AreSameName(name, "remote_ip_list"u8) || AreSameName(name, "response_time"u8) || AreSameName(name, "repeated"u8) || AreSameName(name, "invalid"u8) ||
        FindCanonical(name);

    /// <summary>Whether two names are one field: a point in a name is written as an underscore, since it would open an object.</summary>
    public static bool AreSameName(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        if (left.Length != right.Length)
        {
            return false;
        }

        for (var index = 0; index < left.Length; index++)
        {
            if (Plain(left[index]) != Plain(right[index]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The byte that stands for <paramref name="character"/> in a field's name.</summary>
    public static byte Plain(byte character) => character == (byte)'.' ? (byte)'_' : character;

    /// <summary>Whether it is, with points for underscores, the name of a variable of ours.</summary>
    private static bool FindCanonical(ReadOnlySpan<byte> name)
    {
        if (!name.Contains((byte)'.') || name.Length > 64)
        {
            return false;
        }

        Span<byte> plain = stackalloc byte[name.Length];
        name.Replace(plain, (byte)'.', (byte)'_');
        return FindKey(plain) != NginxVariable.Other;
    }

    private static IEnumerable<VariableDescription> AccessVariables() =>
        All.Where(description => description.Variable is > NginxVariable.Other and < NginxVariable.Level);

    private static (byte[] Key, NginxVariable Variable)[] BuildKeyTable()
    {
        var table = new (byte[] Key, NginxVariable Variable)[256];
        foreach (var description in AccessVariables())
        {
            foreach (var name in description.Aliases.Prepend(description.Name))
            {
                var key = Encoding.UTF8.GetBytes(name);
                var slot = Slot(key) & (table.Length - 1);
                while (table[slot].Key is not null)
                {
                    slot = (slot + 1) & (table.Length - 1);
                }

                table[slot] = (key, description.Variable);
            }
        }

        return table;
    }

    private static int Slot(ReadOnlySpan<byte> key) => (int)XxHash3.HashToUInt64(key) & int.MaxValue;
}
