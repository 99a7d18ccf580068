using System.Text;
using LogShipper.Parsing;

namespace LogShipper.Tests.Parsing;

public class ErrorLogParserTests
{
    private const string Head = "2026/11/23 03:41:57 [error] 28401#28402: *38 ";
    private const string Tail = ", client: 127.0.0.1, server: example.test, request: \"GET /x HTTP/1.1\", host: \"example.test\"";

    private static readonly LogParser Error = Lines.Parser("error");

    [Theory]
    [InlineData("level", "error")]
    [InlineData("pid", "28401")]
    [InlineData("tid", "28402")]
    [InlineData("connection", "38")]
    [InlineData("message", "connect() failed (111: Connection refused) while connecting to upstream")]
    [InlineData("client", "127.0.0.1")]
    [InlineData("server", "example.test")]
    [InlineData("request", "GET /sub/a HTTP/1.1")]
    [InlineData("subrequest", "/_a")]
    [InlineData("upstream", "http://127.0.0.1:1/check")]
    [InlineData("host", "example.test")]
    [InlineData("referrer", "http://r/")]
    [InlineData("errno", "111")]
    [InlineData("errno_text", "Connection refused")]
    public void Every_part_is_found(string name, string expected) => Assert.Equal(expected, Parsed.Of(
        Error,
        $"{Head}connect() failed (111: Connection refused) while connecting to upstream, client: 127.0.0.1, server: example.test, " +
        "request: \"GET /sub/a HTTP/1.1\", subrequest: \"/_a\", upstream: \"http://127.0.0.1:1/check\", host: \"example.test\", referrer: \"http://r/\"")[name]);

    [Fact]
    public void A_client_in_a_file_name_is_the_clients_word()
    {
        var parsed = Parsed.Of(Error, $"{Head}open() \"/srv/z, client: 9.9.9.9, server: evil\" failed (2: No such file or directory){Tail}");
        Assert.Equal("127.0.0.1", parsed["client"]);
        Assert.Equal("open() \"/srv/z, client: 9.9.9.9, server: evil\" failed (2: No such file or directory)", parsed["message"]);
        Assert.True(parsed.Remarks.HasFlag(RecordRemarks.Suspicious));
    }

    [Fact]
    public void A_referrer_that_looks_like_a_host_is_a_referrer()
    {
        var parsed = Parsed.Of(Error, $"{Head}x{Tail}, referrer: \"http://a/\", host: \"evil\"");
        Assert.Equal("example.test", parsed["host"]);
        Assert.Equal("http://a/\", host: \"evil", parsed["referrer"]);
    }

    [Fact]
    public void A_request_that_looks_like_a_host_is_a_request()
    {
        var parsed = Parsed.Of(Error, $"{Head}x, client: 127.0.0.1, server: s, request: \"GET /a\", host: \"evil HTTP/1.1\", host: \"example.test\"");
        Assert.Equal("GET /a\", host: \"evil HTTP/1.1", parsed["request"]);
        Assert.Equal("example.test", parsed["host"]);
    }

    [Fact]
    public void A_referrer_that_holds_a_whole_tail_does_not_change_the_client()
    {
        var parsed = Parsed.Of(Error, $"{Head}open() \"/srv/x\" failed (2: No such file or directory){Tail}, referrer: \"http://a/, client: 6.6.6.6, server: evil, request: \"GET / HTTP/1.1\", host: \"evil\"");
        Assert.Equal("127.0.0.1", parsed["client"]);
        Assert.Equal("example.test", parsed["host"]);
        Assert.Equal("open() \"/srv/x\" failed (2: No such file or directory)", parsed["message"]);
        Assert.True(parsed.Remarks.HasFlag(RecordRemarks.Suspicious));
    }

    [Fact]
    public void A_file_name_that_holds_a_whole_tail_does_not_change_the_client()
    {
        var parsed = Parsed.Of(Error, $"{Head}open() \"/srv/x, client: 6.6.6.6, server: evil, request: \"GET / HTTP/1.1\", host: \"evil\", referrer: \"\" failed (2: No such file or directory)" +
            ", client: 127.0.0.1, server: example.test, request: \"GET /x,%20client:%206.6.6.6,%20server:%20evil HTTP/1.1\", host: \"example.test\"");
        Assert.Equal("127.0.0.1", parsed["client"]);
        Assert.True(parsed.Remarks.HasFlag(RecordRemarks.Suspicious));
    }

    [Theory]
    [InlineData("2026/11/23 03:42:22 [notice] 28400#28400: signal 10 (SIGUSR1) received from 28358, reopening logs", "signal 10 (SIGUSR1) received from 28358, reopening logs")]
    [InlineData("2026/11/23 03:42:22 [debug] 1#1: ", "")]
    [InlineData("2026/11/23 03:42:22 [alert] 1#0: *4 open socket #3 left in connection 4", "open socket #3 left in connection 4")]
    public void A_record_without_a_client_is_all_message(string line, string message)
    {
        var parsed = Parsed.Of(Error, line);
        Assert.Equal(message, parsed["message"]);
        Assert.Null(parsed["client"]);
    }

    [Fact]
    public void A_record_that_nginx_cut_says_so_and_keeps_what_it_has()
    {
        var line = $"{Head}client sent too long URI, client: 127.0.0.1, server: example.test, request: \"GET /".PadRight(2047, 'a');
        var parsed = Parsed.Of(Error, line);
        Assert.Equal(RecordRemarks.TruncatedByNginx, parsed.Remarks);
        Assert.Equal("127.0.0.1", parsed["client"]);
        Assert.StartsWith("GET /aaa", parsed["request"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("2026/11/23 03:42:22 [loud] 1#1: x")]
    [InlineData("2026/11/23 03:42:22 [error] #1: x")]
    [InlineData("2026/11/23 03:42:22 [error] 1: x")]
    [InlineData("2026-11-23 03:42:22 [error] 1#1: x")]
    [InlineData(" 2026/11/23 03:42:22 [error] 1#1: x")]
    public void What_has_no_header_is_refused(string line) => Assert.False(Parsed.Of(Error, line).Fits);

    [Fact]
    public void Lengths_behind_a_stream_proxys_tail_do_not_matter()
    {
        var parsed = Parsed.Of(Error, $"{Head}upstream timed out (110: Connection timed out) while connecting to upstream, client: 10.0.0.1, server: 0.0.0.0:53, upstream: \"10.0.0.2:53\", bytes from/to client:0/0, bytes from/to upstream:0/0");
        Assert.Equal("10.0.0.1", parsed["client"]);
        Assert.Equal("10.0.0.2:53", parsed["upstream"]);
    }

    [Fact]
    public void Raw_bytes_of_a_request_are_kept()
    {
        var parsed = Parsed.Of(Error, [.. Encoding.UTF8.GetBytes($"{Head}client sent invalid method, client: ::1, server: _, request: \""), 0x16, 0x03, 0xff, (byte)'"']);
        Assert.Equal("::1", parsed["client"]);
        Assert.Equal("\u0016\u0003\uFFFD", parsed["request"]);
    }
}
