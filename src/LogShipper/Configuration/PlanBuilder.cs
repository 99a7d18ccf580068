using System.Collections.Immutable;
using System.IO.Enumeration;
using LogShipper.Parsing;
using LogShipper.Sinks.Stdout;

namespace LogShipper.Configuration;

/// <summary>Makes the plan of what was read, and checks what no single key can tell.</summary>
internal sealed class PlanBuilder(SectionValues root, ISurroundings surroundings, ProblemList problems, ProblemList notes)
{
    /// <summary>The plan; where there are problems, its own or earlier ones, a draft with defaults in the place of what cannot be read.</summary>
    public Plan Build()
    {
        var logs = BuildLogs();
        var sinks = BuildSinks(logs);
        CheckMemory(sinks.Length);
        var instance = FindInstance();
        var stateDirectory = FindStateDirectory();
        NoteLogsWithoutSink(logs, sinks);
        var admin = root.Get(Settings.Admin);
        var deadLetters = root.Get(Settings.DeadLetters);
        var diagnostics = root.Get(Settings.Diagnostics);
        return new Plan
        {
            Interval = root.Get(Settings.Interval),
            StateDirectory = stateDirectory,
            Instance = instance,
            DrainTimeout = root.Get(Settings.DrainTimeout),
            RotationGrace = root.Get(Settings.RotationGrace),
            DrainQuiet = root.Get(Settings.DrainQuiet),
            MemoryBudgetBytes = root.Get(Settings.MemoryBudget),
            BatchBytes = (int)root.Get(Settings.BatchBytes),
            MaxLineBytes = (int)root.Get(Settings.MaxLineBytes),
            TerminationMessagePath = root.Get(Settings.TerminationMessagePath),
            Admin = new AdminPlan(admin.Get(Settings.AdminEnabled), admin.Get(Settings.AdminAddress), admin.Get(Settings.AdminPort), admin.Get(Settings.AdminSignals)),
            Logs = logs,
            Sinks = sinks,
            DeadLetters = new DeadLetterPlan(deadLetters.Get(Settings.DeadLetterMaxBytes), deadLetters.Get(Settings.DeadLetterWhenFull)),
            Diagnostics = new DiagnosticsPlan(diagnostics.Get(Settings.DiagnosticsLevel), diagnostics.Get(Settings.DiagnosticsFormat)),
        };
    }

    /// <summary>The key of a log or sink of the plan.</summary>
    public static string KeyOf(NamedSections sections, string name) => $"{Settings.Root.Name}:{sections.Name}:{name}";

    private ImmutableArray<LogPlan> BuildLogs()
    {
        var enabled = root.Get(Settings.Logs).Where(log => log.Get(Settings.LogEnabled)).ToList();
        if (enabled.Count == 0)
        {
            problems.Add(root.PathOf(Settings.Logs), "no log is enabled: there is nothing to ship");
        }

        var logs = ImmutableArray.CreateBuilder<LogPlan>(enabled.Count);
        foreach (var log in enabled)
        {
            var hasPath = Require(log, Settings.LogPath);
            CheckFormat(log);
            if (hasPath)
            {
                logs.Add(new LogPlan(
                    log.Name,
                    surroundings.FullPath(log.Get(Settings.LogPath)),
                    [.. log.Get(Settings.LogFormat)],
                    log.Get(Settings.LogTimeZone),
                    log.Get(Settings.LogKeepOriginal))
                {
                    FollowSymlinks = log.Get(Settings.LogFollowSymlinks),
                    Wake = log.Get(Settings.LogWake),
                });
            }
        }

        CheckPathsDiffer(logs);
        return logs.DrainToImmutable();
    }

    private void CheckFormat(SectionValues log)
    {
        if (!Require(log, Settings.LogFormat))
        {
            return;
        }

        var key = log.PathOf(Settings.LogFormat);
        var formats = log.Get(Settings.LogFormat);
        if (formats.Count == 0)
        {
            problems.Add(key, $"is empty; allowed: {Settings.LogFormat.Allowed}", log.PlaceOf(Settings.LogFormat));
            return;
        }

        var faults = new List<string>();
        LogParser.Compile(formats, log.Get(Settings.LogTimeZone), faults);
        foreach (var fault in faults)
        {
            problems.Add(key, PrintableText.Escape(fault).TrimEnd('.'), log.PlaceOf(Settings.LogFormat));
        }
    }

