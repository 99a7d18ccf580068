namespace LogShipper.Pod.Cluster;

/// <summary>The user's file as it is, and what a user does with it by hand.</summary>
public sealed class AcceptanceTests(ITestOutputHelper transcript) : ClusterTest(transcript)
{
    private const string Pod = "webserver";

    // What says something of the cluster and nothing of the Pod: a cluster without a DNS service warns of every Pod.
    private static readonly string[] OfTheCluster = ["MissingClusterDNS"];

    [Fact]
    public async Task The_pod_does_what_its_user_was_promised()
    {
        await Cluster.ApplyAsync(OwnManifest(), Repository.Pod);
        await Cluster.ReadyAsync(Pod);
        Assert.Matches(@"(?m)^webserver +2/2 +Running +0 ", await Cluster.KubectlAsync("get", "pod", Pod));
        Assert.Equal("nginx-container sidecar-container", (await Cluster.KubectlAsync("get", "pod", Pod, "-o", "jsonpath={.spec.containers[*].name}")).TrimEnd());
        await AssertShellsAsync();
        await AssertConfinedAsync();
        await AssertAnswersAsync();
        await AssertEachRequestOnceAsync();
        await AssertNoWarningsAsync();

        // All that the file brought goes with it.
        var deleted = await Cluster.TryAsync(["delete", "-f", "-"], quietly: true, OwnManifest());
        Cluster.Tell($"$ kubectl delete -f {Repository.Pod}\n{deleted.Output}{deleted.Errors}");
        Assert.Equal(0, deleted.ExitCode);
        Assert.NotEqual(0, (await Cluster.TryAsync(["get", "pod", Pod], quietly: false)).ExitCode);
        Assert.NotEqual(0, (await Cluster.TryAsync(["get", "configmap", "logshipper"], quietly: false)).ExitCode);
    }

    private async Task AssertShellsAsync()
    {
        foreach (var container in (string[])[Nginx, Sidecar])
        {
            var session = await Cluster.TryAsync(["exec", "-it", Pod, "-c", container, "--", "/bin/bash"], quietly: false, "ls -la /var/log/nginx\nexit\n");
            Assert.Equal(0, session.ExitCode);
            Assert.Contains("access.log", session.Output, StringComparison.Ordinal);
            Assert.Contains("error.log", session.Output, StringComparison.Ordinal);
            // The emptyDir hides the image's links to the console.
            Assert.DoesNotContain("->", session.Output, StringComparison.Ordinal);
        }
    }

    private async Task AssertConfinedAsync()
    {
        foreach (var container in (string[])[Nginx, Sidecar])
        {
            Assert.Equal("101", (await Cluster.KubectlAsync("exec", Pod, "-c", container, "--", "id", "-u")).Trim());
            var write = await Cluster.TryAsync(["exec", Pod, "-c", container, "--", "/bin/bash", "-c", ": > /a-file"], quietly: false);
            Assert.NotEqual(0, write.ExitCode);
            Assert.Contains("Read-only file system", write.Errors, StringComparison.Ordinal);
            var status = await Cluster.KubectlAsync("exec", Pod, "-c", container, "--", "grep", "-E", "^(CapEff|CapBnd|NoNewPrivs|Seccomp):", "/proc/1/status");
            Assert.Equal("CapEff:\t0000000000000000\nCapBnd:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n", status);
        }
    }

    private async Task AssertAnswersAsync()
    {
        foreach (var path in (string[])["/livez", "/readyz"])
        {
            Assert.Equal("HTTP/1.1 200 OK", (await Cluster.KubectlAsync("exec", Pod, "-c", Sidecar, "--", "/bin/bash", "-c", $"exec 3<>/dev/tcp/127.0.0.1/9600; printf 'GET {path} HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n' >&3; IFS=$'\\r' read -r status <&3; printf %s \"$status\"")).TrimEnd());
        }

        Assert.Contains("stdout", await Cluster.KubectlAsync("exec", Pod, "-c", Sidecar, "--", "logshipper", "status"), StringComparison.Ordinal);
    }

    private async Task AssertEachRequestOnceAsync()
    {
        var requests = new Requests("acceptance");
        var answered = await RequestAsync(Pod, requests, 0, 1_000);
        Assert.Equal(1_000, answered.Count);
        await Cluster.QuietlyAsync("exec", Pod, "-c", Nginx, "--", "/bin/bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/80; printf 'GET /there-is-no-such-page HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3");
        var took = await Cluster.UntilAsync(async () => requests.CountIn(await Cluster.LogAsync(Pod, Sidecar)).Counts.Count == 1_000, "the requests stand in the log", 35);
        Say($"all of them stood in the sidecar's log within {took.TotalSeconds:0.0} s; the interval is 30 s");

        // The loop that this replaces would print all of it again with the next interval.
        await Task.Delay(TimeSpan.FromSeconds(31), TestContext.Current.CancellationToken);
        var log = await Cluster.LogAsync(Pod, Sidecar);
        requests.AssertOnce(answered, log);
        Say($"after the next interval each stands there exactly once");
        Assert.Single(log, line => line.Contains("\"GET /there-is-no-such-page HTTP/1.0\" 404", StringComparison.Ordinal));
        Assert.Single(log, line => line.Contains("[error]", StringComparison.Ordinal) && line.Contains("there-is-no-such-page", StringComparison.Ordinal));
        await Cluster.KubectlAsync("logs", Pod, "-c", Sidecar, "--tail=5");

        // The probes of nginx leave no line.
        Assert.Equal(1_001, log.Count(line => line.StartsWith("127.0.0.1 - - [", StringComparison.Ordinal)));
        Assert.DoesNotContain(log, line => line.Contains("kube-probe", StringComparison.Ordinal));
    }

    private async Task AssertNoWarningsAsync()
    {
        await Cluster.KubectlAsync("describe", "pod", Pod);
        Assert.DoesNotContain(await Cluster.EventsAsync(Pod), one => one.Type == "Warning" && !OfTheCluster.Contains(one.Reason, StringComparer.Ordinal));
        Assert.Equal(0, await Cluster.RestartsAsync(Pod, Sidecar));
        Assert.Equal(0, await Cluster.RestartsAsync(Pod, Nginx));
    }
}
