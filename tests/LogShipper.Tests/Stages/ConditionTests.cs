using System.Text;
using CsCheck;
using LogShipper.Parsing;
using LogShipper.Stages;
using LogShipper.Tests.Parsing;
using Record = LogShipper.Parsing.Record;

namespace LogShipper.Tests.Stages;

public sealed class ConditionTests
{
    private const string Line = "192.0.2.7 - alice [22/Aug/2026:10:00:00 +0000] \"GET /cart?id=7 HTTP/1.1\" 502 1234 \"-\" \"curl/8.5 \\x22x\\x22\"";

    private const string Json = """{"status":504,"upstream_response_time":"0.010, 2.5","tenant":"acme","request_uri":"/a/b?c=d","and":"x"}""";

    private static readonly LogParser Combined = Lines.Parser("combined");

    [Theory]
    [InlineData("status >= 500", true)]
    [InlineData("status>502", false)]
    [InlineData("status > 502 or status = 502", true)]
    [InlineData("status = 502.0", true)]
    [InlineData("status != 502", false)]
    [InlineData("$status < 503", true)]
    [InlineData("status <= 501", false)]
    [InlineData("http.response.status_code = 502", true)]
    [InlineData("remote_user = alice and source.ip = 192.0.2.7", true)]
    [InlineData("request ~ '/cart'", true)]
    [InlineData("request ~ \"/Cart\"", false)]
    [InlineData("http_user_agent ~ '\"x\"'", true)]
    [InlineData("http_referer", false)]
    [InlineData("remote_user", true)]
    [InlineData("not http_referer", true)]
    [InlineData("http_referer = x", false)]
    [InlineData("http_referer != x", true)]
    [InlineData("remote_user > 1", false)]
    [InlineData("method = GET and path = /cart and args = 'id=7' and http.version = 1.1", true)]
    [InlineData("request_method = POST", false)]
    [InlineData("line ~ 'alice ['", true)]
    [InlineData("not (status = 1 or status = 502)", false)]
    [InlineData("not status = 1 and status = 502", true)]
    [InlineData("status = 1 and status = 2 or status = 502", true)]
    [InlineData("status = 502 or status = 1 and status = 2", true)]
    [InlineData("(status = 502 or status = 1) and status = 2", false)]
    public void It_says_of_an_access_line_what_it_says(string condition, bool expected) => Assert.Equal(expected, Holds(condition, Combined, Line));

    [Theory]
    [InlineData("upstream_response_time > 2", true)]
    [InlineData("upstream_response_time > 3", false)]
    [InlineData("upstream_response_time < 0.02", true)]
    [InlineData("tenant = acme", true)]
    [InlineData("nginx.access.tenant = acme", true)]
    [InlineData("tenant ~ x", false)]
    [InlineData("url.path = /a/b and url.query = 'c=d'", true)]
    [InlineData("nginx.access.and = x", true)]
    public void It_knows_the_keys_of_a_json_line(string condition, bool expected) => Assert.Equal(expected, Holds(condition, Lines.Parser("json"), Json));

    [Fact]
    public void It_knows_the_parts_of_an_error_line() =>
        Assert.True(Holds("log.level = error and client = 1.2.3.4 and text ~ 'open()'", Lines.Parser("error"),
            "2026/08/22 10:00:00 [error] 7#7: *1 open() \"/x\" failed (2: No such file or directory), client: 1.2.3.4, server: _"));

    [Fact]
    public void A_line_that_no_format_fits_has_itself_only()
    {
        Assert.False(Holds("status > 0", Combined, "no line of nginx"));
        Assert.True(Holds("line ~ 'no line'", Combined, "no line of nginx"));
    }

