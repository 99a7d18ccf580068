using System.CommandLine;
using LogShipper.Configuration;

namespace LogShipper.Cli;

/// <summary>The options by which a command is told its configuration.</summary>
internal sealed class ConfigurationOptions
{
    private readonly Option<string?> _config = new("--config")
    {
        HelpName = "FILE",
        Description = "JSON file with the configuration; comments and trailing commas are allowed.",
    };

    private readonly Option<string[]> _set = new("--set")
    {
        HelpName = "KEY=VALUE",
        Description = "Sets one key, over the file and the environment, as in --set Interval=10s or --set Sinks:es:Nodes:0=https://es:9200. May be given several times.",
        Arity = ArgumentArity.OneOrMore,
    };

    public ConfigurationOptions() => _set.Validators.Add(result =>
    {
        var number = 0;
        foreach (var token in result.Tokens)
        {
            number++;

            // The text is not shown: it may be a password whose key was forgotten.
            if (token.Value.IndexOf('=', StringComparison.Ordinal) is -1 or 0)
            {
                result.AddError($"--set number {number} is not of the form KEY=VALUE, as in --set Interval=10s.");
            }
        }
    });

    public void AddTo(Command command)
    {
        command.Options.Add(_config);
        command.Options.Add(_set);
    }

    public ConfigurationSources SourcesOf(ParseResult parsed) => new(
        parsed.GetValue(_config),
        [.. (parsed.GetValue(_set) ?? []).Select(pair => pair.Split('=', 2)).Select(pair => new KeyValuePair<string, string>(pair[0], pair[1]))]);
}
