using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using k8s.Models;

namespace LogShipper.Pod.Cluster;

/// <summary>What must not cost a line: a kill, a frozen process, the deletion of the Pod, a flood.</summary>
public sealed partial class FaultTests(ITestOutputHelper transcript) : ClusterTest(transcript)
{
    // A batch on its way to stdout.
    private const int StdoutBatchBytes = 64 * 1024;

    [Fact]
    public async Task A_killed_sidecar_comes_back_loses_nothing_and_repeats_at_most_one_batch()
    {
        const string Pod = "webserver-killed";
        await ApplyCopyAsync(Pod, "100ms");
        var requests = new Requests("killed");
        HashSet<int> answered;
        await using (var load = Cluster.Start(["exec", Pod, "-c", Nginx, "--", .. requests.Command(0, 30_000, pauseSeconds: 0.02)]))
        {
            // Held up, so that there is much to be shipped at once, and killed in the midst of it.
            await Cluster.UntilAsync(() => Task.FromResult(load.Lines.Count >= 50), "the load runs");
            await SignalAsync(Pod, "STOP");
            await Cluster.UntilAsync(() => Task.FromResult(load.Lines.Count >= 250), "lines pile up");
            await SignalAsync(Pod, "CONT", "100000", "KILL");
            answered = Requests.Answered((await load.EndAsync(TimeSpan.FromMinutes(2))).Output.Split('\n'));
        }

        Assert.Equal(30_000, answered.Count);
        await Cluster.UntilAsync(async () => await Cluster.RestartsAsync(Pod, Sidecar) == 1, "the sidecar is started again");
        await Cluster.ReadyAsync(Pod);
        await Cluster.UntilAsync(async () => requests.CountIn(await Cluster.LogAsync(Pod, Sidecar, withPrevious: true)).Counts.Count >= 30_000, "all are shipped");
        await Cluster.KubectlAsync("get", "pod", Pod);
        var census = requests.CountIn(await Cluster.LogAsync(Pod, Sidecar, withPrevious: true));
        var first = requests.CountIn((await Cluster.QuietlyAsync("logs", Pod, "-c", Sidecar, "--previous")).Split('\n'));
        Say($"the process that was killed had shipped the first {first.Counts.Count}");
        var repeated = census.Counts.Values.Count(count => count > 1);
        Say($"{answered.Count} requests; {answered.Count(number => !census.Counts.ContainsKey(number))} lost, {repeated} repeated ({census.RepeatedBytes} bytes; a batch has at most {StdoutBatchBytes}), {census.Torn.Count} torn");
        Assert.DoesNotContain(answered, number => !census.Counts.ContainsKey(number));
        Assert.DoesNotContain(census.Counts, one => one.Value > 2);
        Assert.InRange(census.RepeatedBytes, 0, StdoutBatchBytes);
        // Of what was being written when it was killed, the end may be missing: the whole line follows.
        Assert.InRange(census.Torn.Count, 0, 1);
    }

    [Fact]
    public async Task A_frozen_sidecar_fails_its_probes_is_restarted_and_goes_on_where_it_was()
    {
        const string Pod = "webserver-frozen";
        await ApplyCopyAsync(Pod, "1s");
        var requests = new Requests("frozen");
        var answered = await RequestAsync(Pod, requests, 0, 1_000);
        await Cluster.UntilAsync(async () => requests.CountIn(await Cluster.LogAsync(Pod, Sidecar)).Counts.Count == 1_000, "the first are shipped", 10);
        await SignalAsync(Pod, "STOP");
        answered.UnionWith(await RequestAsync(Pod, requests, 1_000, 1_000));
        await Cluster.UntilAsync(async () => !(await Cluster.ContainerAsync(Pod, Sidecar)).GetProperty("ready").GetBoolean(), "it is not ready any more");
        // 30 s until the probe has failed three times, 30 s of grace: a stopped process takes no notice of SIGTERM.
        var took = await Cluster.UntilAsync(async () => await Cluster.RestartsAsync(Pod, Sidecar) == 1, "it is restarted", 150);
        await Cluster.ReadyAsync(Pod);
        await Cluster.KubectlAsync("get", "pod", Pod);
        var events = await Cluster.EventsAsync(Pod);
        Assert.Contains(events, one => one.Reason == "Unhealthy" && one.Message.Contains("Liveness", StringComparison.Ordinal));
        Assert.Contains(events, one => one.Reason == "Unhealthy" && one.Message.Contains("Readiness", StringComparison.Ordinal));
        foreach (var one in events)
        {
            Say($"{one.Type} {one.Reason}: {one.Message}");
        }

        await Cluster.UntilAsync(async () => requests.CountIn(await Cluster.LogAsync(Pod, Sidecar, withPrevious: true)).Counts.Count == 2_000, "all are shipped", 20);
        requests.AssertOnce(answered, await Cluster.LogAsync(Pod, Sidecar, withPrevious: true));
        Say($"restarted {took.TotalSeconds:0} s after it was seen not to be ready; 2000 requests, each shipped exactly once");
    }

