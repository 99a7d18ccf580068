using System.Text;
using System.Text.Json;
using LogShipper.Parsing;

namespace LogShipper.Tests.Parsing;

/// <summary>One real line with the fields that are expected of it.</summary>
internal sealed record SharedCase(int Number, JsonElement Json)
{
    private const string Combined = LogFormatCompiler.Combined;

    public string Kind => Json.GetProperty("kind").GetString()!;

    public bool ShouldParse => !Json.TryGetProperty("should_parse", out var value) || value.GetBoolean();

    public byte[] Line => Json.TryGetProperty("line_b64", out var base64)
        ? base64.GetBytesFromBase64()
        : Encoding.UTF8.GetBytes(Json.GetProperty("line").GetString()!);

    /// <summary>The format of the line as nginx's configuration would have it.</summary>
    public string Format
    {
        get
        {
            if (Kind == "error")
            {
                return "error";
            }

            var format = Json.GetProperty("format").GetString()!;
            return format switch
            {
                "combined ratio" => $"{Combined} \"$gzip_ratio\"",
                "ingress_upstreaminfo" => $"{Combined} $request_length $request_time [$proxy_upstream_name] [$proxy_alternative_upstream_name] " +
                    "$upstream_addr $upstream_response_length $upstream_response_time $upstream_status $req_id",
                "vhost combined" => $"$host {Combined}",
                "vhost main" => $"$host {LogFormatCompiler.Main}",
                _ when format.StartsWith("fluentd", StringComparison.Ordinal) => "$remote_addr $host $remote_user [$time_local] \"$request\" $status " +
                    "$body_bytes_sent \"$http_referer\" \"$http_user_agent\" $http_x_forwarded_for",
                _ when format.StartsWith("json", StringComparison.Ordinal) => "json",
                _ when format.StartsWith("custom: combined + ", StringComparison.Ordinal) => $"{Combined} {format["custom: combined + ".Length..]}",
                _ => format,
            };
        }
    }

    public static IReadOnlyList<SharedCase> Load()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            var path = Path.Combine(directory.FullName, "shared", "nginx", "cases.jsonl");
            if (File.Exists(path))
            {
                return [.. File.ReadLines(path).Select((line, number) => new SharedCase(number, JsonDocument.Parse(line).RootElement))];
            }
        }

        return [];
    }

    public override string ToString() => $"case {Number}: {Encoding.UTF8.GetString(Line)}";
}
