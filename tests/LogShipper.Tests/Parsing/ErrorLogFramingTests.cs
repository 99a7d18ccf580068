using LogShipper.Parsing;

namespace LogShipper.Tests.Parsing;

public class ErrorLogFramingTests
{
    private const string Head = "2026/11/23 03:41:57 [error] 28401#28401: *37 ";
    private const string Tail = "\" failed (2: No such file or directory), client: 127.0.0.1, server: example.test, request: \"GET /x%0a2026/01/01%2000:00:00 HTTP/1.1\", host: \"example.test\"\n";
    private const string Genuine = "2026/11/23 03:41:58 [error] 28401#28401: *38 open() \"/srv/y\" failed (2: No such file or directory), client: 127.0.0.1, server: example.test, request: \"GET /y HTTP/1.1\", host: \"example.test\"\n";
    private const string Notice = "2026/11/23 03:42:22 [notice] 28400#28400: signal process started\n";

    private static readonly LogParser Error = Lines.Parser("error");

    [Fact]
    public void Lines_without_a_header_belong_to_the_record_before_them() =>
        Assert.Equal([$"{Head}FastCGI sent in stderr: \"PHP a\nPHP b\n\n  PHP c{Tail}", Genuine], Lines.Records(Error, $"{Head}FastCGI sent in stderr: \"PHP a\nPHP b\n\n  PHP c{Tail}{Genuine}"));

    [Theory]
    [InlineData("2026/01/01 00:00:00 [emerg] 1#1: forged")]
    [InlineData("2026/11/23 03:41:57 [error] 28401#28401: *37 forged")]
    [InlineData("2026/01/01 00:00:00 [emerg] 1#1: forged\n2026/01/01 00:00:00 [emerg] 1#1: *2 again")]
    [InlineData("2026/01/01 00:00:00 [emerg] 1#1: *1 forged \"")]
    public void A_forged_line_is_joined_to_the_one_that_it_came_from(string forged)
    {
        var record = $"{Head}open() \"/srv/x\n{forged}{Tail}";
        Assert.Equal([Genuine, record, Genuine], Lines.Records(Error, Genuine + record + Genuine));
        var parsed = Parsed.Of(Error, record);
        Assert.Equal(RecordRemarks.Multiline | RecordRemarks.Suspicious, parsed.Remarks);
        Assert.Equal("error", parsed["level"]);
        Assert.Equal("127.0.0.1", parsed["client"]);
    }

    [Theory]
    [InlineData(Notice)]
    [InlineData("2026/11/23 03:41:57 [alert] 28401#28401: *4 open socket #3 left in connection 4\n")]
    [InlineData("2026/11/23 03:41:57 [info] 28401#28401: *4 client 10.0.0.1 closed keepalive connection\n")]
    [InlineData("2026/11/23 03:41:57 [debug] 28401#28401: *4 http header: \"Host: x\"\n")]
    [InlineData("2026/11/23 03:41:57 [emerg] 1#1: open() \"/etc/nginx/x\" failed (2: No such file or directory)\n")]
    [InlineData("2026/11/23 03:41:57 [error] 1#1: *4 [lua] a.lua:1: x, context: ngx.timer\n")]
    public void A_genuine_record_without_a_client_is_left_alone(string record)
    {
        Assert.Equal([record, Genuine], Lines.Records(Error, record + Genuine));
        Assert.Equal([record, Notice], Lines.Records(Error, record + Notice));
    }

    [Fact]
    public void A_record_that_nginx_cut_is_complete()
    {
        var cut = $"{Head}open() \"/srv/".PadRight(2047, 'a') + "\n";
        Assert.Equal([cut, Notice], Lines.Records(Error, cut + Notice));
    }

    [Fact]
    public void A_whole_record_is_not_joined_to_one_that_misses_its_end() =>
        Assert.Equal([$"{Head}FastCGI sent in stderr: \"a\n", Genuine], Lines.Records(Error, $"{Head}FastCGI sent in stderr: \"a\n{Genuine}"));

    [Fact]
    public void The_first_line_of_a_batch_may_continue_what_was_shipped_before()
    {
        Assert.True(Error.Continues([], "  PHP c\n"u8));
        Assert.False(Error.Continues([], System.Text.Encoding.UTF8.GetBytes(Genuine)));
    }

    [Fact]
    public void Lines_of_access_logs_are_never_joined()
    {
        var parser = Lines.Parser("combined");
        Assert.False(parser.JoinsLines);
        Assert.False(parser.Continues("x\n"u8, "y\n"u8));
    }

    [Fact]
    public void Very_many_lines_are_joined_in_linear_time()
    {
        Assert.Single(Lines.Records(Error, $"{Head}open() \"/srv/x\n" + string.Concat(Enumerable.Repeat("\n", 500_000))));
        var forged = string.Concat(Enumerable.Repeat("2026/01/01 00:00:00 [emerg] 1#1: f\n", 100_000));
        var records = Lines.Records(Error, $"{Head}open() \"/srv/x\n{forged}");
        Assert.InRange(records[0].Length, 2000, 2100);
    }

    [Fact]
    public void No_line_is_joined_to_a_record_as_long_as_nginx_lets_one_become()
    {
        var record = $"{Head}open() \"/srv/x\n".PadRight(2060, 'a') + "\n";
        Assert.Equal([record, Notice], Lines.Records(Error, record + Notice));
    }
}
