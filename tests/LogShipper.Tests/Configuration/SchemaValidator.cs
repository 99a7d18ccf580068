using System.Text.Json;
using System.Text.RegularExpressions;

namespace LogShipper.Tests.Configuration;

/// <summary>As much of JSON Schema (draft 2020-12) as our schema uses; a keyword that it does not know is a failure, not a pass.</summary>
internal sealed class SchemaValidator(JsonElement root)
{
    private static readonly HashSet<string> Annotations = new(StringComparer.Ordinal) { "$schema", "$defs", "title", "description", "default", "examples", "writeOnly", "format" };

    /// <summary>What is wrong, each with its place.</summary>
    public IReadOnlyList<string> Validate(JsonElement instance)
    {
        var faults = new List<string>();
        Validate(root, instance, "", faults);
        return faults;
    }

    private void Validate(JsonElement schema, JsonElement instance, string path, List<string> faults)
    {
        if (schema.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            Require(schema.ValueKind == JsonValueKind.True, "is not allowed");
            return;
        }

        foreach (var keyword in schema.EnumerateObject())
        {
            var value = keyword.Value;
            switch (keyword.Name)
            {
                case "$ref":
                    Validate(Resolve(value.GetString()!), instance, path, faults);
                    break;
                case "type":
                    Require(value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Any(HasType) : HasType(value), "has the wrong type");
                    break;
                case "enum":
                    Require(value.EnumerateArray().Any(choice => JsonElement.DeepEquals(choice, instance)), "is none of the choices");
                    break;
                case "const":
                    Require(JsonElement.DeepEquals(value, instance), "is another value");
                    break;
                case "pattern":
                    Require(instance.ValueKind != JsonValueKind.String || Matches(instance.GetString()!, value.GetString()!), "does not match the pattern");
                    break;
                case "minLength":
                    Require(instance.ValueKind != JsonValueKind.String || instance.GetString()!.Length >= value.GetInt32(), "is too short");
                    break;
                case "maxLength":
                    Require(instance.ValueKind != JsonValueKind.String || instance.GetString()!.Length <= value.GetInt32(), "is too long");
                    break;
                case "minimum":
                    Require(instance.ValueKind != JsonValueKind.Number || instance.GetDouble() >= value.GetDouble(), "is too small");
                    break;
                case "maximum":
                    Require(instance.ValueKind != JsonValueKind.Number || instance.GetDouble() <= value.GetDouble(), "is too large");
                    break;
                case "minItems":
                    Require(instance.ValueKind != JsonValueKind.Array || instance.GetArrayLength() >= value.GetInt32(), "has too few items");
                    break;
                case "items" when instance.ValueKind == JsonValueKind.Array:
                    foreach (var (index, item) in instance.EnumerateArray().Index())
                    {
                        Validate(value, item, $"{path}/{index}", faults);
                    }

                    break;
                case "required":
                    Require(instance.ValueKind != JsonValueKind.Object || value.EnumerateArray().All(name => instance.TryGetProperty(name.GetString()!, out _)), "lacks a key");
                    break;
                case "properties" or "patternProperties" or "additionalProperties":
                    ValidateMembers(schema, keyword, instance, path, faults);
                    break;
                case "allOf":
                    foreach (var part in value.EnumerateArray())
                    {
                        Validate(part, instance, path, faults);
                    }

                    break;
                case "anyOf":
                    Require(value.EnumerateArray().Any(part => Passes(part, instance)), "is none of the forms");
                    break;
                case "if":
                    if (Passes(value, instance) && schema.TryGetProperty("then", out var then))
                    {
                        Validate(then, instance, path, faults);
                    }

                    break;
                case "items" or "then":
                    break;
                default:
                    Assert.True(Annotations.Contains(keyword.Name), $"The validator does not know the keyword {keyword.Name}.");
                    break;
            }
        }

        bool HasType(JsonElement name) => name.GetString() switch
        {
            "object" => instance.ValueKind == JsonValueKind.Object,
            "array" => instance.ValueKind == JsonValueKind.Array,
            "string" => instance.ValueKind == JsonValueKind.String,
            "integer" => instance.ValueKind == JsonValueKind.Number && instance.GetDouble() % 1 == 0,
            _ => throw new NotSupportedException(name.GetString()),
        };

        void Require(bool holds, string fault)
        {
            if (!holds)
            {
                faults.Add($"{path} {fault}");
            }
        }
    }

    private void ValidateMembers(JsonElement schema, JsonProperty keyword, JsonElement instance, string path, List<string> faults)
    {
        if (instance.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach (var member in instance.EnumerateObject())
        {
            var isProperty = schema.TryGetProperty("properties", out var properties) & properties.ValueKind == JsonValueKind.Object && properties.TryGetProperty(member.Name, out _);
            var patterns = schema.TryGetProperty("patternProperties", out var known) ? known.EnumerateObject().Where(pattern => Matches(member.Name, pattern.Name)).ToArray() : [];
            switch (keyword.Name)
            {
                case "properties" when isProperty:
                    Validate(properties.GetProperty(member.Name), member.Value, $"{path}/{member.Name}", faults);
                    break;
                case "patternProperties":
                    Array.ForEach(patterns, pattern => Validate(pattern.Value, member.Value, $"{path}/{member.Name}", faults));
                    break;
                case "additionalProperties" when !isProperty && patterns.Length == 0:
                    Validate(keyword.Value, member.Value, $"{path}/{member.Name}", faults);
                    break;
            }
        }
    }

    /// <summary>In a schema $ is the very end; here it would also stand before a line break there.</summary>
    private static bool Matches(string text, string pattern) =>
        Regex.IsMatch(text, pattern.EndsWith('$') ? pattern[..^1] + "\\z" : pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    private bool Passes(JsonElement schema, JsonElement instance)
    {
        var faults = new List<string>();
        Validate(schema, instance, "", faults);
        return faults.Count == 0;
    }

    private JsonElement Resolve(string reference) =>
        reference.Split('/').Skip(1).Aggregate(root, (element, part) => element.GetProperty(part));
}
