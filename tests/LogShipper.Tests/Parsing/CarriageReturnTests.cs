using System.Text;
using LogShipper.Parsing;
using LogShipper.Tests.Payloads;

namespace LogShipper.Tests.Parsing;

/// <summary>Lines that went through something that ends them with CRLF.</summary>
public class CarriageReturnTests
{
    private const string Combined = "1.2.3.4 - - [23/Nov/2026:03:41:45 +0000] \"GET /a HTTP/1.1\" 200 5 \"-\" \"curl\"";
    private const string Error = "2026/11/23 03:41:57 [error] 1#1: *38 open() \"/x\" failed (2: No such file or directory), client: 1.2.3.4, server: s, request: \"GET /x HTTP/1.1\", host: \"h\"";

    [Theory]
    [InlineData("combined", Combined, "status", "200")]
    [InlineData("combined", Combined, "http_user_agent", "curl")]
    [InlineData("$status $request_time", "200 0.004", "request_time", "0.004")]
    [InlineData("$status $http_x", "200 free", "http_x", "free")]
    [InlineData("error", Error, "client", "1.2.3.4")]
    [InlineData("error", Error, "host", "h")]
    [InlineData("json", "{\"status\":200}", "status", "200")]
    public void A_line_that_ends_with_CRLF_is_parsed_as_the_line_without(string format, string line, string name, string value)
    {
        var parsed = Parsed.Of(Lines.Parser(format), $"{line}\r\n");
        Assert.True(parsed.Fits);
        Assert.Equal(value, parsed[name]);
    }

    [Fact]
    public void The_original_keeps_its_carriage_return()
    {
        var document = Documents.Bytes(Lines.Parser("combined"), Encoding.UTF8.GetBytes($"{Combined}\r\n"), keepOriginal: true);
        Assert.Equal($"{Combined}\r", Documents.Read(document).At("event.original"));
    }

    [Theory]
    [InlineData("a stray line\n")]
    [InlineData("one\ntwo, client: \nthree\n")]
    [InlineData("with CRLF\r\n")]
    [InlineData("\n")]
    public void Lines_that_are_joined_to_a_complete_record_of_error_log_take_none_of_its_fields(string stray)
    {
        var parser = Lines.Parser("error");
        var text = $"{Error}\n{stray}";
        Assert.Equal([text], Lines.Records(parser, text));
        var parsed = Parsed.Of(parser, text);
        Assert.Equal("1.2.3.4", parsed["client"]);
        Assert.Equal("GET /x HTTP/1.1", parsed["request"]);
        Assert.Equal("h", parsed["host"]);
        Assert.Equal("open() \"/x\" failed (2: No such file or directory)", parsed["message"]);
        Assert.True(parsed.Remarks.HasFlag(RecordRemarks.Suspicious | RecordRemarks.Multiline));
    }

    [Fact]
    public void A_forged_end_of_a_record_before_a_newline_does_not_hide_the_real_one()
    {
        var parser = Lines.Parser("error");
        var parsed = Parsed.Of(
            parser,
            "2026/11/23 03:41:57 [error] 1#1: *38 open() \"/x, client: 6.6.6.6, server: s, request: \"GET / HTTP/1.1\"\ny\" failed (2: No such file or directory), client: 1.2.3.4, server: s, request: \"GET /x HTTP/1.1\", host: \"h\"\nstray\n");
        Assert.Equal("1.2.3.4", parsed["client"]);
    }
}
