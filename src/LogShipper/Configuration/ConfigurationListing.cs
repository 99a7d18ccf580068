using LogShipper.Sinks.Elasticsearch;

namespace LogShipper.Configuration;

/// <summary>One setting that is in force.</summary>
/// <param name="Key">Its whole key, without the root.</param>
/// <param name="Values">Its value; several for a list, none for an empty one.</param>
/// <param name="IsDefault">Whether it is what it would be without any configuration.</param>
/// <param name="IsSecret">Whether its value is hidden.</param>
internal sealed record SettingInForce(string Key, IReadOnlyList<string> Values, bool IsDefault, bool IsSecret);

/// <summary>
/// Lists every setting of a plan, as the table of <see cref="Settings"/> names and writes them. Of a secret it only tells
/// whether it is set.
/// </summary>
internal sealed class ConfigurationListing
{
    public const string Set = "(set)";
    public const string NotSet = "(not set)";

    private readonly List<SettingInForce> _settings = [];
    private string _prefix = "";

    private ConfigurationListing()
    {
    }

    public static IReadOnlyList<SettingInForce> Of(Plan plan)
    {
        var listing = new ConfigurationListing();
        listing.AddRoot(plan);
        foreach (var log in plan.Logs)
        {
            listing.Enter(Settings.Logs, log.Name);
            listing.AddLog(log);
        }

        foreach (var sink in plan.Sinks)
        {
            listing.Enter(Settings.Sinks, sink.Name);
            listing.AddSink(sink, getsAll: sink.Logs.SequenceEqual(plan.Logs.Select(log => log.Name)));
        }

        return listing._settings;
    }

    private void AddRoot(Plan plan)
    {
        Add(Settings.Interval, plan.Interval);
        Add(Settings.StateDirectory, plan.StateDirectory);
        Add(Settings.Instance, plan.Instance);
        Add(Settings.DrainTimeout, plan.DrainTimeout);
        Add(Settings.RotationGrace, plan.RotationGrace);
        Add(Settings.DrainQuiet, plan.DrainQuiet);
        Add(Settings.MemoryBudget, plan.MemoryBudgetBytes);
        Add(Settings.BatchBytes, plan.BatchBytes);
        Add(Settings.MaxLineBytes, plan.MaxLineBytes);
        Add(Settings.TerminationMessagePath, plan.TerminationMessagePath);
        Enter(Settings.Admin);
        Add(Settings.AdminEnabled, plan.Admin.Enabled);
        Add(Settings.AdminAddress, plan.Admin.Address);
        Add(Settings.AdminPort, plan.Admin.Port);
        Add(Settings.AdminSignals, plan.Admin.Signals);
        Enter(Settings.DeadLetters);
        Add(Settings.DeadLetterMaxBytes, plan.DeadLetters.MaxBytes);
        Add(Settings.DeadLetterWhenFull, plan.DeadLetters.WhenFull);
        Enter(Settings.Diagnostics);
        Add(Settings.DiagnosticsLevel, plan.Diagnostics.Level);
        Add(Settings.DiagnosticsFormat, plan.Diagnostics.Format);
    }

    private void AddLog(LogPlan log)
    {
        Add(Settings.LogPath, log.Path);
        Add(Settings.LogFormat, log.Formats);
        Add(Settings.LogTimeZone, log.TimeZone);
        Add(Settings.LogKeepOriginal, log.KeepOriginal);
        Add(Settings.LogFollowSymlinks, log.FollowSymlinks);
        Add(Settings.LogWake, log.Wake);

        // Those that are not are no part of a plan.
        Add(Settings.LogEnabled, true);
    }

    private void AddSink(SinkPlan sink, bool getsAll)
    {
        Add(Settings.Type, sink is ElasticsearchSinkPlan ? SinkType.Elasticsearch : SinkType.Stdout);
        Add(Settings.SinkLogs, sink.Logs, getsAll);
        Add(Settings.SinkEnabled, true);
        switch (sink)
        {
            case StdoutSinkPlan stdout:
                Add(Settings.Layout, stdout.Options.Layout);
                break;
            case ElasticsearchSinkPlan elasticsearch:
                AddElasticsearch(elasticsearch.Options);
                break;
            default:
                break;
        }
    }

    private void AddElasticsearch(ElasticsearchOptions options)
    {
        Add(Settings.Nodes, options.Nodes);
        Add(Settings.ApiKey, options.ApiKey);
        Add(Settings.ApiKeyFile, options.ApiKeyFile);
        Add(Settings.BearerToken, options.BearerToken);
        Add(Settings.BearerTokenFile, options.BearerTokenFile);
        Add(Settings.Username, options.Username);
        Add(Settings.Password, options.Password);
        Add(Settings.PasswordFile, options.PasswordFile);
        Add(Settings.CaFile, options.CaFile);
        Add(Settings.ClientCertificateFile, options.ClientCertificateFile);
        Add(Settings.ClientKeyFile, options.ClientKeyFile);
        Add(Settings.VerifyCertificates, options.VerifyCertificates);
        Add(Settings.Index, options.Index);
        Add(Settings.Pipeline, options.Pipeline);
        Add(Settings.InstallTemplate, options.InstallTemplate);
        Add(Settings.Compression, options.Compression);
        Add(Settings.MaxInFlight, options.MaxInFlight);
    }

    private void Enter(Section section) => _prefix = $"{section.Name}:";

    private void Enter(NamedSections sections, string name) => _prefix = $"{sections.Name}:{name}:";

    private void Add<T>(ValueSetting<T> setting, T value)
        where T : notnull
    {
        var text = setting.ValueKind.Write(value);
        Add(setting, text.Length == 0 ? [] : [text], EqualityComparer<T>.Default.Equals(value, setting.Default));
    }

    private void Add<T>(ListSetting<T> setting, IReadOnlyList<T> values)
        where T : notnull => Add(setting, [.. values.Select(setting.ItemKind.Write)], values.SequenceEqual(setting.Default));

    private void Add(ValueSetting setting, IReadOnlyList<string> values, bool isDefault) => _settings.Add(new SettingInForce(
        _prefix + setting.Name,
        setting.IsSecret ? [values.Count > 0 ? Set : NotSet] : values,
        isDefault,
        setting.IsSecret));
}
