using System.Security.Cryptography;

namespace LogShipper.Configuration;

/// <summary>
/// Where the configuration of this process came from, to be loaded again. The environment and the command line are
/// those of the start; only the file may have changed.
/// </summary>
internal sealed class ConfigurationOrigin(ISurroundings surroundings, ConfigurationSources sources)
{
    /// <summary>The path of the file; null: there is none that could change.</summary>
    public string? File => sources.File is { } file && !ProcessSurroundings.IsStreamOfShell(file) ? file : null;

    public LoadedConfiguration Load() => new ConfigurationLoader(surroundings).Load(sources);

    /// <summary>
    /// Hash of what the file holds now; null when there is none or it cannot be read. Its content is what counts: a
    /// ConfigMap changes by the swap of a symbolic link somewhere on its path, which no time stamp and no watcher of the file shows.
    /// </summary>
    public string? ReadFileHash() =>
        sources.File is { } file && ConfigurationLayer.ReadFile(file, surroundings, new ProblemList()) is { } content ? HashOf(content) : null;

    public static string HashOf(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));
}
