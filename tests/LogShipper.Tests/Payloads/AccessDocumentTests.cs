using LogShipper.Parsing;
using LogShipper.Payloads;
using LogShipper.Tests.Parsing;

namespace LogShipper.Tests.Payloads;

public class AccessDocumentTests
{
    private const string Line = "203.0.113.9 - alice [23/Nov/2026:03:41:45 +0100] \"GET /a/b.tar.gz?x=1&y=2 HTTP/1.1\" 404 571 \"https://ref.example/\" \"curl/8.0\"";

    private static readonly LogParser Combined = Lines.Parser("combined");

    [Theory]
    [InlineData("@timestamp", "2026-11-23T02:41:45.000Z")]
    [InlineData("message", "GET /a/b.tar.gz?x=1&y=2 404")]
    [InlineData("event.kind", "event")]
    [InlineData("event.category", "[\"web\"]")]
    [InlineData("event.type", "[\"access\"]")]
    [InlineData("event.module", "nginx")]
    [InlineData("event.dataset", "nginx.access")]
    [InlineData("event.outcome", "failure")]
    [InlineData("event.created", "2026-08-22T10:00:01.000Z")]
    [InlineData("event.original", null)]
    [InlineData("log.file.path", Lines.Path)]
    [InlineData("log.offset", "0")]
    [InlineData("log.flags", null)]
    [InlineData("http.request.method", "GET")]
    [InlineData("http.request.referrer", "https://ref.example/")]
    [InlineData("http.response.status_code", "404")]
    [InlineData("http.response.body.bytes", "571")]
    [InlineData("http.version", "1.1")]
    [InlineData("url.original", "/a/b.tar.gz?x=1&y=2")]
    [InlineData("url.path", "/a/b.tar.gz")]
    [InlineData("url.query", "x=1&y=2")]
    [InlineData("url.extension", "gz")]
    [InlineData("user_agent.original", "curl/8.0")]
    [InlineData("user.name", "alice")]
    [InlineData("source.address", "203.0.113.9")]
    [InlineData("source.ip", "203.0.113.9")]
    [InlineData("related.ip", "[\"203.0.113.9\"]")]
    [InlineData("related.user", "[\"alice\"]")]
    [InlineData("nginx.access.remote_ip_list", "[\"203.0.113.9\"]")]
    [InlineData("service.type", "nginx")]
    [InlineData("data_stream.type", "logs")]
    [InlineData("data_stream.dataset", "nginx.access")]
    [InlineData("data_stream.namespace", "default")]
    [InlineData("ecs.version", "8.11.0")]
    [InlineData("kubernetes", null)]
    public void A_combined_line_becomes_the_fields_of_the_integration(string path, string? expected) =>
        Assert.Equal(expected, Documents.Of(Combined, Line).At(path));

    [Fact]
    public void The_whole_line_is_kept_if_asked_for() =>
        Assert.Equal(Line, Documents.Of(Combined, Line + "\n", keepOriginal: true).At("event.original"));

    [Fact]
    public void A_line_of_no_format_is_its_own_message()
    {
        var document = Documents.Of(Combined, "what is \"this\"?\n");
        Assert.Equal("what is \"this\"?", document.At("message"));
        Assert.Equal("[\"unparsed\"]", document.At("log.flags"));
        Assert.Equal("2026-08-22T09:00:00.000Z", document.At("@timestamp"));
        Assert.Null(document.At("event.outcome"));
    }

    [Theory]
    [InlineData("10.0.0.2, 10.0.0.1, 85.181.35.98", "85.181.35.98", "85.181.35.98", "[\"10.0.0.2\",\"10.0.0.1\",\"85.181.35.98\"]")]
    [InlineData("10.0.0.2", "10.0.0.2", "10.0.0.2", "[\"10.0.0.2\"]")]
    [InlineData("unix:", "unix:", null, "[\"unix:\"]")]
    [InlineData("localhost, 10.1.1.1", "localhost", null, "[\"localhost\",\"10.1.1.1\"]")]
    [InlineData("2a03:0:10ff:f00f::8000, 10.225.192.17 10.2.2.121", "2a03:0:10ff:f00f::8000", "2a03:0:10ff:f00f::8000", "[\"2a03:0:10ff:f00f::8000\",\"10.225.192.17\",\"10.2.2.121\"]")]
    [InlineData("999.1.1.1", "999.1.1.1", null, "[\"999.1.1.1\"]")]
    public void The_source_is_the_first_address_from_outside(string addresses, string address, string? ip, string list)
    {
        var document = Documents.Of(Combined, Line.Replace("203.0.113.9", addresses, StringComparison.Ordinal));
        Assert.Equal(address, document.At("source.address"));
        Assert.Equal(ip, document.At("source.ip"));
        Assert.Equal(list, document.At("nginx.access.remote_ip_list"));
        Assert.Equal(ip is null ? null : $"[\"{ip}\"]", document.At("related.ip"));
    }

