using System.Collections.Immutable;

namespace LogShipper.Configuration;

/// <summary>Where the configuration comes from, beside the environment.</summary>
/// <param name="File">Path of the JSON file; null: none.</param>
/// <param name="Settings">The pairs of <c>--set</c>, in their order.</param>
internal sealed record ConfigurationSources(string? File, ImmutableArray<KeyValuePair<string, string>> Settings)
{
    public static readonly ConfigurationSources None = new(null, []);
}

/// <summary>What came of loading.</summary>
/// <param name="Plan">The plan, if there is no problem.</param>
/// <param name="Draft">The plan with defaults in the place of what is wrong: to look further, never to run. Null when a file cannot be read at all.</param>
/// <param name="Problems">Everything that is wrong.</param>
/// <param name="Notes">What is worth a word, though nothing is wrong.</param>
internal sealed record LoadedConfiguration(Plan? Plan, Plan? Draft, IReadOnlyList<Problem> Problems, IReadOnlyList<Problem> Notes)
{
    /// <summary>Hash of what the file held; null: there is none, or it cannot be read.</summary>
    public string? FileHash { get; init; }
}

/// <summary>Loads the configuration: a file, then the environment, then the command line, each over the one before.</summary>
internal sealed class ConfigurationLoader(ISurroundings surroundings)
{
    public LoadedConfiguration Load(ConfigurationSources sources)
    {
        var problems = new ProblemList();
        var notes = new ProblemList();
        var layers = new List<ConfigurationNode> { ConfigurationLayer.Presets() };
        string? hash = null;
        if (sources.File is { } path)
        {
            var json = ConfigurationLayer.ReadFile(path, surroundings, problems);
            hash = json is null ? null : ConfigurationOrigin.HashOf(json);
            if (json is null || ConfigurationLayer.FromFile(path, json, problems) is not { } file)
            {
                // Without it every later check would complain of what the file may well say.
                return new LoadedConfiguration(null, null, problems.Problems, notes.Problems) { FileHash = hash };
            }

            layers.Add(file);
        }

        layers.Add(ConfigurationLayer.FromEnvironment(surroundings.EnvironmentVariables, problems));
        layers.Add(ConfigurationLayer.FromCommandLine(sources.Settings));
        var values = new SettingsReader(problems).Read(layers);
        var draft = new PlanBuilder(values, surroundings, problems, notes).Build();
        return new LoadedConfiguration(problems.Count == 0 ? draft : null, draft, problems.Problems, notes.Problems) { FileHash = hash };
    }
}
