using System.Diagnostics;
using System.Globalization;

namespace LogShipper.Benchmarks.Memory;

/// <summary>What is done to the shipper while it is looked at.</summary>
internal enum MemoryJob
{
    /// <summary>Empty logs, the default interval.</summary>
    Idle,

    /// <summary>A backlog as large as it takes, for a while.</summary>
    Ship,

    /// <summary>The same, while the receiver is down for a minute.</summary>
    Outage,

    /// <summary>Many small logs to several sinks.</summary>
    Logs,
}

/// <summary>One row of the table.</summary>
/// <param name="Name">As it stands there.</param>
/// <param name="Job">What is done.</param>
/// <param name="Compression">Of the requests.</param>
/// <param name="Cores">Quota of the processor; 0: none.</param>
internal sealed record MemoryScenario(string Name, MemoryJob Job, string Compression = "gzip", double Cores = 0)
{
    public static readonly IReadOnlyList<MemoryScenario> All =
    [
        new("idle", MemoryJob.Idle),
        new("plain", MemoryJob.Ship, "none"),
        new("gzip", MemoryJob.Ship),
        new("outage-plain", MemoryJob.Outage, "none"),
        new("outage-gzip", MemoryJob.Outage),
        new("quarter-plain", MemoryJob.Ship, "none", 0.25),
        new("quarter-gzip", MemoryJob.Ship, "gzip", 0.25),
        new("200-logs-3-sinks", MemoryJob.Logs),
    ];
}

/// <summary>Peak memory and speed of the whole process under limits of memory, as one Markdown table (<c>bench/memory/measure.sh</c>).</summary>
internal sealed class MemoryRun(string binary, string[] choices)
{
    private static readonly TimeSpan SampleEvery = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(5);

