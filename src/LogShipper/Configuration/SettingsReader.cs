namespace LogShipper.Configuration;

/// <summary>
/// Walks the layers against the table of <see cref="Settings"/>. The binder of the library would ignore a misspelt key,
/// bind a wrong shape to nothing and stop at the first value that it cannot read; here every fault is told.
/// </summary>
internal sealed class SettingsReader(ProblemList problems)
{
    private const int LongestName = 40;

    /// <summary>Reads all layers, earliest first; the first one holds the presets and names nothing by itself.</summary>
    public SectionValues Read(IReadOnlyList<ConfigurationNode> layers)
    {
        var roots = new List<ConfigurationNode>();
        foreach (var child in layers.SelectMany(layer => layer.Children))
        {
            if (child.Key.Equals(Settings.Root.Name, StringComparison.OrdinalIgnoreCase))
            {
                roots.Add(child);
            }
            else if (child.Key != "$schema")
            {
                problems.Add(child.Path, $"unknown key: everything stands beneath \"{Settings.Root.Name}\"", child.Place);
            }
        }

        return ReadSection(Settings.Root.Name, Settings.Root.Name, Settings.Root.Settings, roots);
    }

    private SectionValues ReadSection(string name, string path, Setting[] settings, IReadOnlyList<ConfigurationNode> nodes)
    {
        var values = new SectionValues(name, path);
        var children = ChildrenByKey(path, nodes);
        foreach (var setting in settings)
        {
            children.Remove(setting.Name, out var written);
            written ??= [];
            switch (setting)
            {
                case Section section:
                    values.Set(section, ReadSection(section.Name, values.PathOf(section), section.Settings, written));
                    break;
                case NamedSections sections:
                    values.Set(sections, ReadNamed(sections, values.PathOf(sections), written));
                    break;
                case ValueSetting value when written.FindLast(node => node.IsSet) is { } node:
                    values.Set(value, node, value.Read(values.PathOf(value), node, problems));
                    break;
                default:
                    break;
            }
        }

        foreach (var (_, unknown) in children)
        {
            // The value is not shown: beneath a misspelt key may stand a password.
            problems.Add($"{path}:{unknown[^1].Key}", $"unknown key{Suggestion(unknown[^1].Key, settings)}", unknown[^1].Place);
        }

        return values;
    }

    private List<SectionValues> ReadNamed(NamedSections sections, string path, List<ConfigurationNode> nodes)
    {
        var named = ChildrenByKey(path, nodes.Where(node => !IsPreset(node)));
        var presets = ChildrenByKey(path, nodes.Where(IsPreset));
        foreach (var (key, written) in named)
        {
            if (!written.Exists(node => node.IsSet))
            {
                named.Remove(key);
            }
        }

        var read = new List<SectionValues>();
        foreach (var (key, written) in named.Count > 0 ? named : presets)
        {
            var name = key.ToLowerInvariant();
            if (!IsName(name))
            {
                problems.Add(
                    path,
                    $"{PrintableText.Quote(key)} cannot name a {sections.Singular}; allowed: 1 to {LongestName} letters, digits and _",
                    written[^1].Place);
                continue;
            }

            var layers = named.Count > 0 && presets.TryGetValue(key, out var preset) ? [.. preset, .. written] : written;
            read.Add(ReadSection(name, $"{path}:{name}", sections.Settings, layers));
        }

        read.Sort((left, right) => string.CompareOrdinal(left.Name, right.Name));
        return read;
    }

    /// <summary>The keys beneath a section in all layers, earliest first; a section that has a value is a problem.</summary>
    private Dictionary<string, List<ConfigurationNode>> ChildrenByKey(string path, IEnumerable<ConfigurationNode> nodes)
    {
        var children = new Dictionary<string, List<ConfigurationNode>>(StringComparer.OrdinalIgnoreCase);
        foreach (var node in nodes)
        {
            if (node.Value is not null || node.Writing.As == WrittenAs.List)
            {
                // Nor is this value shown: nobody knows what it was meant to be.
                problems.Add(path, $"must be a section with keys of its own, not {(node.Writing.As == WrittenAs.List ? "a list" : "a value")}", node.Place);
                if (node.Writing.As == WrittenAs.List)
                {
                    continue;
                }
            }

            foreach (var child in node.Children)
            {
                if (!children.TryGetValue(child.Key, out var layers))
                {
                    children.Add(child.Key, layers = []);
                }

                layers.Add(child);
            }
        }

        return children;
    }

    private static string Suggestion(string key, Setting[] siblings)
    {
        if (Spelling.Nearest(key, siblings.Select(setting => setting.Name)) is { } nearest)
        {
            return $"; did you mean {nearest}?";
        }

        return Elsewhere(key, Settings.Root, Settings.Root.Name) is { } elsewhere
            ? $"; did you mean {elsewhere}?"
            : $"; known here: {string.Join(", ", siblings.Select(setting => setting.Name))}";
    }

    /// <summary>Where in the whole table a key of this name is at home.</summary>
    private static string? Elsewhere(string key, Setting setting, string path)
    {
        var (settings, prefix) = setting switch
        {
            Section section => (section.Settings, path),
            NamedSections sections => (sections.Settings, $"{path}:<{sections.Singular}>"),
            _ => ([], path),
        };
        foreach (var child in settings)
        {
            var childPath = $"{prefix}:{child.Name}";
            if (child.Name.Equals(key, StringComparison.OrdinalIgnoreCase))
            {
                return childPath;
            }

            if (Elsewhere(key, child, childPath) is { } deeper)
            {
                return deeper;
            }
        }

        return null;
    }

    private static bool IsPreset(ConfigurationNode node) => node.Place == ConfigurationLayer.PresetPlace;

    private static bool IsName(string name) =>
        name.Length is > 0 and <= LongestName && name.All(character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character == '_');
}
