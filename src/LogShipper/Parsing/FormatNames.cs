using LogShipper.Configuration;

namespace LogShipper.Parsing;

/// <summary>The names of the variables that stand in the texts of formats.</summary>
internal static class FormatNames
{
    /// <summary>Names that nginx makes of a header, a cookie, an argument or a certificate: every one is legal.</summary>
    private static readonly string[] Families =
        ["http_", "sent_http_", "sent_trailer_", "cookie_", "arg_", "upstream_", "ssl_", "proxy_", "proxy_protocol_", "geoip_", "geoip2_", "jwt_", "otel_", "tcpinfo_", "realip_"];

    /// <summary>Other variables of nginx itself, which are shipped under their own names.</summary>
    private static readonly string[] Others =
    [
        "ancient_browser", "binary_remote_addr", "content_type", "document_root", "document_uri", "fastcgi_path_info", "fastcgi_script_name", "hostname", "https",
        "http2", "http3", "invalid_referer", "is_args", "limit_conn_status", "limit_rate", "limit_req_status", "modern_browser", "msie", "nginx_version", "pipe",
        "query_string", "quic", "realpath_root", "request_body", "request_body_file", "request_completion", "request_filename", "req_id", "secure_link",
        "secure_link_expires", "server_addr", "slice_range", "spdy", "uid_got", "uid_reset", "uid_set", "namespace", "ingress_name", "service_name", "service_port",
    ];

    /// <summary>Whether any key is possible.</summary>
    public static bool MayHaveAnyKey(IEnumerable<string> formats) => formats.Contains("json", StringComparer.Ordinal);

    /// <summary>The names, without dollar signs and braces.</summary>
    public static IEnumerable<string> In(IEnumerable<string> formats) =>
        formats.SelectMany(NamesIn).Distinct(StringComparer.Ordinal);

    /// <summary>The names that are neither nginx's nor the program's, each with the known one that was probably meant (null: none is near). They may be a map's or a module's.</summary>
    public static IEnumerable<(string Name, string? Nearest)> UnknownIn(IEnumerable<string> formats) =>
        In(formats)
            .Where(name => NginxVariables.Find(name) == NginxVariable.Other && !Others.Contains(name, StringComparer.Ordinal)
                && !Array.Exists(Families, family => name.StartsWith(family, StringComparison.Ordinal)))
            .Select(name => (name, Spelling.Nearest(name, [.. NginxVariables.All.Select(description => description.Name).Where(known => NginxVariables.Find(known) != NginxVariable.Other), .. Others])));

    private static IEnumerable<string> NamesIn(string format)
    {
        for (var at = format.IndexOf('$', StringComparison.Ordinal); at >= 0; at = format.IndexOf('$', at))
        {
            at++;
            var start = at < format.Length && format[at] == '{' ? at + 1 : at;
            at = start;
            while (at < format.Length && (char.IsAsciiLetterOrDigit(format[at]) || format[at] == '_'))
            {
                at++;
            }

            if (at > start)
            {
                yield return format[start..at];
            }
        }
    }
}