    /// <summary>One file read as two logs would be shipped twice, under different ids.</summary>
    private void CheckPathsDiffer(ImmutableArray<LogPlan>.Builder logs)
    {
        for (var second = 1; second < logs.Count; second++)
        {
            for (var first = 0; first < second; first++)
            {
                if (SameFile(logs[first].Path, logs[second].Path) || SameFile(logs[second].Path, logs[first].Path))
                {
                    problems.AddValue(
                        $"{KeyOf(Settings.Logs, logs[second].Name)}:{Settings.LogPath.Name}",
                        logs[second].Path,
                        isSecret: false,
                        $"names a file that the log {logs[first].Name} ({PrintableText.Escape(logs[first].Path)}) ships already",
                        "",
                        "");
                }
            }
        }
    }

    private static bool SameFile(string pattern, string path) =>
        Path.GetDirectoryName(pattern) == Path.GetDirectoryName(path)
        && FileSystemName.MatchesSimpleExpression(Path.GetFileName(pattern), Path.GetFileName(path), ignoreCase: false);

    private ImmutableArray<SinkPlan> BuildSinks(ImmutableArray<LogPlan> logs)
    {
        var enabled = root.Get(Settings.Sinks).Where(sink => sink.Get(Settings.SinkEnabled)).ToList();
        if (enabled.Count == 0)
        {
            problems.Add(root.PathOf(Settings.Sinks), "no sink is enabled: there is nowhere to ship to");
        }

        var sinks = ImmutableArray.CreateBuilder<SinkPlan>(enabled.Count);
        foreach (var sink in enabled)
        {
            var sinkLogs = FindLogs(sink, logs);
            if (!Require(sink, Settings.Type))
            {
                continue;
            }

            var type = sink.Get(Settings.Type);
            RefuseSettingsOfOtherTypes(sink, type);
            switch (type)
            {
                case SinkType.Elasticsearch:
                    Require(sink, Settings.Nodes);
                    sinks.Add(new ElasticsearchSinkPlan(sink.Name, sinkLogs, new ElasticsearchSection(sink, surroundings, problems, notes).Read()));
                    break;
                default:
                    sinks.Add(new StdoutSinkPlan(sink.Name, sinkLogs, new StdoutOptions { Layout = sink.Get(Settings.Layout) }));
                    break;
            }
        }

        return sinks.DrainToImmutable();
    }

    /// <summary>The enabled ones of the logs that a sink asks for; all of them if it asks for none.</summary>
    private ImmutableArray<string> FindLogs(SectionValues sink, ImmutableArray<LogPlan> logs)
    {
        if (!sink.IsWritten(Settings.SinkLogs) || sink.IsFaulty(Settings.SinkLogs))
        {
            return [.. logs.Select(log => log.Name)];
        }

        var known = root.Get(Settings.Logs).Select(log => log.Name).ToList();
        var asked = sink.Get(Settings.SinkLogs).Select(name => name.ToLowerInvariant()).Distinct(StringComparer.Ordinal).ToList();
        var key = sink.PathOf(Settings.SinkLogs);
        foreach (var name in asked.Except(known, StringComparer.Ordinal))
        {
            problems.AddValue(key, name, isSecret: false, "no log has this name", string.Join(", ", known), sink.PlaceOf(Settings.SinkLogs));
        }

        if (asked.Count == 0)
        {
            problems.Add(key, $"is empty; leave it out for all logs, or set Enabled to false; allowed: {string.Join(", ", known)}", sink.PlaceOf(Settings.SinkLogs));
        }

        ImmutableArray<string> found = [.. logs.Select(log => log.Name).Where(asked.Contains)];
        if (found.IsEmpty && asked.Intersect(known, StringComparer.Ordinal).Any() && logs.Length > 0)
        {
            notes.Add(key, "none of these logs is enabled: the sink gets nothing", sink.PlaceOf(Settings.SinkLogs));
        }

        return found;
    }

