namespace LogShipper.Configuration;

/// <summary>What was read for one section: typed values, and where they were written.</summary>
internal sealed class SectionValues(string name, string path)
{
    private readonly Dictionary<Setting, object> _values = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Setting, ConfigurationNode> _written = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Setting, SectionValues> _sections = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Setting, List<SectionValues>> _named = new(ReferenceEqualityComparer.Instance);

    /// <summary>The last part of its key; of a log or sink, its name.</summary>
    public string Name { get; } = name;

    public string Path { get; } = path;

    /// <summary>The value, or the default where none was set (or none that can be read: that is a problem already).</summary>
    public T Get<T>(ValueSetting<T> setting)
        where T : notnull => _values.TryGetValue(setting, out var value) ? (T)value : setting.Default;

    public IReadOnlyList<T> Get<T>(ListSetting<T> setting)
        where T : notnull => _values.TryGetValue(setting, out var value) ? (T[])value : setting.Default;

    public SectionValues Get(Section section) => _sections[section];

    public IReadOnlyList<SectionValues> Get(NamedSections sections) => _named[sections];

    /// <summary>Whether some layer sets it, rightly or wrongly.</summary>
    public bool IsWritten(ValueSetting setting) => _written.ContainsKey(setting);

    /// <summary>It is set, but to something that cannot be read.</summary>
    public bool IsFaulty(ValueSetting setting) => IsWritten(setting) && !_values.ContainsKey(setting);

    public string PathOf(Setting setting) => $"{Path}:{setting.Name}";

    public string PlaceOf(ValueSetting setting) => _written.TryGetValue(setting, out var node) ? node.Place : "";

    public void Set(ValueSetting setting, ConfigurationNode node, object? value)
    {
        _written[setting] = node;
        if (value is not null)
        {
            _values[setting] = value;
        }
    }

    public void Set(Section section, SectionValues values) => _sections[section] = values;

    public void Set(NamedSections sections, List<SectionValues> values) => _named[sections] = values;
}
