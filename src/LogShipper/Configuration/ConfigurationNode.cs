using Microsoft.Extensions.Configuration;

namespace LogShipper.Configuration;

/// <summary>How a value stands in the place that it was read from, where that place can tell.</summary>
internal enum WrittenAs : byte
{
    Unknown,
    Null,
    Text,
    Object,
    List,
}

/// <summary>Where a key was written, and how.</summary>
internal readonly record struct Writing(string? Place, WrittenAs As);

/// <summary>One key of one layer: its value, or the keys beneath it, or (a mistake) both.</summary>
internal sealed class ConfigurationNode
{
    private ConfigurationNode(string key, string path, string? value, Writing writing, IReadOnlyList<ConfigurationNode> children)
    {
        Key = key;
        Path = path;
        Value = value;
        Writing = writing;
        Children = children;
    }

    public string Key { get; }

    /// <summary>The whole key, as in <c>LogShipper:Sinks:es:Nodes:0</c>.</summary>
    public string Path { get; }

    public string? Value { get; }

    public Writing Writing { get; }

    public string Place => Writing.Place ?? "";

    public IReadOnlyList<ConfigurationNode> Children { get; }

    /// <summary>Whether the layer says anything here; <c>null</c> in a JSON file says nothing.</summary>
    public bool IsSet => Value is not null || Children.Count > 0 || Writing.As is WrittenAs.Object or WrittenAs.List;

    /// <summary>Takes over what a configuration library has read; <paramref name="writings"/> knows where each key stands.</summary>
    public static ConfigurationNode From(IConfiguration configuration, Func<string, Writing> writings) =>
        new("", "", null, default, ReadChildren(configuration, writings));

    private static List<ConfigurationNode> ReadChildren(IConfiguration configuration, Func<string, Writing> writings)
    {
        var children = new List<ConfigurationNode>();
        foreach (var section in configuration.GetChildren())
        {
            var nodes = ReadChildren(section, writings);

            // The library says "" for an empty list of a JSON file and null for an empty object.
            var writing = writings(section.Path);
            var value = writing.As is WrittenAs.Object or WrittenAs.List ? null : section.Value;
            children.Add(new ConfigurationNode(section.Key, section.Path, value, writing, nodes));
        }

        return children;
    }
}
