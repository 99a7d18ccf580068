using LogShipper.Configuration;

namespace LogShipper.Cli;

/// <summary>Writes a plan for people, in aligned columns, without secrets.</summary>
internal sealed class PlanReport(TextWriter output)
{
    public void Write(Plan plan)
    {
        WriteSection("Plan", [
            ("interval", Duration.Format(plan.Interval)),
            ("state directory", plan.StateDirectory),
            ("instance", plan.Instance),
            ("drain", $"at most {Duration.Format(plan.DrainTimeout)}, quiet for {Duration.Format(plan.DrainQuiet)}"),
            ("rotation grace", Duration.Format(plan.RotationGrace)),
            ("batch", $"at most {ByteSize.Format(plan.BatchBytes)}"),
            ("line", $"at most {ByteSize.Format(plan.MaxLineBytes)}"),
            ("dead letters", $"at most {ByteSize.Format(plan.DeadLetters.MaxBytes)} for each log and sink, then {Settings.DeadLetterWhenFull.ValueKind.Write(plan.DeadLetters.WhenFull)}"),
            ("admin", plan.Admin.Enabled ? new System.Net.IPEndPoint(plan.Admin.Address, plan.Admin.Port).ToString() : "off"),
            ("diagnostics", $"{plan.Diagnostics.Level}, {Settings.DiagnosticsFormat.ValueKind.Write(plan.Diagnostics.Format)}"),
        ]);
        WriteSection("Logs", [.. plan.Logs.Select(log => (log.Name, DescribeLog(log)))]);
        WriteSection("Sinks", [.. plan.Sinks.Select(sink => (sink.Name, DescribeSink(sink)))]);
        WriteSection("Lanes, each with a position of its own", [.. plan.Logs.SelectMany(
            log => plan.Sinks.Where(sink => sink.Logs.Contains(log.Name)).Select(sink => (log.Name, $"-> {sink.Name}")))]);
        WriteSection("Memory", DescribeMemory(plan));
    }

    public void WriteSection(string title, IReadOnlyList<(string Subject, string Finding)> lines)
    {
        output.WriteLine(title);
        var width = lines.Count == 0 ? 0 : lines.Max(line => line.Subject.Length);
        foreach (var (subject, finding) in lines)
        {
            output.WriteLine($"  {PrintableText.Escape(subject).PadRight(width)}  {PrintableText.Escape(finding)}");
        }

        if (lines.Count == 0)
        {
            output.WriteLine("  none");
        }

        output.WriteLine();
    }

    private static (string Subject, string Finding)[] DescribeMemory(Plan plan)
    {
        var bounds = MemoryBounds.Of(plan);
        return
        [
            ("budget", $"{ByteSize.Format(bounds.BudgetBytes)}, shared by {plan.Sinks.Length} sink{(plan.Sinks.Length == 1 ? "" : "s")}, {ByteSize.Format(bounds.ShareBytes)} each"),
            ("long lines", $"{ByteSize.Format(bounds.OversizeBytes)} for each sink: one line at a time, {MemoryBounds.OversizeFactor} x MaxLineBytes ({ByteSize.Format(plan.MaxLineBytes)})"),
            ("signals", plan.Admin.Signals ? $"{ByteSize.Format(bounds.SignalsBytes)} for counting what the lines say about nginx" : "off"),
            ("together", $"{ByteSize.Format(bounds.TotalBytes)} at most, beside what the program itself needs"),
        ];
    }

    private static string DescribeLog(LogPlan log)
    {
        var formats = log.Formats.IsEmpty ? "(not understood)" : string.Join(", ", log.Formats.Select(PrintableText.Quote));
        return $"{log.Path}, format {formats}, times without zone are {log.TimeZone.Id}{(log.KeepOriginal ? ", keeps the original line" : "")}{(log.FollowSymlinks ? ", follows symbolic links" : "")}{(log.Wake == LogWake.Inotify ? ", woken by inotify" : "")}";
    }

    private static string DescribeSink(SinkPlan sink) => sink switch
    {
        StdoutSinkPlan stdout => $"stdout, {Settings.Layout.ValueKind.Write(stdout.Options.Layout)}",
        ElasticsearchSinkPlan { Options: var options } => string.Join(", ", [
            "elasticsearch",
            .. options.Nodes.Select(node => node.ToString()),
            options.Index.Length > 0 ? $"index {options.Index}" : "data streams logs-<dataset>-default",
            $"pipeline {(options.Pipeline.Length > 0 ? options.Pipeline : "as installed")}",
            DescribeAuthentication(options),
            options.CaFile.Length > 0 ? $"authorities from {options.CaFile}" : "the system's authorities",
            .. options.VerifyCertificates ? Array.Empty<string>() : ["certificates NOT verified"],
            $"compression {Settings.Compression.ValueKind.Write(options.Compression)}",
            $"{options.MaxInFlight} requests in flight",
        ]),
        _ => sink.GetType().Name,
    };

    private static string DescribeAuthentication(Sinks.Elasticsearch.ElasticsearchOptions options) => options switch
    {
        { ApiKeyFile.Length: > 0 } => $"API key from {options.ApiKeyFile}",
        { ApiKey.Length: > 0 } => "API key",
        { BearerTokenFile.Length: > 0 } => $"bearer token from {options.BearerTokenFile}",
        { BearerToken.Length: > 0 } => "bearer token",
        { PasswordFile.Length: > 0 } => $"user {options.Username}, password from {options.PasswordFile}",
        { Username.Length: > 0 } => $"user {options.Username} with password",
        _ => "no authentication",
    };
}
