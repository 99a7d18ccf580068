using System.Text.Json;
using LogShipper.Configuration;

namespace LogShipper.Tests.Configuration;

/// <summary>Holds <c>docs/logshipper.schema.json</c> to the table of settings, and the schema to the loader. With LOGSHIPPER_WRITE_DOCS=1 it writes the file instead.</summary>
public sealed class ConfigurationSchemaTests
{
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    private static readonly string Folder = Path.Combine(DocumentationTests.RepositoryRoot(), "docs");

    /// <summary>What stands under LogShipper, whether both take it, and where the key or value at fault is.</summary>
    public static TheoryData<string, bool> Cases => new()
    {
        { "{}", true },
        { """{ "Interval": "30s" }""", true },
        { """{ "Interval": "500ms" }""", true },
        { """{ "Interval": "00:00:30" }""", true },
        { """{ "Interval": "0:00:00.5" }""", true },
        { """{ "Interval": "30" }""", false },
        { """{ "Interval": 30 }""", false },
        { """{ "Interval": "30 s" }""", false },
        { """{ "Interval": "24:00:00" }""", false },
        { """{ "Interval": ["30s"] }""", false },
        { """{ "Intervall": "30s" }""", false },
        { """{ "MemoryBudget": "32MiB" }""", true },
        { """{ "MemoryBudget": "32Mi" }""", true },
        { """{ "MemoryBudget": "32mb" }""", true },
        { """{ "MemoryBudget": 33554432 }""", true },
        { """{ "MemoryBudget": "32M" }""", false },
        { """{ "MemoryBudget": "lots" }""", false },
        { """{ "MemoryBudget": 1 }""", false },
        { """{ "MemoryBudget": { "Bytes": 1 } }""", false },
        { """{ "StateDirectory": "" }""", false },
        { """{ "Instance": "" }""", true },
        { """{ "Instance": "a\nb" }""", false },
        { """{ "Admin": { "Port": 9700 } }""", true },
        { """{ "Admin": { "Port": "9700" } }""", true },
        { """{ "Admin": { "Port": 70000 } }""", false },
        { """{ "Admin": { "Port": 1.5 } }""", false },
        { """{ "Admin": { "Port": "http" } }""", false },
        { """{ "Admin": { "Enabled": false } }""", true },
        { """{ "Admin": { "Enabled": "false" } }""", true },
        { """{ "Admin": { "Enabled": 0 } }""", false },
        { """{ "Admin": { "Enabled": "no" } }""", false },
        { """{ "Admin": { "Address": "::1" } }""", true },
        { """{ "Admin": { "Address": "localhost" } }""", false },
        { """{ "Admin": { "Adress": "::1" } }""", false },
        { """{ "Admin": "on" }""", false },
        { """{ "Admin": [] }""", false },
        { """{ "Logs": { "access": {} } }""", true },
        { """{ "Logs": { "sites": { "Path": "/var/log/nginx/*.log", "Format": "main" } } }""", true },
        { """{ "Logs": { "sites": { "Path": "/var/log/nginx/*.log", "Format": ["main", "combined"] } } }""", true },
        { """{ "Logs": { "access": { "Format": [] } } }""", false },
        { """{ "Logs": { "access": { "Format": "" } } }""", false },
        { """{ "Logs": { "access": { "Format": { "0": "main" } } } }""", false },
        { """{ "Logs": { "the-site": { "Path": "/a.log", "Format": "main" } } }""", false },
        { """{ "Logs": { "access": { "Paths": "/a.log" } } }""", false },
        { """{ "Logs": { "access": { "TimeZone": "" } } }""", false },
        { """{ "Logs": ["access"] }""", false },
        { """{ "Sinks": { "stdout": { "Layout": "json" } } }""", true },
        { """{ "Sinks": { "out": { "Type": "stdout", "Layout": "json" } } }""", true },
        { """{ "Sinks": { "out": { "Type": "stdout", "Layout": "xml" } } }""", false },
        { """{ "Sinks": { "out": { "Type": "standardout" } } }""", false },
        { """{ "Sinks": { "out": { "Type": "stdout", "Nodes": ["http://es:9200"] } } }""", false },
        { """{ "Sinks": { "es": { "Type": "elasticsearch", "Nodes": ["https://es:9200/prefix"] } } }""", true },
        { """{ "Sinks": { "es": { "Type": "elasticsearch", "Nodes": "https://es:9200" } } }""", false },
        { """{ "Sinks": { "es": { "Type": "elasticsearch", "Nodes": ["es:9200"] } } }""", false },
        { """{ "Sinks": { "es": { "Type": "elasticsearch", "Nodes": ["https://me:secret@es:9200"] } } }""", false },
        { """{ "Sinks": { "es": { "Type": "elasticsearch", "Nodes": ["https://es:9200?a=b"] } } }""", false },
        { """{ "Sinks": { "es": { "Type": "elasticsearch", "Nodes": [] } } }""", false },
        { """{ "Sinks": { "es": { "Type": "elasticsearch", "Nodes": [["https://es:9200"]] } } }""", false },
        { """{ "Sinks": { "es": { "Type": "elasticsearch", "Nodes": ["https://es:9200"], "Layout": "raw" } } }""", false },
        { """{ "Sinks": { "es": { "Type": "elasticsearch", "Nodes": ["https://es:9200"], "ApiKey": "a b" } } }""", false },
        { """{ "Sinks": { "es": { "Type": "elasticsearch", "Nodes": ["https://es:9200"], "ApiKey": "YTpi" } } }""", true },
        { """{ "Sinks": { "es": { "Type": "elasticsearch", "Nodes": ["https://es:9200"], "Username": "a:b", "Password": "p" } } }""", false },
        { """{ "Sinks": { "es": { "Type": "elasticsearch", "Nodes": ["https://es:9200"], "Username": "a", "Password": "p" } } }""", true },
        { """{ "Sinks": { "es": { "Type": "elasticsearch", "Nodes": ["https://es:9200"], "MaxInFlight": 17 } } }""", false },
        { """{ "Sinks": { "es": { "Type": "elasticsearch", "Nodes": ["https://es:9200"], "Logs": ["access"] } } }""", true },
        { """{ "Sinks": { "es": { "Type": "elasticsearch", "Nodes": ["https://es:9200"], "Logs": "access" } } }""", false },
        { """{ "DeadLetters": { "WhenFull": "drop-oldest" } }""", true },
        { """{ "DeadLetters": { "WhenFull": "drop" } }""", false },
        { """{ "Diagnostics": { "Level": "Debug", "Format": "text" } }""", true },
        { """{ "Diagnostics": { "Level": "Trace" } }""", false },
        { """ "text" """, false },
    };

