using System.Diagnostics;
using System.Globalization;

namespace LogShipper.Benchmarks.Sidecar;

/// <summary>Runs every shipper on the same jobs, one after the other, and prints a table in Markdown.</summary>
internal sealed class Comparison(string own, string tools, string configurations, int lines, int runs, int idleSeconds)
{
    private const double TicksPerSecond = 100;

    /// <summary>Who takes longer than 100 µs a line and 20 s more is not waited for.</summary>
    private readonly TimeSpan _longest = TimeSpan.FromSeconds(20 + (lines / 10_000));

    private readonly string _folder = Directory.CreateTempSubdirectory("logshipper-sidecar-").FullName;
    private readonly BulkReceiver _receiver = new();

    private readonly record struct Usage(double CpuSeconds, double PeakMebibytes, double ResidentMebibytes);

    private sealed record Result(string Name)
    {
        public List<double> Discard { get; } = [];

        public List<double> Bulk { get; } = [];

        public List<double> LinesASecond { get; } = [];

        public List<double> Start { get; } = [];

        public double Peak { get; set; }

        public double Idle { get; set; }

        public double IdleCpu { get; set; }

        public double[] Latencies { get; set; } = [];

        public List<double> Stop { get; } = [];
    }

    public void Run()
    {
        var machine = Machine();
        var log = Path.Combine(_folder, "access.log");
        Corpus.Write(log, lines);
        var results = Shipper.All(own, tools).Where(shipper => shipper.Program is not null).Select(shipper => (Shipper: shipper, Result: new Result(shipper.Name))).ToList();
        for (var run = 0; run < runs; run++)
        {
            foreach (var (shipper, result) in results)
            {
                Console.Error.WriteLine($"{shipper.Name}, run {run + 1}");
                if (shipper.Discard is { } discard)
                {
                    Discard(shipper, discard, log, result);
                }

                Bulk(shipper, log, result);
            }
        }

        foreach (var (shipper, result) in results)
        {
            Console.Error.WriteLine($"{shipper.Name}, idle and latency");
            Latency(shipper, result);
        }

        Console.WriteLine($"{machine}; at the end {Load()}. {lines:N0} lines, medians of {runs} runs in turn, idle for {idleSeconds} s.\n");
        Print(results.Select(pair => pair.Result));
        Directory.Delete(_folder, recursive: true);
        _receiver.Dispose();
    }

    /// <summary>What it is measured on, and how busy that is before.</summary>
    private static string Machine()
    {
        var model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim();
        var memory = File.ReadLines("/proc/meminfo").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{DateTime.UtcNow:yyyy-MM-dd}: {Environment.ProcessorCount} processors ({model ?? "of no known model"}), {double.Parse(memory, CultureInfo.InvariantCulture) / 1024 / 1024:F0} GiB, {Environment.OSVersion}; load {Load()} before");
    }

    private static string Load() => string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ')[..3]);

    private void Discard(Shipper shipper, string arguments, string log, Result result)
    {
        using var process = shipper.Start(Fill(arguments, log, "1", out var work), work);
        var start = Stopwatch.GetTimestamp();
        WaitUntilQuiet(process, start);
        result.Discard.Add(Measure(process).CpuSeconds * 1e6 / lines);
        End(process, result: null);
    }

    /// <summary>Nobody says when the last line is thrown away, or counted: it is done when it uses no CPU any more.</summary>
    private void WaitUntilQuiet(Process process, long start)
    {
        var last = -1.0;
        var quiet = 0;
        while (quiet < 4 && !process.HasExited && Stopwatch.GetElapsedTime(start) < _longest)
        {
            Thread.Sleep(500);
            var now = Measure(process).CpuSeconds;
            quiet = now - last < 0.02 && now > 0.05 ? quiet + 1 : 0;
            last = now;
        }
    }

    private void Bulk(Shipper shipper, string log, Result result)
    {
        _receiver.Reset();
        var start = Stopwatch.GetTimestamp();
        using var process = shipper.Start(Fill(shipper.Bulk, log, "1", out var work), work);
        while (_receiver.Documents < lines && !process.HasExited && Stopwatch.GetElapsedTime(start) < _longest)
        {
            Thread.Sleep(5);
        }

        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var arrived = _receiver.Documents;
        if (arrived < lines)
        {
            Console.Error.WriteLine($"  only {arrived} of {lines} lines arrived: {File.ReadLines(Path.Combine(work, "messages")).FirstOrDefault()}");
        }

        if (arrived > 0 && !process.HasExited)
        {
            WaitUntilQuiet(process, start);
            var usage = Measure(process);
            result.Bulk.Add(usage.CpuSeconds * 1e6 / arrived);
            result.LinesASecond.Add(arrived / seconds);
            result.Start.Add(Stopwatch.GetElapsedTime(start, _receiver.FirstAt).TotalMilliseconds);
            result.Peak = Math.Max(result.Peak, usage.PeakMebibytes);
        }

        End(process, result);
    }