    [Fact]
    public void Escapes_are_undone_to_bytes_and_read_as_UTF_8()
    {
        var document = Documents.Of(Combined, Line.Replace("curl/8.0", "caf\\xC3\\xA9 \\x22q\\x22 \\xFF\\x0A", StringComparison.Ordinal));
        Assert.Equal("café \"q\" \uFFFD\n", document.At("user_agent.original"));
    }

    [Fact]
    public void A_request_that_is_none_is_kept_apart()
    {
        var document = Documents.Of(Combined, Line.Replace("GET /a/b.tar.gz?x=1&y=2 HTTP/1.1", "\\x16\\x03\\x01", StringComparison.Ordinal));
        Assert.Equal("\u0016\u0003\u0001", document.At("nginx.access.request"));
        Assert.Equal("\u0016\u0003\u0001 404", document.At("message"));
        Assert.Null(document.At("url"));
        Assert.Null(document.At("http.request.method"));
    }

    [Fact]
    public void An_absolute_request_names_its_host()
    {
        var document = Documents.Of(Combined, Line.Replace("/a/b.tar.gz?x=1&y=2", "http://www.example.com:8080/ip4.php", StringComparison.Ordinal));
        Assert.Equal("http://www.example.com:8080/ip4.php", document.At("url.original"));
        Assert.Equal("www.example.com", document.At("url.domain"));
        Assert.Equal("http", document.At("url.scheme"));
        Assert.Equal("8080", document.At("url.port"));
        Assert.Equal("/ip4.php", document.At("url.path"));
    }

    [Fact]
    public void What_the_upstreams_answered_has_the_names_of_the_ingress_controller()
    {
        var parser = Lines.Parser("$remote_addr [$time_local] $upstream_addr $upstream_response_length $upstream_response_time $upstream_status $request_time");
        var document = Documents.Of(parser, "1.2.3.4 [23/Nov/2026:03:41:45 +0000] 172.17.0.6:8080, 172.17.0.7:8081 : [::1]:82 61, 100 : - 0.100, 0.004 : 1.000 200, 203 : - 1.104");
        Assert.Equal("[\"172.17.0.6:8080\",\"172.17.0.7:8081\",\"[::1]:82\"]", document.At("nginx.ingress_controller.upstream_address_list"));
        Assert.Equal("::1", document.At("nginx.ingress_controller.upstream.ip"));
        Assert.Equal("82", document.At("nginx.ingress_controller.upstream.port"));
        Assert.Equal("161", document.At("nginx.ingress_controller.upstream.response.length"));
        Assert.Equal("1.104", document.At("nginx.ingress_controller.upstream.response.time"));
        Assert.Equal("203", document.At("nginx.ingress_controller.upstream.response.status_code"));
        Assert.Equal("[\"200\",\"203\",null]", document.At("nginx.ingress_controller.upstream.response.status_code_list"));
        Assert.Equal("1104000000", document.At("event.duration"));
        Assert.Equal("1104", document.At("nginx.access.response_time"));
    }

    [Fact]
    public void The_virtual_host_is_the_destination()
    {
        var parser = Lines.Parser($"$host {LogFormatCompiler.Combined}");
        var named = Documents.Of(parser, $"example.com:8080 {Line}");
        Assert.Equal("example.com", named.At("destination.domain"));
        Assert.Equal("8080", named.At("destination.port"));
        Assert.Equal("example.com", named.At("url.domain"));
        var numbered = Documents.Of(parser, $"67.43.156.15 {Line}");
        Assert.Equal("67.43.156.15", numbered.At("destination.ip"));
        Assert.Null(numbered.At("destination.domain"));
        Assert.Equal("[\"203.0.113.9\",\"67.43.156.15\"]", numbered.At("related.ip"));
    }

    [Fact]
    public void Other_variables_keep_their_names()
    {
        var parser = Lines.Parser("$remote_addr $connection $gzip_ratio $my_thing \"$http_x_forwarded_for\"");
        var document = Documents.Of(parser, "1.2.3.4 17 3.20 hello \"5.6.7.8, 9.9.9.9\"");
        Assert.Equal("17", document.At("nginx.access.connection"));
        Assert.Equal("3.20", document.At("nginx.access.gzip_ratio"));
        Assert.Equal("hello", document.At("nginx.access.my_thing"));
        Assert.Equal("5.6.7.8, 9.9.9.9", document.At("nginx.access.http_x_forwarded_for"));
        Assert.Equal("1.2.3.4", document.At("source.ip"));
    }