    private readonly string _folder = Directory.CreateTempSubdirectory("logshipper-memory-").FullName;
    private readonly string _corpus = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "logshipper-bench")).FullName;
    private readonly TimeSpan _length = TimeSpan.FromSeconds(Number(choices, "--seconds", 60));
    private readonly long _backlogBytes = (long)Number(choices, "--backlog-mib", 5 * 1024) << 20;

    private readonly record struct Outcome(double Peak, double First, double Last, double Anonymous, double LinesASecond, double Cpu, double MebibytesASecond, double StartMilliseconds, int Kills, bool Exited);

    public int Run()
    {
        if (ControlGroup.Problem is { } problem)
        {
            Console.Error.WriteLine(problem);
            return 1;
        }

        try
        {
            var chosen = Text("--only", string.Join(',', MemoryScenario.All.Select(scenario => scenario.Name))).Split(',');
            var limits = Text("--limits", "0,128,64").Split(',').Select(limit => int.Parse(limit, CultureInfo.InvariantCulture)).ToList();
            Console.WriteLine("| job | memory limit, MiB | peak RSS, MiB | RSS in the first / last third, MiB | of it anonymous at the end | lines/s | MB/s of log | CPU s a million lines | start → first line, ms | killed for want of memory |");
            Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
            foreach (var scenario in MemoryScenario.All.Where(scenario => chosen.Contains(scenario.Name)))
            {
                foreach (var limit in limits)
                {
                    Print(scenario, limit, MeasureAsync(scenario, limit).GetAwaiter().GetResult());
                }
            }
        }
        finally
        {
            Directory.Delete(_folder, recursive: true);
        }

        return 0;
    }

    private static void Print(MemoryScenario scenario, int limit, Outcome outcome) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"| {scenario.Name} | {(limit > 0 ? limit : "–")} | {outcome.Peak:0.0} | {outcome.First:0.0} / {outcome.Last:0.0} | {outcome.Anonymous:0.0} | {(outcome.LinesASecond > 0 ? outcome.LinesASecond.ToString("N0", CultureInfo.InvariantCulture) : "–")} | {(outcome.MebibytesASecond > 0 ? outcome.MebibytesASecond.ToString("0", CultureInfo.InvariantCulture) : "–")} | {(outcome.Cpu > 0 ? outcome.Cpu.ToString("0.00", CultureInfo.InvariantCulture) : "–")} | {(outcome.StartMilliseconds > 0 ? outcome.StartMilliseconds.ToString("0", CultureInfo.InvariantCulture) : "–")} | {(outcome.Kills > 0 ? $"**{outcome.Kills}**" : outcome.Exited ? "**ended**" : "no")} |"));

    private async Task<Outcome> MeasureAsync(MemoryScenario scenario, int limit)
    {
        var work = Directory.CreateDirectory(Path.Combine(_folder, $"{scenario.Name}-{limit}")).FullName;
        using var receiver = new SteadyBulk();
        using var group = new ControlGroup(limit, scenario.Cores);
        var bytesPerLine = Prepare(scenario, work);
        using var shipper = new ShipperUnderTest(binary, Settings(scenario, work, receiver.Port), work, group);

        var samples = new List<double>();
        var peak = 0.0;
        var anonymous = 0.0;
        var cpu = 0.0;
        var asked = Stopwatch.GetTimestamp();
        var (busy, counted) = (TimeSpan.Zero, 0L);
        var (previous, previousAt) = (0L, 0L);
        var length = scenario.Job == MemoryJob.Outage ? TimeSpan.FromSeconds(100) : _length;
        var isDown = false;
        while (Stopwatch.GetElapsedTime(shipper.StartedAt) < length && !shipper.HasExited)
        {
            await Task.Delay(SampleEvery);
            var elapsed = Stopwatch.GetElapsedTime(shipper.StartedAt);
            var resident = shipper.Mebibytes("VmRSS:");
            if (resident > 0)
            {
                samples.Add(resident);
                peak = Math.Max(peak, shipper.Mebibytes("VmHWM:"));
                cpu = receiver.Documents > 0 ? shipper.CpuSeconds() : 0;
                anonymous = shipper.Mebibytes("RssAnon:");
            }

            // The speed is that of the times in which it had something to do and could.
            var (documents, now) = (receiver.Documents, Stopwatch.GetTimestamp());
            if (documents > previous && previousAt > 0)
            {
                busy += Stopwatch.GetElapsedTime(previousAt, now);
                counted += documents - previous;
            }

            (previous, previousAt) = (documents, receiver.FirstAt > 0 ? now : 0);
            if (scenario.Job == MemoryJob.Outage && elapsed.TotalSeconds is >= 10 and < 70 != isDown)
            {
                isDown = !isDown;
                if (isDown)
                {
                    receiver.GoDown();
                }
                else
                {
                    receiver.ComeBack();
                }
            }

            if (Stopwatch.GetElapsedTime(asked) > AskEvery)
            {
                asked = Stopwatch.GetTimestamp();
                await shipper.AskAsync("metrics");
                await shipper.AskAsync("status");
                await shipper.AskAsync("healthz");
            }
        }

        if (choices.Contains("--collector"))
        {
            Console.Error.WriteLine(string.Join('\n', (await shipper.AskAsync("metrics")).Split('\n').Where(line => line.StartsWith("dotnet_gc", StringComparison.Ordinal) && !line.Contains("poh"))));
        }

        if (receiver.Documents == 0 && scenario.Job != MemoryJob.Idle)
        {
            Console.Error.WriteLine($"nothing arrived: {shipper.Messages}");
        }

        var third = Math.Max(1, samples.Count / 3);
        var seconds = busy.TotalSeconds;
        var speed = seconds > 0 ? counted / seconds : 0;
        var outcome = new Outcome(
            peak, Middle(samples[..third]), Middle(samples[^third..]), anonymous, speed, cpu * 1e6 / Math.Max(1, receiver.Documents), speed * bytesPerLine / 1e6,
            receiver.FirstAt > 0 ? Stopwatch.GetElapsedTime(shipper.StartedAt, receiver.FirstAt).TotalMilliseconds : 0, group.Kills(), shipper.HasExited);
        return outcome;
    }

    /// <summary>The logs of the job; returns how long a line is.</summary>
    private double Prepare(MemoryScenario scenario, string work)
    {
        var logs = Directory.CreateDirectory(Path.Combine(work, "logs")).FullName;
        switch (scenario.Job)
        {
            case MemoryJob.Idle:
                File.WriteAllText(Path.Combine(logs, "access.log"), "");
                return 0;
            case MemoryJob.Logs:
                var few = Corpus.File(_corpus, 20_000);
                for (var log = 0; log < 200; log++)
                {
                    // A first line of its own, or they would be the copies of one content.
                    using var file = File.Create(Path.Combine(logs, $"site-{log:000}.log"));
                    file.Write(System.Text.Encoding.ASCII.GetBytes($"192.0.2.1 - - [23/Nov/2026:00:00:00 +0000] \"GET /{log} HTTP/1.1\" 200 5 \"-\" \"first\" \"-\"\n"));
                    file.Write(File.ReadAllBytes(few));
                }

                return new FileInfo(few).Length / 20_000.0;
            default:
                var backlog = Backlog(out var bytesPerLine);
                using (var link = Process.Start("ln", [backlog, Path.Combine(logs, "access.log")]))
                {
                    link.WaitForExit();
                }

                return bytesPerLine;
        }
    }

    private string Backlog(out double bytesPerLine)
    {
        const int Lines = 500_000;
        var part = Corpus.File(_corpus, Lines);
        bytesPerLine = new FileInfo(part).Length / (double)Lines;
        var path = Path.Combine(_corpus, $"backlog-{_backlogBytes >> 20}.log");
        if (!File.Exists(path))
        {
            using var file = File.Create($"{path}.part");
            using var one = File.OpenRead(part);
            while (file.Length < _backlogBytes)
            {
                one.Position = 0;
                one.CopyTo(file, 1 << 20);
            }

            File.Move(file.Name, path);
        }

        return path;
    }

    private static IEnumerable<string> Settings(MemoryScenario scenario, string work, int port)
    {
        yield return "Logs:error:Enabled=false";
        if (scenario.Job == MemoryJob.Logs)
        {
            yield return "Logs:access:Enabled=false";
            yield return $"Logs:sites:Path={work}/logs/*.log";
            yield return "Logs:sites:Format=main";
            yield return "Sinks:stdout:Type=stdout";
        }
        else
        {
            yield return $"Logs:access:Path={work}/logs/access.log";
            yield return "Logs:access:Format=main";
        }

        string[] sinks = scenario.Job == MemoryJob.Logs ? ["es", "copy"] : ["es"];
        foreach (var sink in sinks)
        {
            yield return $"Sinks:{sink}:Type=elasticsearch";
            yield return $"Sinks:{sink}:Nodes:0=http://127.0.0.1:{port}";
            yield return $"Sinks:{sink}:Compression={scenario.Compression}";
        }
    }

    private static double Middle(List<double> values) => values.Count == 0 ? 0 : values.Order().ElementAt(values.Count / 2);

    private static int Number(string[] choices, string name, int otherwise) =>
        Array.IndexOf(choices, name) is >= 0 and var at ? int.Parse(choices[at + 1], CultureInfo.InvariantCulture) : otherwise;

    private string Text(string name, string otherwise) => Array.IndexOf(choices, name) is >= 0 and var at ? choices[at + 1] : otherwise;
}
