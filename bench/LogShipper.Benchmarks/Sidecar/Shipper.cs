using System.Diagnostics;

namespace LogShipper.Benchmarks.Sidecar;

/// <summary>A log shipper that takes part: how it is started for a job.</summary>
/// <param name="Name">As it stands in the table.</param>
/// <param name="Program">Its file; null: it is not here.</param>
/// <param name="Discard">Arguments for the job that throws lines away; null: it has no such job.</param>
/// <param name="Bulk">Arguments for the job that parses and sends.</param>
internal sealed record Shipper(string Name, string? Program, string? Discard, string Bulk)
{
    /// <summary>All that are known; those of Debian unpacked to <paramref name="tools"/>, ours at <paramref name="own"/>, the others on <c>PATH</c>.</summary>
    public static IReadOnlyList<Shipper> All(string own, string tools)
    {
        const string Tail = "run --set Logs:access:Path=@LOG@ --set Logs:access:Format=main --set StateDirectory=@WORK@ --set Logs:access:Wake=inotify --set Admin:Port=0";
        const string Elastic = Tail + " --set Sinks:es:Type=elasticsearch --set Sinks:es:Nodes:0=http://127.0.0.1:@PORT@";
        var modules = Path.Combine(tools, "usr/lib/x86_64-linux-gnu/rsyslog");
        return
        [
            new("LogShipper", own, Tail + " --set Sinks:stdout:Type=stdout", Elastic + " --set Sinks:es:Compression=none"),
            new("LogShipper, gzip", own, null, Elastic),
            new("LogShipper, without nginx metrics", own, null, Elastic + " --set Sinks:es:Compression=none --set Admin:Signals=false"),
            new("rsyslog", Find("rsyslogd", tools), Rsyslog("discard"), Rsyslog("bulk")),
            new("syslog-ng", Find("syslog-ng", tools), SyslogNg("discard"), SyslogNg("bulk")),
            new("Fluent Bit", Find("fluent-bit", tools), "-c @CONF@/fluent-bit-discard.conf", "-c @CONF@/fluent-bit-bulk.conf"),
            new("Vector", Find("vector", tools), "--config @CONF@/vector-discard.yaml", "--config @CONF@/vector-bulk.yaml"),
            new("Filebeat", Find("filebeat", tools), null, "-e -c @CONF@/filebeat-bulk.yml"),
        ];

        string Rsyslog(string job) => $"-n -f @CONF@/rsyslog-{job}.conf -i @WORK@/rsyslog.pid -M {modules}";
        string SyslogNg(string job) =>
            $"-F --no-caps -f @CONF@/syslog-ng-{job}.conf -R @WORK@/persist -p @WORK@/syslog-ng.pid -c @WORK@/syslog-ng.ctl --module-path {Path.Combine(tools, "usr/lib/syslog-ng/3.38")}";
    }

    /// <summary>Starts it; what it says goes to a file in <paramref name="work"/>.</summary>
    public Process Start(string arguments, string work)
    {
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = work };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"exec {Program} {arguments} >/dev/null 2>{work}/messages");
        return Process.Start(start) ?? throw new InvalidOperationException($"{Name} does not start.");
    }

    private static string? Find(string program, string tools)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Prepend(Path.Combine(tools, "usr/sbin")).Prepend(Path.Combine(tools, "usr/bin"));
        return folders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
    }
}
