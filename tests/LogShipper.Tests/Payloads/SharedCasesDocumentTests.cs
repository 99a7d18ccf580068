using System.Text.Json;
using LogShipper.Tests.Parsing;

namespace LogShipper.Tests.Payloads;

public class SharedCasesDocumentTests
{
    [Fact]
    public void Every_real_line_becomes_a_strict_document_with_a_message()
    {
        var cases = SharedCase.Load();
        Assert.SkipWhen(cases.Count == 0, "shared/nginx/cases.jsonl is not beside this checkout");
        foreach (var one in cases)
        {
            var document = Documents.Of(Lines.Parser(one.Format), one.Line, keepOriginal: true);
            Assert.NotNull(document.At("message"));
            Assert.NotNull(document.At("event.original"));
        }
    }

    [Fact]
    public void Documents_have_the_fields_that_the_integration_gives_them()
    {
        var cases = SharedCase.Load();
        Assert.SkipWhen(cases.Count == 0, "shared/nginx/cases.jsonl is not beside this checkout");
        var failures = new List<string>();
        foreach (var one in cases)
        {
            if (!one.Json.TryGetProperty("peer_expected", out var peer) || !peer.GetProperty("schema").GetString()!.StartsWith("ECS", StringComparison.Ordinal))
            {
                continue;
            }

            var document = Documents.Of(Lines.Parser(one.Format), one.Line);
            foreach (var field in peer.GetProperty("fields").EnumerateObject())
            {
                var expected = field.Value.ValueKind == JsonValueKind.String ? field.Value.GetString() : JsonSerializer.Serialize(field.Value);
                if (document.At(field.Name) != expected)
                {
                    failures.Add($"{one}\n  {field.Name}: expected {expected}, is {document.At(field.Name)}");
                }
            }
        }

        Assert.True(failures.Count == 0, $"{failures.Count} fields differ:\n{string.Join('\n', failures.Take(60))}");
    }
}
