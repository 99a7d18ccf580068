using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LogShipper.Configuration;

/// <summary>
/// The table of <see cref="Settings"/> as a JSON schema (draft 2020-12), so that editors complete and check a
/// configuration while it is written. It knows one spelling where the loader is lenient (upper and lower case), and
/// nothing of the other layers: what must be set may be set there.
/// </summary>
internal static class ConfigurationSchema
{
    public static string Write()
    {
        using var buffer = new MemoryStream();
        using (var schema = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            WriteRoot(schema);
        }

        return Encoding.UTF8.GetString(buffer.ToArray()) + "\n";
    }

    /// <summary>A member that is a list of texts.</summary>
    public static void WriteStrings(this Utf8JsonWriter schema, string name, params ReadOnlySpan<string> values)
    {
        schema.WriteStartArray(name);
        foreach (var value in values)
        {
            schema.WriteStringValue(value);
        }

        schema.WriteEndArray();
    }

    private static void WriteRoot(Utf8JsonWriter schema)
    {
        schema.WriteStartObject();
        schema.WriteString("$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.WriteString("title", "Configuration of LogShipper");
        schema.WriteString("description", "A file for --config. Comments and trailing commas are allowed.");
        schema.WriteString("type", "object");
        schema.WriteStartObject("properties");
        schema.WriteStartObject("$schema");
        schema.WriteString("description", "For editors; LogShipper does not read it.");
        schema.WriteString("type", "string");
        schema.WriteEndObject();
        WriteSection(schema, Settings.Root);
        schema.WriteEndObject();
        schema.WriteBoolean("additionalProperties", false);
        schema.WriteStartObject("$defs");
        foreach (var sections in Settings.Root.Settings.OfType<NamedSections>())
        {
            WriteShape(schema, sections);
        }

        schema.WriteEndObject();
        schema.WriteEndObject();
    }

    private static void WriteSection(Utf8JsonWriter schema, Section section)
    {
        schema.WriteStartObject(section.Name);
        schema.WriteString("description", section.Meaning);
        WriteObject(schema, section.Settings);
        schema.WriteEndObject();
    }

    private static void WriteObject(Utf8JsonWriter schema, Setting[] settings)
    {
        schema.WriteString("type", "object");
        schema.WriteStartObject("properties");
        foreach (var setting in settings)
        {
            switch (setting)
            {
                case Section section:
                    WriteSection(schema, section);
                    break;
                case NamedSections sections:
                    WriteNamed(schema, sections);
                    break;
                case ValueSetting value:
                    schema.WriteStartObject(value.Name);
                    schema.WriteString("description", Describe(value));
                    value.WriteSchema(schema);
                    if (value.IsSecret)
                    {
                        schema.WriteBoolean("writeOnly", true);
                    }

                    schema.WriteEndObject();
                    break;
            }
        }

        schema.WriteEndObject();
        schema.WriteBoolean("additionalProperties", false);
    }

    /// <summary>Names of the user's choice; the built-in ones are named, so that an editor offers them.</summary>
    private static void WriteNamed(Utf8JsonWriter schema, NamedSections sections)
    {
        schema.WriteStartObject(sections.Name);
        schema.WriteString("description", $"{sections.Meaning} A name is 1 to 40 letters, digits and _; changing it starts the {sections.Singular} from the beginning. If one is named, only the named ones exist.");
        schema.WriteString("type", "object");
        schema.WriteStartObject("properties");
        foreach (var name in Settings.PresetNames(sections))
        {
            WriteReference(schema, name, sections);
        }

        schema.WriteEndObject();
        schema.WriteStartObject("patternProperties");
        WriteReference(schema, "^[A-Za-z0-9_]{1,40}$", sections);
        schema.WriteEndObject();
        schema.WriteBoolean("additionalProperties", false);
        schema.WriteEndObject();
    }

    private static void WriteReference(Utf8JsonWriter schema, string name, NamedSections sections)
    {
        schema.WriteStartObject(name);
        schema.WriteString("$ref", $"#/$defs/{sections.Singular}");
        schema.WriteEndObject();
    }

    private static void WriteShape(Utf8JsonWriter schema, NamedSections sections)
    {
        schema.WriteStartObject(sections.Singular);
        WriteObject(schema, sections.Settings);
        var types = sections.Settings.OfType<ValueSetting>().Select(setting => setting.OnlyFor).OfType<SinkType>().Distinct().ToList();
        if (types.Count > 0)
        {
            schema.WriteStartArray("allOf");
            types.ForEach(type => WriteForeign(schema, sections, type));
            schema.WriteEndArray();
        }

        schema.WriteEndObject();
    }

    /// <summary>A sink of one type has no settings of another.</summary>
    private static void WriteForeign(Utf8JsonWriter schema, NamedSections sections, SinkType type)
    {
        schema.WriteStartObject();
        schema.WriteStartObject("if");
        schema.WriteStartObject("properties");
        schema.WriteStartObject(Settings.Type.Name);
        schema.WriteString("const", Settings.Type.ValueKind.Write(type));
        schema.WriteEndObject();
        schema.WriteEndObject();
        schema.WriteStrings("required", Settings.Type.Name);
        schema.WriteEndObject();
        schema.WriteStartObject("then");
        schema.WriteStartObject("properties");
        foreach (var setting in sections.Settings.OfType<ValueSetting>().Where(setting => setting.OnlyFor is { } owner && owner != type))
        {
            schema.WriteBoolean(setting.Name, false);
        }

        schema.WriteEndObject();
        schema.WriteEndObject();
        schema.WriteEndObject();
    }

    private static string Describe(ValueSetting setting) => string.Concat(
    [
        setting.Meaning,
        setting.Range.Length > 0 ? $" Allowed: {setting.Range}." : "",
        setting.IsRequired ? $" Must be set{(setting.BuiltInFor.Length > 0 ? $"; built in for {setting.BuiltInFor}" : "")}." : "",
        setting is { IsRequired: false, DefaultText: var text } && text.Contains(' ', StringComparison.Ordinal) ? $" Default: {text}." : "",
        setting.IsSecret ? " A secret: better in the environment or in a file." : "",
    ]);
}