    [Theory]
    [InlineData("", 1, "expected the name of a field")]
    [InlineData("status >=", 10, "expected a value after >=")]
    [InlineData("status >= many", 11, "compares numbers")]
    [InlineData("status = 'a", 10, "not closed")]
    [InlineData("(status = 1", 1, "not closed")]
    [InlineData("status = 1)", 11, "closed that was not opened")]
    [InlineData("status = 1 status", 12, "expected and, or, or the end")]
    [InlineData("and status", 1, "before and")]
    [InlineData("status = 1 and", 15, "expected the name of a field")]
    [InlineData("http.response.status = 1", 1, "did you mean http.response.status_code?")]
    [InlineData("$ = 1", 1, "no field")]
    [InlineData("status ? 1", 8, "expected and, or, or the end")]
    public void A_mistake_is_told_with_its_place(string condition, int place, string words)
    {
        Assert.Null(Condition.Parse(condition, out var problem));
        Assert.StartsWith($"at {place}:", problem, StringComparison.Ordinal);
        Assert.Contains(words, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Deep_nesting_is_a_mistake_and_no_crash()
    {
        Assert.Null(Condition.Parse(new string('(', 4000), out _));
        Assert.Null(Condition.Parse(string.Concat(Enumerable.Repeat("not ", 1000)) + "status", out _));
        Assert.Null(Condition.Parse(new string('a', 5000), out var problem));
        Assert.Contains("longer", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void No_text_makes_it_throw()
    {
        var pieces = AnyOf("status", "request", "(", ")", "and ", "or ", "not ", " ", ">=", "=", "~", "!=", "'", "\"", "\\", "500", "-", "http.response.status_code", "$", "\u001b", "é", "\ud800");
        pieces.Array[0, 14].Select(string.Concat).Sample(text =>
        {
            if (Condition.Parse(text, out var problem) is { } condition)
            {
                _ = Holds(condition, Combined, Line);
            }
            else
            {
                Assert.NotEqual("", problem);
                Assert.DoesNotContain('\u001b', problem);
            }
        }, iter: 20_000);
    }

    [Fact]
    public void What_it_prints_reads_back_as_the_same()
    {
        var name = AnyOf("status", "request", "tenant", "nginx.access.a.b", "line", "upstream_status");
        var text = Gen.OneOf(AnyOf("500", "and", "", "a b", "\"", "\\", "'", "1e3", "ü", "\\\""), Gen.String[0, 6]);
        var comparison = Gen.Select(name, AnyOf("=", "!=", "~"), text,
            (field, sign, value) => $"{field} {sign} \"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"");
        var order = Gen.Select(name, AnyOf("<", "<=", ">", ">="), Gen.Int[-1000, 1000], (field, sign, value) => $"{field} {sign} {value}");
        var leaf = Gen.OneOf(comparison, order, name);
        Gen<string> Tree(int depth) => depth == 0 ? leaf : Gen.OneOf(
            leaf,
            Gen.Select(Tree(depth - 1), Tree(depth - 1), (left, right) => $"({left}) or ({right})"),
            Gen.Select(Tree(depth - 1), Tree(depth - 1), (left, right) => $"({left}) and ({right})"),
            Tree(depth - 1).Select(inner => $"not ({inner})"));
        Tree(3).Sample(written =>
        {
            var condition = Condition.Parse(written, out var problem);
            Assert.True(condition is not null, $"{written}: {problem}");
            var printed = condition.ToString()!;
            var again = Condition.Parse(printed, out problem);
            Assert.True(again is not null, $"{printed}: {problem}");
            Assert.Equal(printed, again.ToString());
            Assert.Equal(Holds(condition, Combined, Line), Holds(again, Combined, Line));
        }, iter: 5_000);
    }

    [Fact]
    public void A_record_costs_no_allocation()
    {
        var condition = Condition.Parse("status >= 500 and request ~ '/cart' and http_user_agent ~ x and not path = /health", out _)!;
        using var batch = Lines.Batch(Line, Combined);
        var fields = new FieldTable();
        var held = 0;
        void Ask()
        {
            held = 0;
            foreach (var raw in batch)
            {
                var record = new Record(raw, batch, fields);
                Combined.Parse(ref record);
                for (var i = 0; i < 1000; i++)
                {
                    held += condition.Holds(ref record) ? 1 : 0;
                }
            }
        }

        Ask();
        Assert.Equal(0, Allocation.Of(Ask));
        Assert.Equal(1000, held);
    }

    private static Gen<string> AnyOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(index => texts[index]);

    private static bool Holds(string condition, LogParser parser, string line)
    {
        var parsed = Condition.Parse(condition, out var problem);
        Assert.True(parsed is not null, problem);
        return Holds(parsed, parser, line);
    }

    private static bool Holds(Condition condition, LogParser parser, string line)
    {
        using var batch = Lines.Batch(Encoding.UTF8.GetBytes(line), parser);
        foreach (var raw in batch)
        {
            var record = new Record(raw, batch, new FieldTable());
            parser.Parse(ref record);
            return condition.Holds(ref record);
        }

        return false;
    }
}