    private void Latency(Shipper shipper, Result result)
    {
        _receiver.Reset();
        var log = Path.Combine(_folder, "probe.log");
        File.WriteAllText(log, "");
        using var process = shipper.Start(Fill(shipper.Bulk, log, "1", out var work), work);
        Thread.Sleep(3000);
        var before = Measure(process);
        Thread.Sleep(idleSeconds * 1000);
        var after = Measure(process);
        result.Idle = after.ResidentMebibytes;
        result.IdleCpu = (after.CpuSeconds - before.CpuSeconds) * 100 / idleSeconds;
        for (var line = 0; line < 150; line++)
        {
            File.AppendAllText(log, $"192.0.2.1 - - [23/Nov/2026:00:00:00 +0000] \"GET {BulkReceiver.Marker}{Stopwatch.GetTimestamp()} HTTP/1.1\" 200 5 \"-\" \"probe\" \"-\"\n");
            Thread.Sleep(100);
        }

        Thread.Sleep(2000);
        result.Latencies = _receiver.Latencies();
        End(process, result: null);
        File.Delete(log);
    }

    private static void End(Process process, Result? result)
    {
        var start = Stopwatch.GetTimestamp();
        if (!process.HasExited)
        {
            using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
            if (!process.WaitForExit(TimeSpan.FromSeconds(10)))
            {
                process.Kill();
                process.WaitForExit();
            }

            result?.Stop.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
    }

    private string Fill(string arguments, string log, string seconds, out string work)
    {
        work = Path.Combine(_folder, "work");
        if (Directory.Exists(work))
        {
            Directory.Delete(work, recursive: true);
        }

        var written = Path.Combine(work, "configuration");
        Directory.CreateDirectory(written);
        var folder = work;
        string Replaced(string text) => text.Replace("@LOG@", log).Replace("@WORK@", folder).Replace("@CONF@", written)
            .Replace("@PORT@", _receiver.Port.ToString(CultureInfo.InvariantCulture)).Replace("@FLUSH@", seconds).Replace("@LINGER@", "20");
        foreach (var file in Directory.GetFiles(configurations))
        {
            File.WriteAllText(Path.Combine(written, Path.GetFileName(file)), Replaced(File.ReadAllText(file)));
        }

        return Replaced(arguments);
    }

    private static Usage Measure(Process process)
    {
        try
        {
            var fields = File.ReadAllText($"/proc/{process.Id}/stat").Split(") ")[1].Split(' ');
            var cpu = (double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
            var status = File.ReadAllLines($"/proc/{process.Id}/status");
            return new Usage(cpu, Mebibytes("VmHWM:"), Mebibytes("VmRSS:"));
            double Mebibytes(string name) => double.Parse(status.First(line => line.StartsWith(name, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException or IndexOutOfRangeException)
        {
            // It has ended.
            return default;
        }
    }

    private static void Print(IEnumerable<Result> results)
    {
        Console.WriteLine("| shipper | read → discard, CPU s/M lines | read → parse → `_bulk`, CPU s/M lines | lines/s | peak RSS, MiB | start → first line, ms | SIGTERM → exit, ms | idle RSS, MiB | idle CPU, % | append → received p50 / p99, ms |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
        foreach (var result in results)
        {
            var latency = result.Latencies is { Length: > 0 } all ? $"{Text(all[all.Length / 2], 1)} / {Text(all[all.Length * 99 / 100], 1)} ({all.Length})" : "–";
            Console.WriteLine($"| {result.Name} | {Text(Median(result.Discard), 2)} | {Text(Median(result.Bulk), 2)} | {Text(Median(result.LinesASecond), 0)} | {Text(result.Peak, 0)} | {Text(Median(result.Start), 0)} | {Text(Median(result.Stop), 0)} | {Text(result.Idle, 1)} | {Text(result.IdleCpu, 2)} | {latency} |");
        }
    }

    private static double Median(List<double> values) => values.Count == 0 ? double.NaN : values.Order().ElementAt(values.Count / 2);

    private static string Text(double value, int digits) => double.IsNaN(value) ? "–" : value.ToString($"N{digits}", CultureInfo.InvariantCulture);
}