    [Fact]
    public async Task A_deletion_under_load_ships_the_last_line_that_nginx_wrote()
    {
        const string Pod = "webserver-deleted";
        // The witness prints what nginx writes, and goes on with it while the others end.
        await ApplyCopyAsync(Pod, "30s", manifest => manifest.PodSpec.Containers.Add(new V1Container
        {
            Name = "witness",
            Image = manifest.Nginx.Image,
            ImagePullPolicy = manifest.Nginx.ImagePullPolicy,
            SecurityContext = manifest.Nginx.SecurityContext,
            Command = ["/bin/bash", "-c", "trap 'sleep 8; kill %1; exit 0' TERM; tail -n +1 -s 0.1 -F /var/log/nginx/access.log & while true; do wait; done"],
            VolumeMounts = [new V1VolumeMount { Name = "shared-logs", MountPath = "/var/log/nginx", ReadOnlyProperty = true }],
        }));
        var requests = new Requests("deleted");
        await using var witness = Cluster.Start("logs", Pod, "-c", "witness", "-f");
        await using var sidecar = Cluster.Start("logs", Pod, "-c", Sidecar, "-f");
        await using (var load = Cluster.Start(["exec", Pod, "-c", Nginx, "--", .. requests.Command(0, 1_000_000, pauseSeconds: 0.05)]))
        {
            await Cluster.UntilAsync(() => Task.FromResult(load.Lines.Count >= 50), "the load runs");
            await Cluster.KubectlAsync("delete", "pod", Pod);
        }

        var written = (await AccessLinesAsync(witness)).Lines;
        var (shipped, messages) = await AccessLinesAsync(sidecar);
        Say($"nginx wrote {written.Count} lines, the last of them: {written[^1]}");
        Say($"the sidecar shipped {shipped.Count} lines, the last of them: {shipped[^1]}");
        requests.AssertOnce(requests.CountIn(written).Counts.Keys, shipped);
        Assert.Contains(written[^1], shipped);
        Assert.Equal(written.Count, shipped.Count);
        foreach (var line in messages)
        {
            Cluster.Tell(line);
        }
    }

    [Fact]
    public async Task Memory_stays_under_the_limit_while_200000_requests_are_shipped()
    {
        const string Pod = "webserver-flooded";
        const int Count = 200_000;
        await ApplyCopyAsync(Pod, "1s");
        var requests = new Requests("flooded");
        Assert.Equal(Count, (await RequestAsync(Pod, requests, 0, Count)).Count);
        long acknowledged = 0;
        await Cluster.UntilAsync(
            async () =>
            {
                using var status = JsonDocument.Parse(await Cluster.QuietlyAsync("exec", Pod, "-c", Sidecar, "--", "logshipper", "status", "--json"));
                var lane = status.RootElement.GetProperty("lanes").EnumerateArray().Single(one => one.GetProperty("log").GetString() == "access" && one.GetProperty("sink").GetString() == "stdout");
                acknowledged = lane.GetProperty("ledger").GetProperty("acknowledged").GetProperty("records").GetInt64();
                return acknowledged >= Count;
            },
            "all are shipped");
        Assert.Equal(Count, acknowledged);
        await Cluster.KubectlAsync("exec", Pod, "-c", Sidecar, "--", "logshipper", "status");
        var peak = await Cluster.KubectlAsync("exec", Pod, "-c", Sidecar, "--", "/bin/bash", "-c", """for p in /proc/[0-9]*; do if [ "$(cat $p/comm 2>/dev/null)" = logshipper ]; then grep -E '^Vm(HWM|RSS):' $p/status; break; fi; done""");
        var limit = (long)Manifest.Load(Repository.Pod).Sidecar.Resources.Limits["memory"].ToDecimal();
        var resident = long.Parse(Peak().Match(peak).Groups["kilobytes"].ValueSpan, CultureInfo.InvariantCulture) * 1024;
        Say($"at most {resident / 1048576.0:0.0} MiB were resident, the limit is {limit / 1048576} MiB");
        Assert.InRange(resident, 1, limit - 1);
        // Nor was it killed for it.
        Assert.Equal(0, await Cluster.RestartsAsync(Pod, Sidecar));
        Assert.Equal(0, await Cluster.RestartsAsync(Pod, Nginx));
    }

    // What a log that is followed to its end holds: lines of nginx's, and LogShipper's messages (the rest is error.log, and a word of the node at the end).
    private static async Task<(List<string> Lines, List<string> Messages)> AccessLinesAsync(Command log)
    {
        var lines = (await log.EndAsync(TimeSpan.FromMinutes(1))).Output.Split('\n');
        return ([.. lines.Where(line => line.StartsWith("127.0.0.1 - - [", StringComparison.Ordinal))], [.. lines.Where(line => line.StartsWith('{'))]);
    }

    [GeneratedRegex(@"VmHWM:\s+(?<kilobytes>\d+) kB", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Peak();
}
