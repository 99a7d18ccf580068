using System.Globalization;
using System.Text.Json;
using LogShipper.Parsing;
using LogShipper.Payloads;

namespace LogShipper.Tests.Parsing;

public class SharedCasesTests
{
    [Fact]
    public void Every_real_line_gives_the_expected_fields()
    {
        var cases = SharedCase.Load();
        Assert.SkipWhen(cases.Count == 0, "shared/nginx/cases.jsonl is not beside this checkout");

        var failures = new List<string>();
        foreach (var one in cases)
        {
            Check(one, failures);
        }

        Assert.True(failures.Count == 0, $"{failures.Count} fields differ:\n{string.Join('\n', failures.Take(30))}");
    }

    private static void Check(SharedCase one, List<string> failures)
    {
        var parsed = Parsed.Of(Lines.Parser(one.Format), one.Line);
        if (parsed.Fits != one.ShouldParse)
        {
            failures.Add($"{one}: fits: {parsed.Fits}");
            return;
        }

        if (!one.ShouldParse)
        {
            return;
        }

        var expected = one.Json.GetProperty("expected");
        foreach (var property in expected.EnumerateObject())
        {
            var actual = Actual(parsed, property.Name);
            if (!Same(property.Value, actual))
            {
                failures.Add($"{one}\n  {property.Name}: expected {property.Value.GetRawText()}, is {actual}");
            }
        }

        foreach (var name in (ReadOnlySpan<string>)["remote_user", "http_referer", "http_user_agent", "http_x_forwarded_for", "client", "host", "upstream", "referrer", "request"])
        {
            var key = name is "http_referer" ? "referer" : name is "http_user_agent" ? "user_agent" : name is "http_x_forwarded_for" ? "xff" : name;
            if (parsed[name] is { } unexpected && !expected.TryGetProperty(name, out _) && !expected.TryGetProperty(key, out _))
            {
                failures.Add($"{one}\n  {name}: expected to be missing, is {unexpected}");
            }
        }

        if (one.Json.TryGetProperty("expected_decoded", out var decoded))
        {
            foreach (var property in decoded.EnumerateObject().Where(property => property.Name != "uri"))
            {
                if (parsed.Decoded(property.Name) != property.Value.GetString())
                {
                    failures.Add($"{one}\n  decoded {property.Name}: expected {property.Value.GetString()}, is {parsed.Decoded(property.Name)}");
                }
            }
        }
    }

    private static string? Actual(Parsed parsed, string name)
    {
        switch (name)
        {
            case "time" or "time_if_utc":
                return parsed.HasOwnTime ? parsed.Time.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture) + "Z" : null;
            case "method" or "uri" or "protocol" when parsed[name] is null:
                var line = RequestLine.Cut(System.Text.Encoding.UTF8.GetBytes(parsed["request"] ?? ""));
                return System.Text.Encoding.UTF8.GetString(name == "method" ? line.Method : name == "uri" ? line.Uri : line.Protocol);
            case "remote_addr_raw":
                return parsed["remote_addr"];
            case "remote_ip_list":
                return RemoteAddresses(parsed["remote_addr"]!);
            case "host" or "server_port" when parsed["host"] is { } host && parsed["level"] is null:
                HostPort.Cut(System.Text.Encoding.UTF8.GetBytes(host), out var domain, out var port);
                return name == "host" ? System.Text.Encoding.UTF8.GetString(domain) : port.ToString(CultureInfo.InvariantCulture);
            case "request_truncated":
                return parsed.Remarks.HasFlag(RecordRemarks.TruncatedByNginx) ? "true" : "false";
            case var _ when name.EndsWith("_raw", StringComparison.Ordinal):
                return parsed[name[..^4]];
            case var _ when name.EndsWith("_list", StringComparison.Ordinal):
                return List(parsed[name[..^5]]!);
            case var _ when name.EndsWith("_groups", StringComparison.Ordinal):
                return $"[{string.Join(',', parsed[name[..^7]]!.Split(" : ").Select(List))}]";
            default:
                return parsed.Decoded(name) is { } decoded && parsed["level"] is null && decoded.Contains('\\', StringComparison.Ordinal) == false && !parsed[name]!.Contains("\\x", StringComparison.Ordinal)
                    ? decoded : parsed[name]?.Contains("\\x", StringComparison.Ordinal) == true ? parsed[name] : parsed.Decoded(name);
        }
    }

    private static string List(string text) => $"[{string.Join(',', text.Split(", "))}]";

    private static string RemoteAddresses(string text)
    {
        ReadOnlySpan<byte> list = System.Text.Encoding.UTF8.GetBytes(text);
        var addresses = new List<string>();
        while (PeerDocument.TryNextAddress(ref list, out var address))
        {
            addresses.Add(System.Text.Encoding.UTF8.GetString(address));
        }

        return $"[{string.Join(',', addresses)}]";
    }

    private static bool Same(JsonElement expected, string? actual) => expected.ValueKind switch
    {
        JsonValueKind.Null => actual is null or "-",
        JsonValueKind.Number => decimal.TryParse(actual, CultureInfo.InvariantCulture, out var number) && number == expected.GetDecimal(),
        JsonValueKind.True => actual == "true",
        JsonValueKind.Array => SameList(expected, actual),
        _ => expected.GetString() == actual,
    };

    private static bool SameList(JsonElement expected, string? actual)
    {
        if (actual is not ['[', .. var inside, ']'])
        {
            return false;
        }

        var items = expected[0].ValueKind == JsonValueKind.Array ? inside.Split("],").Select(item => item.TrimEnd(']') + "]").ToArray() : inside.Split(',');
        return items.Length == expected.GetArrayLength() && items.Zip(expected.EnumerateArray()).All(pair => Same(pair.Second, pair.First));
    }
}
