using System.Globalization;
using LogShipper.Demo;
using LogShipper.EndToEnd.Faults;

namespace LogShipper.EndToEnd.Soak;

/// <summary>
/// Half an hour under 5,000 lines a second, to both sinks, while the receiver fails by a schedule and the log is rotated:
/// <c>./build.sh soak</c>. The shipper is never killed: what is measured is whether it grows.
/// </summary>
[Trait("Kind", "Soak")]
public sealed class SoakTest : EndToEndTest
{
    private const int LinesPerSecond = 5_000;
    private const int KeptRotations = 4;

    /// <summary>How much more the last third may hold than the first.</summary>
    private const double MostGrowth = 1.05;

    /// <summary>The faults, again and again; a third of any whole number of minutes but few holds as many of each.</summary>
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(40);

    /// <summary>Until every fault of a round, a rotation and a scrape have been gone through once: what they need is there by then.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan SampleEvery = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ScrapeEvery = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Nothing_grows_nothing_is_lost_and_nothing_comes_twice()
    {
        var minutes = Environment.GetEnvironmentVariable("LOGSHIPPER_SOAK_MINUTES");
        Assert.SkipUnless(double.TryParse(minutes, CultureInfo.InvariantCulture, out var length) && length > 0, "./build.sh soak runs it");

        var port = Ports.Free();
        var receiver = await StartReceiverAsync(new BulkReceiverOptions { ContentOf = FaultKeys.KeyOf });
        Directory.CreateDirectory(Path.Combine(Folder, "logs"));
        await using var log = new NumberedLog(Path.Combine(Folder, "logs", "access.log"), "n", LinesPerSecond);
        log.Open();
        string[] settings =
        [
            $"StateDirectory={StateDirectory}", "Instance=pod", "Interval=1s", "Admin:Address=127.0.0.1", string.Create(CultureInfo.InvariantCulture, $"Admin:Port={port}"),
            "Logs:error:Enabled=false", .. Log("access", log.FilePath, "main"), .. ToElasticsearch(receiver), .. ToStdout,
        ];
        var shipper = LaunchUnder([], [], [.. settings.SelectMany(setting => (string[])["--set", setting])]);
        await EventuallyAsync(() => shipper.Says("Shipping in"), "the shipper says that it ships");
        log.Start();

        using var ending = new CancellationTokenSource(TimeSpan.FromMinutes(length), TimeProvider.System);
        var rotating = RotateAsync(log, ending.Token);
        var scraping = ScrapeAsync(port, shipper, ending.Token);
        var growth = await MeasureAsync(shipper, receiver, TimeSpan.FromMinutes(length), ending.Token);
        await rotating;
        await scraping;
        receiver.Fault = null;
        receiver.ItemFault = null;
        await log.StopAsync();
        await EventuallyAsync(() => receiver.Tally.Stored >= log.Written, "all lines are stored", TimeSpan.FromMinutes(3));
        shipper.Signal(Signals.Terminate);
        await ExitAsync(shipper, 0, TimeSpan.FromSeconds(60));

        Judge(log, receiver, shipper, growth, length);
    }

    private static void Judge(NumberedLog log, BulkReceiver receiver, ShipperProcess shipper, Growth growth, double minutes)
    {
        var stored = receiver.Contents;
        var printed = new Dictionary<string, int>(StringComparer.Ordinal);
        FaultKeys.Count(shipper.OutputPath, printed);
        var lost = Enumerable.Range(0, log.Written).Count(number => !stored.ContainsKey(log.KeyOf(number)));
        var unprinted = Enumerable.Range(0, log.Written).Count(number => !printed.ContainsKey(log.KeyOf(number)));
        var repeated = stored.Values.Sum(times => times - 1L) + receiver.Tally.RepeatedIds;
        var reprinted = printed.Values.Sum(times => times - 1L);
        var ledgers = shipper.Messages.Where(message => message.Contains(": read ", StringComparison.Ordinal) && message.Contains(", lost ", StringComparison.Ordinal)).ToList();
        var report = string.Create(CultureInfo.InvariantCulture, $"""
            {minutes} minutes, {log.Written} lines ({log.Written / (minutes * 60):0} a second), {receiver.Tally.Requests} requests, {receiver.Tally.Conflicts} documents sent again and answered 409
            Elasticsearch: {lost} lost, {repeated} repeated; stdout: {unprinted} lost, {reprinted} repeated
            {growth}
            {string.Join("\n", ledgers)}

            """);
        File.WriteAllText(Environment.GetEnvironmentVariable("LOGSHIPPER_REPORT") is { Length: > 0 } path ? path : Path.GetTempFileName(), report);

        Assert.True((lost, repeated, unprinted, reprinted) == (0, 0, 0, 0), report);
        Assert.Equal(0, receiver.Tally.Altered);
        Assert.False(shipper.Says("does not close"), report);
        Assert.Equal(2, ledgers.Count);
        Assert.All(ledgers, ledger => Assert.Contains("lost nothing", ledger, StringComparison.Ordinal));
        Assert.True(growth.Memory <= MostGrowth && growth.Handles <= MostGrowth, report);
    }