    private void RefuseSettingsOfOtherTypes(SectionValues sink, SinkType type)
    {
        foreach (var setting in Settings.Sinks.Settings.OfType<ValueSetting>())
        {
            if (setting.OnlyFor is { } owner && owner != type && sink.IsWritten(setting))
            {
                problems.Add(
                    sink.PathOf(setting),
                    $"belongs to sinks of type {Settings.Type.ValueKind.Write(owner)}; this one is of type {Settings.Type.ValueKind.Write(type)}",
                    sink.PlaceOf(setting));
            }
        }
    }

    private void NoteLogsWithoutSink(ImmutableArray<LogPlan> logs, ImmutableArray<SinkPlan> sinks)
    {
        foreach (var log in logs.Where(log => !sinks.Any(sink => sink.Logs.Contains(log.Name))))
        {
            notes.Add(KeyOf(Settings.Logs, log.Name), "no enabled sink gets this log: it is not shipped");
        }
    }

    private void CheckMemory(int sinks)
    {
        var budget = root.Get(Settings.MemoryBudget);
        var batch = root.Get(Settings.BatchBytes);
        var share = MemoryBounds.Of(budget, 0, sinks).ShareBytes;
        var needed = batch * MemoryBounds.BatchesPerShare;
        if (share >= needed || root.IsFaulty(Settings.MemoryBudget) || root.IsFaulty(Settings.BatchBytes))
        {
            return;
        }

        problems.AddValue(
            root.PathOf(Settings.MemoryBudget),
            ByteSize.Format(budget),
            isSecret: false,
            $"too small: shared by {sinks} sink{(sinks == 1 ? "" : "s")}, a share is {ByteSize.Format(share)} and must hold {MemoryBounds.BatchesPerShare} × BatchBytes ({ByteSize.Format(needed)})",
            $"a MemoryBudget of at least {ByteSize.Format(needed * sinks)}, or a smaller BatchBytes",
            root.PlaceOf(Settings.MemoryBudget));
    }

    private string FindInstance()
    {
        var instance = root.Get(Settings.Instance);
        if (instance.Length > 0)
        {
            return instance;
        }

        var pod = surroundings.EnvironmentVariables.GetValueOrDefault("POD_UID", "");
        return pod.Length > 0 ? pod : surroundings.HostName;
    }

    private string FindStateDirectory()
    {
        var directory = surroundings.FullPath(root.Get(Settings.StateDirectory));
        if (root.IsFaulty(Settings.StateDirectory))
        {
            return directory;
        }

        var fault = surroundings.WritableDirectoryFault(directory);
        if (fault is null)
        {
            return directory;
        }

        if (root.IsWritten(Settings.StateDirectory))
        {
            problems.AddValue(root.PathOf(Settings.StateDirectory), directory, isSecret: false, fault, "a directory that we may write", root.PlaceOf(Settings.StateDirectory));
            return directory;
        }

        var tried = $"{directory} {fault}";
        foreach (var (variable, candidate) in StateDirectoriesOfEnvironment())
        {
            fault = surroundings.WritableDirectoryFault(candidate);
            if (fault is null)
            {
                return candidate;
            }

            tried += $"; {PrintableText.Escape(candidate)} (from ${variable}) {fault}";
        }

        problems.Add(root.PathOf(Settings.StateDirectory), $"is not set, and no other place can be written: {tried}; set it to a directory that we may write");
        return directory;
    }

    private IEnumerable<(string Variable, string Directory)> StateDirectoriesOfEnvironment()
    {
        // systemd joins several directories with colons; the first is as good as any.
        var service = surroundings.EnvironmentVariables.GetValueOrDefault("STATE_DIRECTORY", "").Split(':')[0];
        if (service.Length > 0)
        {
            yield return ("STATE_DIRECTORY", surroundings.FullPath(service));
        }

        var user = surroundings.EnvironmentVariables.GetValueOrDefault("XDG_STATE_HOME", "");
        if (user.Length > 0)
        {
            yield return ("XDG_STATE_HOME", surroundings.FullPath(Path.Combine(user, "logshipper")));
        }
    }

    /// <summary>Whether a value is there to be used; that a required one is not set is a problem.</summary>
    private bool Require(SectionValues section, ValueSetting setting)
    {
        if (!section.IsWritten(setting))
        {
            problems.Add(section.PathOf(setting), $"is not set; allowed: {setting.Allowed}");
            return false;
        }

        return !section.IsFaulty(setting);
    }
}
