using System.Text;
using LogShipper.Tests.Parsing;

namespace LogShipper.Tests.Payloads;

/// <summary>Everybody on the internet writes into access.log: what they write stays inside the field that it belongs to.</summary>
public sealed class ForgedLinesTests
{
    private static readonly string[] Forgeries =
    [
        "\",\"log.level\":\"forged\",\"x\":\"",
        "\\x22,\\x22event.kind\\x22:\\x22forged\\x22,\\x22",
        "\\x22}\\x0A{\\x22create\\x22:{\\x22_index\\x22:\\x22forged\\x22}}\\x0A{\\x22a\\x22:\\x22",
        "}\n{\"create\":{\"_index\":\"forged\"}}\n{\"a\":\"",
        "\u2028\u2029\u0085\\u000a\\n",
        "\\x00\\xff\\xfe\\x1b[2J",
        "\" 200 1 \"-\" \"-\" \"-\"",
        "',forged='1",
        "\\",
    ];

    public static TheoryData<string> Lines => [.. Forgeries];

    [Theory]
    [MemberData(nameof(Lines))]
    public void A_user_agent_makes_one_line_with_the_fields_of_any_other(string agent)
    {
        var parser = Parsing.Lines.Parser("main");
        var line = Encoding.UTF8.GetBytes($"192.0.2.7 - - [01/Jan/2026:00:00:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"{agent.Replace("\n", "\\x0A", StringComparison.Ordinal)}\" \"-\"");
        var document = Documents.Bytes(parser, line);

        Assert.DoesNotContain((byte)'\n', document);
        var plain = Documents.Read(Documents.Bytes(parser, "192.0.2.7 - - [01/Jan/2026:00:00:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"plain\" \"-\""u8)).EnumerateObject().Select(field => field.Name).ToHashSet();

        // A line that no format fits is shipped whole: as a message, and marked.
        plain.UnionWith(["message", "error", "tags"]);
        Assert.All(Documents.Read(document).EnumerateObject(), field => Assert.Contains(field.Name, plain));
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public void A_request_in_an_error_makes_one_line_whose_level_is_nginxs(string request)
    {
        var line = $"2026/01/01 00:00:00 [error] 1#1: *1 open() \"/html/{request}\" failed (2: No such file or directory), client: 192.0.2.7, server: a, request: \"GET /{request} HTTP/1.1\", host: \"a\"";
        var document = Documents.Bytes(Parsing.Lines.Parser("error"), Encoding.UTF8.GetBytes(line.Replace("\n", "\\x0A", StringComparison.Ordinal)));

        Assert.DoesNotContain((byte)'\n', document);
        Assert.Equal("error", Documents.Read(document).At("log.level"));
    }
}
