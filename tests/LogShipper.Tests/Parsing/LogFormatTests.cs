using LogShipper.Parsing;

namespace LogShipper.Tests.Parsing;

public class LogFormatTests
{
    private const string Time = "23/Nov/2026:03:41:45 +0000";
    private static readonly LogParser Combined = Lines.Parser("combined");

    [Theory]
    [InlineData("eve - [01/Jan/2026")]
    [InlineData("a - b")]
    [InlineData("x] y [")]
    [InlineData("[01/Jan/2026:00:00:00 +0000]")]
    [InlineData("u [01/Jan/2026:00:00:00 +0000] z")]
    public void A_user_name_cannot_move_the_time(string user)
    {
        var parsed = Parsed.Of(Combined, $"1.2.3.4 - {user} [{Time}] \"GET / HTTP/1.1\" 200 1 \"-\" \"-\"");
        Assert.True(parsed.Fits);
        Assert.Equal(user, parsed["remote_user"]);
        Assert.Equal(Time, parsed["time_local"]);
        Assert.Equal("1.2.3.4", parsed["remote_addr"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1.2.3.4 - - [23/Nov/2026:03:41:45 +0000] \"GET / HTTP/1.1\" 200 1 \"-\" \"-")]
    [InlineData("1.2.3.4 - - [23/Nov/2026:03:41:45 +0000] \"GET / HTTP/1.1\" 200 1 \"-\" \"-\" \"1.2.3.4\"")]
    [InlineData("1.2.3.4 - - [23/Nov/2026:03:41:45 +0000] \"GET / HTTP/1.1\" abc 1 \"-\" \"-\"")]
    [InlineData("1.2.3.4 - - [yesterday] \"GET / HTTP/1.1\" 200 1 \"-\" \"-\"")]
    [InlineData("1.2.3.4 - - [23/Nov/2026:03:41:45 +0000] \"GET / HTTP/1.1\" 200 1 \"-\" \"Mozi1.2.3.4 - - [23/Nov/2026:03:41:45 +0000] \"GET / HTTP/1.1\" 200 1 \"-\" \"-\"")]
    public void A_line_of_another_form_is_refused(string line) => Assert.False(Parsed.Of(Combined, line).Fits);

    [Fact]
    public void Formats_are_tried_in_order()
    {
        var parser = Lines.Parser("main", "combined");
        var main = Parsed.Of(parser, $"1.2.3.4 - - [{Time}] \"GET / HTTP/1.1\" 200 1 \"-\" \"ua\" \"5.6.7.8\"");
        Assert.Equal("5.6.7.8", main["http_x_forwarded_for"]);
        var combined = Parsed.Of(parser, $"1.2.3.4 - - [{Time}] \"GET / HTTP/1.1\" 200 1 \"-\" \"ua\"");
        Assert.Equal("ua", combined["http_user_agent"]);
        Assert.Null(combined["http_x_forwarded_for"]);
    }

    [Fact]
    public void A_missing_value_is_missing_and_an_empty_one_is_empty()
    {
        var parsed = Parsed.Of(Combined, $"1.2.3.4 - - [{Time}] \"\" 400 - \"-\" \"\"");
        Assert.Equal("", parsed["request"]);
        Assert.Null(parsed["body_bytes_sent"]);
        Assert.Null(parsed["http_referer"]);
        Assert.Equal("", parsed["http_user_agent"]);
    }

    [Fact]
    public void With_escape_none_a_quote_in_a_request_does_not_end_it()
    {
        var parser = Lines.Parser($"escape=none {LogFormatCompiler.Combined}");
        var parsed = Parsed.Of(parser, $"1.2.3.4 - a [b [{Time}] \"GET /\"x\" HTTP/1.1\" 200 1 \"http://r/\" \"u \"a\"\"");
        Assert.Equal("a [b", parsed["remote_user"]);
        Assert.Equal("GET /\"x\" HTTP/1.1", parsed["request"]);
        Assert.Equal("200", parsed["status"]);
        Assert.Equal("http://r/", parsed["http_referer"]);
        Assert.Equal("u \"a\"", parsed["http_user_agent"]);
    }

    [Fact]
    public void A_JSON_template_is_read_by_its_variables()
    {
        var parser = Lines.Parser("escape=json '{\"t\":\"$time_iso8601\",' '\"who\":\"$remote_addr\",\"s\":$status,\"ust\":$upstream_status,\"ua\":\"$http_user_agent\"}'");
        var parsed = Parsed.Of(parser, "{\"t\":\"2026-11-23T03:41:45+01:00\",\"who\":\"1.2.3.4\",\"s\":009,\"ust\":502, 200,\"ua\":\"a\\\"b\\\\\"}");
        Assert.True(parsed.Fits);
        Assert.Equal("1.2.3.4", parsed["remote_addr"]);
        Assert.Equal("009", parsed["status"]);
        Assert.Equal("502, 200", parsed["upstream_status"]);
        Assert.Equal("a\"b\\", parsed.Decoded("http_user_agent"));
        Assert.Equal(new DateTime(2026, 11, 23, 2, 41, 45, DateTimeKind.Utc), parsed.Time);
        var empty = Parsed.Of(parser, "{\"t\":\"2026-11-23T03:41:45+01:00\",\"who\":\"1.2.3.4\",\"s\":400,\"ust\":,\"ua\":\"\"}");
        Assert.True(empty.Fits);
        Assert.Null(empty["upstream_status"]);
        Assert.Null(empty["http_user_agent"]);
    }

    [Fact]
    public void A_whole_directive_is_understood()
    {
        var parser = Lines.Parser("log_format  timed escape=default '$remote_addr [${time_local}] '\n   '\"$request\" $request_time';");
        var parsed = Parsed.Of(parser, $"1.2.3.4 [{Time}] \"GET / HTTP/1.1\" 0.120");
        Assert.Equal("0.120", parsed["request_time"]);
    }

    [Fact]
    public void The_finest_time_of_a_line_counts()
    {
        var parser = Lines.Parser("$remote_addr [$time_local] $msec");
        Assert.Equal(new DateTime(2026, 11, 23, 3, 41, 45, 892, DateTimeKind.Utc), Parsed.Of(parser, $"1.2.3.4 [{Time}] 1795405305.892").Time);
    }

    [Fact]
    public void A_last_variable_that_writers_leave_out_may_be_missing()
    {
        var parser = Lines.Parser($"{LogFormatCompiler.Combined} \"$gzip_ratio\"");
        Assert.Equal("2.10", Parsed.Of(parser, $"1.2.3.4 - - [{Time}] \"GET / HTTP/1.1\" 200 1 \"-\" \"-\" \"2.10\"")["gzip_ratio"]);
        Assert.True(Parsed.Of(parser, $"1.2.3.4 - - [{Time}] \"GET / HTTP/1.1\" 200 1 \"-\" \"-\"").Fits);
    }

    [Fact]
    public void An_upstream_list_may_hold_its_separators()
    {
        var parser = Lines.Parser("$upstream_addr $upstream_status $request_id");
        var parsed = Parsed.Of(parser, "127.0.0.1:1, unix:/a.sock : [::1]:2 502, - : 200 abc");
        Assert.Equal("127.0.0.1:1, unix:/a.sock : [::1]:2", parsed["upstream_addr"]);
        Assert.Equal("502, - : 200", parsed["upstream_status"]);
        Assert.Equal("abc", parsed["request_id"]);
    }

    [Theory]
    [InlineData("$remote_addr$status", "nothing separates $remote_addr from $status")]
    [InlineData("${a}${b}", "nothing separates $a from $b")]
    [InlineData("combine", "no format of that name")]
    [InlineData("", "empty")]
    [InlineData("  ", "empty")]
    [InlineData("$remote_addr $", "starts no variable")]
    [InlineData("${remote_addr x", "starts no variable")]
    [InlineData("escape=xml $remote_addr", "escape=xml is not known")]
    [InlineData("log_format x '$remote_addr", "no closing '")]
    [InlineData("log_format x $remote_addr;", "'$' stands between its quoted pieces")]
    [InlineData("log_format x '$remote_addr'; log_format y '$status';", "behind its semicolon")]
    public void A_format_that_cannot_be_compiled_is_a_problem(string format, string problem)
    {
        var found = Assert.Single(Lines.Problems(format));
        Assert.Contains(problem, found, StringComparison.Ordinal);
        Assert.Contains($"\"{format}\"", found, StringComparison.Ordinal);
        Assert.Contains("allowed", found, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_break_outside_of_quotes_is_a_problem_wherever_it_stands() =>
        Assert.Contains("line break", Assert.Single(Lines.Problems("$remote_addr\n$status $request_time")), StringComparison.Ordinal);

    [Fact]
    public void Every_problem_is_told_at_once() => Assert.Equal(2, Lines.Problems("nope", "combined", "$a$b").Count);

    [Fact]
    public void An_error_log_has_no_other_format() => Assert.Contains("error", Assert.Single(Lines.Problems("error", "combined")), StringComparison.Ordinal);

    [Fact]
    public void No_format_at_all_is_a_problem() => Assert.Single(Lines.Problems());

    [Fact]
    public void The_dataset_follows_the_format()
    {
        Assert.Equal("nginx.access", Combined.Dataset);
        Assert.Equal("nginx.error", Lines.Parser("error").Dataset);
    }
}