    [Fact]
    public void TLS_and_traces_have_their_fields()
    {
        var parser = Lines.Parser("$remote_addr $ssl_protocol $ssl_cipher $http_traceparent");
        var document = Documents.Of(parser, "1.2.3.4 TLSv1.3 TLS_AES_256_GCM_SHA384 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        Assert.Equal("1.3", document.At("tls.version"));
        Assert.Equal("tls", document.At("tls.version_protocol"));
        Assert.Equal("TLS_AES_256_GCM_SHA384", document.At("tls.cipher"));
        Assert.Equal("4bf92f3577b34da6a3ce929d0e0e4736", document.At("trace.id"));
        Assert.Equal("00f067aa0ba902b7", document.At("span.id"));
    }

    [Fact]
    public void A_JSON_line_with_values_that_are_no_JSON_still_becomes_fields()
    {
        var document = Documents.Of(Lines.Parser("json"), "{\"time\":\"2026-11-23T03:42:08+00:00\",\"status\":009,\"size\":,\"request\":\"GET /e HTTP/1.1\",\"upstream_status\":502, 200,\"x.y\":-,\"z\":7}");
        Assert.Equal("9", document.At("http.response.status_code"));
        Assert.Null(document.At("http.response.body.bytes"));
        Assert.Equal("200", document.At("nginx.ingress_controller.upstream.response.status_code"));
        Assert.Equal("7", document.At("nginx.access.z"));
        Assert.Null(document.At("nginx.access.x_y"));
        Assert.Equal("2026-11-23T03:42:08.000Z", document.At("@timestamp"));
    }

    [Fact]
    public void Names_that_stand_twice_stand_once_in_an_object()
    {
        var document = Documents.Of(Lines.Parser("json"), "{\"a.b\":\"1\",\"a_b\":\"2\",\"a_b\":\"3\",\"status\":\"200\",\"code\":\"404\",\"remote_ip_list\":\"x\",\"repeated\":\"y\"}");
        Assert.Equal("1", document.At("nginx.access.a_b"));
        Assert.Equal("2", document.At("nginx.access.repeated.a_b"));
        Assert.Equal("200", document.At("http.response.status_code"));
        Assert.Equal("404", document.At("nginx.access.repeated.code"));
        Assert.Equal("x", document.At("nginx.access.repeated.remote_ip_list"));
        Assert.Equal("y", document.At("nginx.access.repeated.repeated"));
    }

    [Fact]
    public void A_number_that_is_none_stays_out_of_fields_of_numbers()
    {
        var document = Documents.Of(Lines.Parser("json"), "{\"status\":\"abc\",\"bytes_sent\":\"99999999999999999999\",\"connection\":\"-1\",\"gzip_ratio\":\"1.\",\"request_time\":\"1e3\"}");
        Assert.Null(document.At("http"));
        Assert.Null(document.At("event.outcome"));
        Assert.Equal("abc", document.At("nginx.access.invalid.status"));
        Assert.Equal("99999999999999999999", document.At("nginx.access.invalid.bytes_sent"));
        Assert.Equal("-1", document.At("nginx.access.invalid.connection"));
        Assert.Equal("1.", document.At("nginx.access.invalid.gzip_ratio"));
        Assert.Equal("1e3", document.At("nginx.access.invalid.request_time"));
    }

    [Fact]
    public void The_Pod_stands_in_every_document()
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["POD_NAME"] = "webserver", ["POD_NAMESPACE"] = "shop", ["POD_UID"] = "u-1", ["NODE_NAME"] = "node\"7", ["CONTAINER_NAME"] = "nginx",
        };
        var document = Documents.Of(Combined, Line, context: DocumentContext.FromEnvironment(environment.GetValueOrDefault));
        Assert.Equal("webserver", document.At("kubernetes.pod.name"));
        Assert.Equal("u-1", document.At("kubernetes.pod.uid"));
        Assert.Equal("shop", document.At("kubernetes.namespace"));
        Assert.Equal("node\"7", document.At("kubernetes.node.name"));
        Assert.Equal("nginx", document.At("kubernetes.container.name"));
        Assert.Equal("node\"7", document.At("host.name"));
    }

    [Fact]
    public void Outside_of_Kubernetes_the_host_has_its_own_name()
    {
        var document = Documents.Of(Combined, Line, context: DocumentContext.FromEnvironment(name => name == "HOSTNAME" ? "box" : null));
        Assert.Equal("box", document.At("host.name"));
        Assert.Null(document.At("kubernetes"));
    }
}