    /// <summary>The receiver fails as the moment of the round says, while the process is looked at.</summary>
    private static async Task<Growth> MeasureAsync(ShipperProcess shipper, BulkReceiver receiver, TimeSpan length, CancellationToken ending)
    {
        var samples = new List<(long ResidentKib, int Handles)>();
        var since = TimeProvider.System.GetTimestamp();
        while (!ending.IsCancellationRequested)
        {
            var elapsed = TimeProvider.System.GetElapsedTime(since);
            var moment = elapsed.TotalSeconds % Round.TotalSeconds;
            receiver.Fault = moment switch
            {
                >= 5 and < 13 => _ => BulkFault.DropUnread,
                >= 16 and < 20 => _ => BulkFault.Status(429, "1"),
                >= 28 and < 31 => BulkFault.EveryNth(3, BulkFault.DropAfterStoring),
                >= 33 and < 35 => _ => BulkFault.Slow(TimeSpan.FromMilliseconds(300)),
                _ => null,
            };
            receiver.ItemFault = moment is >= 22 and < 26 ? BulkItemFault.EveryNth(2, BulkItemFault.Busy) : null;

            if (elapsed >= WarmUp || elapsed >= length / 2)
            {
                samples.Add(Look(shipper.Id));
            }

            await Task.Delay(SampleEvery, TimeProvider.System, ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return Growth.Of(samples);
    }

    private static (long ResidentKib, int Handles) Look(int process)
    {
        var resident = File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return (long.Parse(resident.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture), Directory.GetFileSystemEntries($"/proc/{process}/fd").Length);
    }

    /// <summary>As logrotate does, with a second in which nginx still writes into the renamed file; what is old enough is removed.</summary>
    private static async Task RotateAsync(NumberedLog log, CancellationToken ending)
    {
        while (true)
        {
            await Task.Delay(Round, TimeProvider.System, ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (ending.IsCancellationRequested)
            {
                return;
            }

            log.Rename();
            File.Delete($"{log.FilePath}.{KeptRotations + 1}");
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, CancellationToken.None);
            log.Reopen();
        }
    }

    /// <summary>What a Prometheus and a person ask; the ledger is asked for as well.</summary>
    private static async Task ScrapeAsync(int port, ShipperProcess shipper, CancellationToken ending)
    {
        using var client = new HttpClient { BaseAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/")) };
        while (!ending.IsCancellationRequested && !shipper.HasExited)
        {
            var metrics = await client.GetStringAsync("metrics", CancellationToken.None);
            Assert.All(
                metrics.Split('\n').Where(line => line.StartsWith("logshipper_ledger_mismatch_bytes", StringComparison.Ordinal)),
                line => Assert.Equal("0", line.Split(' ')[1]));
            await client.GetStringAsync("status", CancellationToken.None);
            await Task.Delay(ScrapeEvery, TimeProvider.System, ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>What the last third holds of what the first did; the middle of each third, so that one moment decides nothing.</summary>
    private sealed record Growth(long FirstKib, long LastKib, int FirstHandles, int LastHandles, long MostKib, IReadOnlyList<long> TenthsKib)
    {
        public double Memory => (double)LastKib / FirstKib;

        public double Handles => (double)LastHandles / FirstHandles;

        public static Growth Of(List<(long ResidentKib, int Handles)> samples)
        {
            var third = samples.Count / 3;
            var (first, last) = (samples[..third], samples[^third..]);
            return new Growth(
                Middle(first, sample => sample.ResidentKib), Middle(last, sample => sample.ResidentKib), (int)Middle(first, sample => sample.Handles), (int)Middle(last, sample => sample.Handles), samples.Max(sample => sample.ResidentKib),
                [.. samples.Chunk((samples.Count + 9) / 10).Select(tenth => Middle([.. tenth], sample => sample.ResidentKib))]);
        }

        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"memory (VmRSS): first third {FirstKib} KiB, last third {LastKib} KiB ({(Memory - 1) * 100:+0.0;-0.0} %), most {MostKib} KiB; handles: first third {FirstHandles}, last third {LastHandles}\nmemory by tenths of the time, KiB: {string.Join(' ', TenthsKib)}");

        private static long Middle(List<(long ResidentKib, int Handles)> samples, Func<(long ResidentKib, int Handles), long> of) => samples.Select(of).Order().ElementAt(samples.Count / 2);
    }
}
