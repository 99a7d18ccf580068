using System.Globalization;
using LogShipper.Configuration;
using LogShipper.Parsing;
using LogShipper.Shipping;
using LogShipper.Tailing;

namespace LogShipper.Cli;

/// <summary>Looks at the files of one log: whether they are there, are files, can be read, and how much of them its formats read.</summary>
/// <param name="report">Takes what is said of each file.</param>
/// <param name="problems">Takes what is wrong.</param>
internal sealed class LogFileCheck(List<(string Subject, string Finding)> report, ProblemList problems)
{
    private const int MostListed = 50;

    public void Look(LogPlan log, LogParser? parser)
    {
        var key = PlanBuilder.KeyOf(Settings.Logs, log.Name);
        var directory = Path.GetDirectoryName(log.Path) ?? "/";
        if (GlobbedLogs.IsGlob(directory))
        {
            LookAtMatches(log, parser, key);
            return;
        }

        if (UnixFile.Look(directory, followLink: true) is not { Type: UnixFileType.Directory })
        {
            problems.AddValue(key, log.Path, isSecret: false, $"there is no directory {PrintableText.Escape(directory)}: is the volume mounted in this container?", "", "");
            Report(log.Name, log.Path, "no such directory");
        }
        else if (DirectoryFault(directory) is { } fault)
        {
            problems.AddValue(key, log.Path, isSecret: false, fault, "", "");
            Report(log.Name, log.Path, "the directory cannot be listed");
        }
        else if (GlobbedLogs.IsGlob(log.Path))
        {
            LookAtMatches(log, parser, key);
        }
        else
        {
            LookAtFile(log, log.Name, log.Path, parser, key);
        }
    }

    private void LookAtMatches(LogPlan log, LogParser? parser, string key)
    {
        var root = GlobbedLogs.RootOf(log.Path);
        var matches = GlobbedLogs.Expand(log.Path, log.FollowSymlinks, out var hasMore, out var refused);
        if (refused is not null)
        {
            problems.AddValue(key, log.Path, isSecret: false, $"no file matches: {PrintableText.Escape(refused)}", "", "");
            Report(log.Name, log.Path, "no file matches");
        }
        else if (matches.Count == 0)
        {
            Report(log.Name, log.Path, "no file matches yet; it is waited for");
        }

        foreach (var match in matches.Take(MostListed))
        {
            LookAtFile(log, $"{log.Name}/{match}", $"{root}/{match}", parser, key);
        }

        if (hasMore)
        {
            problems.AddValue(key, log.Path, isSecret: false, $"matches more files than the {GlobbedLogs.MostMatches} that are followed; those beyond are not shipped", "", "");
        }

        if (matches.Count > MostListed)
        {
            Report(log.Name, log.Path, $"more than {MostListed} files match; the rest was not looked at");
        }
    }

    private void LookAtFile(LogPlan log, string name, string path, LogParser? parser, string key)
    {
        if (UnixFile.Look(path, log.FollowSymlinks) is not { } entry)
        {
            Report(name, path, "does not exist yet; it is waited for");
            return;
        }

        if (FaultOf(path, entry) is { } fault)
        {
            problems.AddValue(key, path, isSecret: false, fault, "", "");
            Report(name, path, "cannot be shipped");
            return;
        }

        var size = new FileInfo(path).Length.ToString("N0", CultureInfo.InvariantCulture);
        Report(name, path, $"{size} bytes{(parser is null ? "" : SampleOf(path, parser, key))}");
    }

    /// <summary>Why the file cannot be shipped; null: it can.</summary>
    private static string? FaultOf(string path, UnixFile entry)
    {
        if (entry.Type == UnixFileType.Link)
        {
            var target = new FileInfo(path).LinkTarget ?? "";
            if (target.StartsWith("/dev/std", StringComparison.Ordinal) || target.StartsWith("/proc/", StringComparison.Ordinal))
            {
                return $"is a link to {PrintableText.Escape(target)}, as in nginx's image: no line ever reaches a file; mount an emptyDir over {PrintableText.Escape(Path.GetDirectoryName(path) ?? "/")} in both containers";
            }

            return $"is a symbolic link to {PrintableText.Escape(target)}, which is not followed; give the path of the file itself, or set {Settings.LogFollowSymlinks.Name} if you trust whoever writes there";
        }

        // A pipe must not even be opened: that would wait for its writer.
        if (entry.Type != UnixFileType.Regular)
        {
            return UnixFile.FaultOf(entry.Type);
        }

        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            return $"cannot be read: {entry.AccessText()}; run the sidecar as that user or group (runAsUser, supplementalGroups)";
        }
        catch (IOException exception)
        {
            return $"cannot be read: {PrintableText.Message(exception)}";
        }
    }

    private string SampleOf(string path, LogParser parser, string key)
    {
        FormatSample sample;
        try
        {
            sample = FormatSample.Take(path, parser, parser.Parse);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problems.AddValue(key, path, isSecret: false, $"cannot be read: {PrintableText.Message(exception)}", "", "");
            return "";
        }

        if (sample.Records == 0)
        {
            return ", no whole line yet";
        }

        if (sample.Parsed == 0)
        {
            problems.AddValue(key, path, isSecret: false, $"{(sample.Records == 1 ? "its only record does not fit the format" : $"none of its last {sample.Records} records fits the format; the first")}: {PrintableText.Quote(sample.FirstUnparsed ?? "")}", "", "");
        }

        // Rounded down: 999 of 1000 must not look like all of them.
        var share = Math.Floor(1000.0 * sample.Parsed / sample.Records) / 10;
        var example = sample.FirstUnparsed is { } unparsed ? $"; the first that does not fit: {PrintableText.Quote(unparsed)}" : "";
        return string.Create(CultureInfo.InvariantCulture, $", {sample.Parsed} of the last {Words.Count(sample.Records, "record")} parsed ({share:0.#} %){example}");
    }

    private static string? DirectoryFault(string directory)
    {
        try
        {
            _ = Directory.EnumerateFileSystemEntries(directory).Any();
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            var access = UnixFile.Look(directory, followLink: true) is { } entry ? $"; {entry.AccessText()}" : "";
            return $"the directory {PrintableText.Escape(directory)} cannot be listed, so rotated files would not be found{access}";
        }
    }

    private void Report(string name, string path, string finding) => report.Add((name, $"{PrintableText.Escape(path)}: {finding}"));
}