    [Fact]
    public void The_schema_beside_the_documentation_is_that_of_the_settings()
    {
        var path = Path.Combine(Folder, "logshipper.schema.json");
        var expected = ConfigurationSchema.Write();
        if (Environment.GetEnvironmentVariable("LOGSHIPPER_WRITE_DOCS") == "1")
        {
            File.WriteAllText(path, expected);
            return;
        }

        Assert.Equal(expected, File.ReadAllText(path).ReplaceLineEndings("\n"));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_schema_takes_what_the_loader_takes(string settings, bool isGood)
    {
        var json = $$"""{ "$schema": "./logshipper.schema.json", "LogShipper": {{settings}} }""";

        var problems = new FakeSurroundings().Load(json).Problems;
        var faults = Validate(json);

        Assert.True(isGood == (problems.Count == 0), $"The loader says: {string.Join("; ", problems)}");
        Assert.True(isGood == (faults.Count == 0), $"The schema says: {string.Join("; ", faults)}");
    }

    [Fact]
    public void The_schema_and_the_loader_take_the_example_of_every_setting()
    {
        var json = File.ReadAllText(Path.Combine(Folder, "logshipper.example.jsonc"));

        Assert.Empty(Validate(json));
        Assert.Empty(new FakeSurroundings().Load(json).Problems);
    }

    [Fact]
    public void The_example_names_every_setting()
    {
        using var example = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "logshipper.example.jsonc")), Lenient);
        var text = example.RootElement.GetRawText();
        Assert.All(Names(Settings.Root), name => Assert.Contains($"\"{name}\"", text, StringComparison.Ordinal));
    }

    [Fact]
    public void The_schema_takes_the_examples_of_the_documentation()
    {
        var blocks = File.ReadAllText(Path.Combine(Folder, "configuration.md")).ReplaceLineEndings("\n").Split("```jsonc\n").Skip(1);
        Assert.All(blocks, block => Assert.Empty(Validate(block[..block.IndexOf("```", StringComparison.Ordinal)])));
    }

    [Fact]
    public void Secrets_are_only_written()
    {
        using var schema = JsonDocument.Parse(ConfigurationSchema.Write());
        var sink = schema.RootElement.GetProperty("$defs").GetProperty("sink").GetProperty("properties");
        foreach (var setting in Settings.Sinks.Settings.OfType<ValueSetting>())
        {
            Assert.Equal(setting.IsSecret, sink.GetProperty(setting.Name).TryGetProperty("writeOnly", out var writeOnly) && writeOnly.GetBoolean());
        }
    }

    [Fact]
    public void Every_default_and_example_of_the_schema_passes_it()
    {
        using var schema = JsonDocument.Parse(ConfigurationSchema.Write());
        Check(schema.RootElement);

        static void Check(JsonElement element)
        {
            if (element.ValueKind != JsonValueKind.Object)
            {
                return;
            }

            if (element.TryGetProperty("default", out var value))
            {
                Assert.Empty(new SchemaValidator(element).Validate(value));
            }

            if (element.TryGetProperty("examples", out var examples))
            {
                Assert.All(examples.EnumerateArray(), example => Assert.Empty(new SchemaValidator(element).Validate(example)));
            }

            foreach (var member in element.EnumerateObject())
            {
                Check(member.Value);
            }
        }
    }

    /// <summary>A pattern cannot say how long is too long: the description must, and what an editor offers must be taken.</summary>
    [Fact]
    public void Of_every_duration_and_size_the_description_tells_the_range_and_the_examples_are_within_it()
    {
        using var schema = JsonDocument.Parse(ConfigurationSchema.Write());
        var root = schema.RootElement.GetProperty("properties").GetProperty(Settings.Root.Name);
        var seen = 0;
        Check(Settings.Root, root, "");
        Assert.True(seen >= 8, $"{seen} were seen");

        void Check(Section section, JsonElement element, string prefix)
        {
            foreach (var setting in section.Settings)
            {
                var shown = element.GetProperty("properties").GetProperty(setting.Name);
                switch (setting)
                {
                    case Section inner:
                        Check(inner, shown, $"{prefix}{inner.Name}:");
                        break;
                    case ValueSetting<TimeSpan> or ValueSetting<long>:
                        var value = (ValueSetting)setting;
                        Assert.Contains($"Allowed: {value.Range}.", shown.GetProperty("description").GetString(), StringComparison.Ordinal);
                        foreach (var example in shown.GetProperty("examples").EnumerateArray())
                        {
                            var problems = new FakeSurroundings().Load(null, $"{prefix}{setting.Name}={example.GetString()}").Problems;

                            // One is too small for what the others are, but is within its range.
                            Assert.DoesNotContain(problems, problem => !problem.Message.Contains("shared by", StringComparison.Ordinal));
                        }

                        seen++;
                        break;
                }
            }
        }
    }

    private static IReadOnlyList<string> Validate(string json)
    {
        using var schema = JsonDocument.Parse(ConfigurationSchema.Write());
        using var instance = JsonDocument.Parse(json, Lenient);
        return new SchemaValidator(schema.RootElement).Validate(instance.RootElement);
    }

    private static IEnumerable<string> Names(Setting setting) => setting switch
    {
        Section section => section.Settings.SelectMany(Names).Prepend(section.Name),
        NamedSections sections => sections.Settings.SelectMany(Names).Prepend(sections.Name),
        _ => [setting.Name],
    };
}
