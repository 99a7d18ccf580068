using System.Text;
using LogShipper.Configuration;

namespace LogShipper.Tests.Configuration;

/// <summary>A machine of which every file and variable is known.</summary>
internal sealed class FakeSurroundings : ISurroundings
{
    public Dictionary<string, string> Variables { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    public HashSet<string> UnwritableDirectories { get; } = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, string> EnvironmentVariables => Variables;

    public string HostName => "the-host";

    public string FullPath(string path) => Path.GetFullPath(path, "/cwd");

    public byte[] ReadFile(string path) => Files.TryGetValue(path, out var content) ? content : throw new FileNotFoundException($"Could not find file '{path}'.");

    public string? FileFault(string path) => Files.ContainsKey(path) ? null : "does not exist";

    public string? WritableDirectoryFault(string path) => UnwritableDirectories.Contains(path) ? "cannot be written: read-only" : null;

    public LoadedConfiguration Load(string? json = null, params string[] settings)
    {
        if (json is not null)
        {
            Files["/config.json"] = Encoding.UTF8.GetBytes(json);
        }

        var pairs = settings.Select(setting => setting.Split('=', 2)).Select(pair => new KeyValuePair<string, string>(pair[0], pair[1]));
        return new ConfigurationLoader(this).Load(new ConfigurationSources(json is null ? null : "/config.json", [.. pairs]));
    }
}
