using System.Text.Json;

namespace LogShipper.Configuration;

/// <summary>One key that the configuration may have.</summary>
/// <param name="Name">The last part of its key.</param>
/// <param name="Meaning">One sentence for the documentation.</param>
internal abstract record Setting(string Name, string Meaning);

/// <summary>A key under which other keys stand.</summary>
internal sealed record Section(string Name, string Meaning, params Setting[] Settings) : Setting(Name, Meaning);

/// <summary>A key under which sections with names of the user's choice stand, all of one shape.</summary>
/// <param name="Name">The last part of its key.</param>
/// <param name="Meaning">One sentence for the documentation.</param>
/// <param name="Settings">The shape of each section.</param>
internal sealed record NamedSections(string Name, string Meaning, params Setting[] Settings) : Setting(Name, Meaning)
{
    /// <summary>What one of them is called: <c>log</c>, <c>sink</c>.</summary>
    public required string Singular { get; init; }
}

/// <summary>A key that has a value (or a list of them).</summary>
internal abstract record ValueSetting(string Name, string Meaning) : Setting(Name, Meaning)
{
    /// <summary>Never printed.</summary>
    public bool IsSecret { get; init; }

    /// <summary>There is no default: it must be set.</summary>
    public bool IsRequired { get; init; }

    /// <summary>The names for which a required value is built in, for the documentation.</summary>
    public string BuiltInFor { get; init; } = "";

    /// <summary>The type of sink that has it; null: all.</summary>
    public SinkType? OnlyFor { get; init; }

    public abstract string Kind { get; }

    public abstract string Range { get; }

    public abstract string Allowed { get; }

    public abstract string DefaultText { get; }

    /// <summary>What is allowed and what holds when it is not set: the members of a JSON schema that has been begun.</summary>
    public abstract void WriteSchema(Utf8JsonWriter schema);

    /// <summary>Its value in the layer that holds, or null with the problem added.</summary>
    public abstract object? Read(string path, ConfigurationNode node, ProblemList problems);

    protected void Refuse(string path, ConfigurationNode node, bool mayShow, string fault, ProblemList problems) =>
        problems.AddValue(path, node.Value ?? "", IsSecret || !mayShow, fault, Allowed, node.Place);
}

/// <summary>A key with one value.</summary>
internal sealed record ValueSetting<T>(string Name, SettingKind<T> ValueKind, T Default, string Meaning) : ValueSetting(Name, Meaning)
    where T : notnull
{
    public override string Kind => ValueKind.Name;

    public override string Range => ValueKind.Range;

    public override string Allowed => ValueKind.Allowed;

    public override string DefaultText => ValueKind.Write(Default);

    public override void WriteSchema(Utf8JsonWriter schema)
    {
        ValueKind.WriteSchema(schema);
        if (!IsRequired)
        {
            schema.WritePropertyName("default");
            ValueKind.WriteJson(schema, Default);
        }
    }

    public override object? Read(string path, ConfigurationNode node, ProblemList problems)
    {
        if (node.Children.Count > 0 || node.Value is null)
        {
            problems.Add(path, $"must be one value, not {(node.Writing.As == WrittenAs.List ? "a list" : "a section")}; allowed: {Allowed}", node.Place);
            return null;
        }

        if (ValueKind.TryRead(node.Value, out var value, out var fault))
        {
            return value;
        }

        Refuse(path, node, ValueKind.MayShow(node.Value), fault, problems);
        return null;
    }
}

/// <summary>A key with a list of values.</summary>
internal sealed record ListSetting<T>(string Name, SettingKind<T> ItemKind, T[] Default, string Meaning) : ValueSetting(Name, Meaning)
    where T : notnull
{
    /// <summary>Whether a single text stands for a list of one.</summary>
    public bool TakesSingle { get; init; }

    /// <summary>What an empty default means, for the documentation.</summary>
    public string EmptyMeans { get; init; } = "";

    public override string Kind => TakesSingle ? $"{ItemKind.Name}, or list of them" : $"list of {ItemKind.Name}s";

    public override string Range => ItemKind.Range;

    public override string Allowed => TakesSingle
        ? $"{ItemKind.Allowed}, or a list of them"
        : $"a list, as in [\"…\", \"…\"] or with a number after each key ({Name}__0, {Name}__1), of {ItemKind.Allowed}";

    public override void WriteSchema(Utf8JsonWriter schema)
    {
        if (TakesSingle)
        {
            schema.WriteStartArray("anyOf");
            schema.WriteStartObject();
            ItemKind.WriteSchema(schema);
            schema.WriteEndObject();
            schema.WriteStartObject();
            WriteListSchema(schema);
            schema.WriteEndObject();
            schema.WriteEndArray();
        }
        else
        {
            WriteListSchema(schema);
        }
    }

    public override string DefaultText => Default.Length == 0 ? EmptyMeans : string.Join(", ", Default.Select(ItemKind.Write));

    public override object? Read(string path, ConfigurationNode node, ProblemList problems)
    {
        if (node.Value is not null && node.Children.Count > 0)
        {
            problems.Add(path, $"has a value of its own beside numbered ones; allowed: {Allowed}", node.Place);
            return null;
        }

        if (node.Value is not null)
        {
            return ReadSingle(path, node, problems);
        }

        if (node.Writing.As == WrittenAs.Object)
        {
            problems.Add(path, $"must be a list, not a section; allowed: {Allowed}", node.Place);
            return null;
        }

        var items = new List<T>(node.Children.Count);
        var sound = true;
        var index = 0;
        foreach (var child in node.Children)
        {
            if (!AreNumbered(path, child, index++, problems))
            {
                return null;
            }

            sound &= TryReadItem($"{path}:{child.Key}", child, items, problems);
        }

        return sound ? items.ToArray() : null;
    }

    private void WriteListSchema(Utf8JsonWriter schema)
    {
        schema.WriteString("type", "array");
        schema.WriteNumber("minItems", 1);
        schema.WriteStartObject("items");
        ItemKind.WriteSchema(schema);
        schema.WriteEndObject();
    }

    private T[]? ReadSingle(string path, ConfigurationNode node, ProblemList problems)
    {
        var items = new List<T>(1);
        if (!TakesSingle)
        {
            Refuse(path, node, ItemKind.MayShow(node.Value ?? ""), "must be a list, not a single value", problems);
            return null;
        }

        return TryReadItem(path, node, items, problems) ? items.ToArray() : null;
    }

    /// <summary>Numbers with gaps are nearly always somebody's wish to change one item of an earlier layer's list.</summary>
    private static bool AreNumbered(string path, ConfigurationNode child, int index, ProblemList problems)
    {
        if (child.Key == index.ToString(System.Globalization.CultureInfo.InvariantCulture))
        {
            return true;
        }

        problems.Add(
            path,
            $"is a list: its items are numbered 0, 1, 2 …, without gaps; {PrintableText.Quote(child.Key)} stands where {index} should (a later layer replaces the whole list)",
            child.Place);
        return false;
    }

    private bool TryReadItem(string path, ConfigurationNode node, List<T> items, ProblemList problems)
    {
        if (node.Children.Count > 0 || node.Value is null)
        {
            problems.Add(path, $"must be one value; allowed: {ItemKind.Allowed}", node.Place);
            return false;
        }

        if (!ItemKind.TryRead(node.Value, out var item, out var fault))
        {
            Refuse(path, node, ItemKind.MayShow(node.Value), fault, problems);
            return false;
        }

        items.Add(item);
        return true;
    }
}
