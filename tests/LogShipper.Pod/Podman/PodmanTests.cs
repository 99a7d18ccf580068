using System.Text.Json;

namespace LogShipper.Pod.Podman;

/// <summary>The image and the manifest together, without a cluster.</summary>
public sealed class PodmanTests
{
    private const string Nginx = "nginx-container";
    private const string Sidecar = "sidecar-container";

    [Fact]
    public async Task Both_containers_run_as_nobody_special_and_the_sidecar_answers_and_has_a_shell()
    {
        await using var pod = await PodmanPod.PlayAsync("logshipper-confined", "1s");
        foreach (var container in (string[])[Nginx, Sidecar])
        {
            Assert.Equal("101", (await pod.ExecAsync(container, "id", "-u")).Trim());
            Assert.Contains("access.log", await pod.ExecAsync(container, "/bin/bash", "-c", "ls -la /var/log/nginx"), StringComparison.Ordinal);
            Assert.Contains("Read-only", (await pod.TryExecAsync(container, "/bin/bash", "-c", ": > /a-file")).Errors, StringComparison.Ordinal);
            var status = await pod.ExecAsync(container, "grep", "-E", "^(CapEff|CapBnd|NoNewPrivs):", "/proc/1/status");
            Assert.Equal("CapEff:\t0000000000000000\nCapBnd:\t0000000000000000\nNoNewPrivs:\t1\n", status);
        }

        await PodmanPod.UntilAsync(async () => (await pod.GetAsync("/readyz")).Status == "HTTP/1.1 200 OK", "ready");
        Assert.Equal("HTTP/1.1 200 OK", (await pod.GetAsync("/livez")).Status);
        Assert.Contains("logshipper_", (await pod.GetAsync("/metrics")).Body, StringComparison.Ordinal);
        Assert.Contains("\"lanes\"", await pod.ExecAsync(Sidecar, "logshipper", "status", "--json"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_request_stands_once_in_the_sidecars_log_also_of_those_after_a_kill_and_to_the_last()
    {
        await using var pod = await PodmanPod.PlayAsync("logshipper-shipping", "1s");
        var requests = new Requests("podman");
        await PodmanPod.UntilAsync(async () => (await pod.TryExecAsync(Nginx, "/bin/bash", "-c", ": > /dev/tcp/127.0.0.1/80")).ExitCode == 0, "nginx listens");
        var answered = Requests.Answered((await pod.ExecAsync(Nginx, requests.Command(0, 5_000))).Split('\n'));
        Assert.Equal(5_000, answered.Count);
        await PodmanPod.UntilAsync(async () => requests.CountIn(await pod.LogsAsync(Sidecar)).Counts.Count == 5_000, "all are shipped", 15);
        requests.AssertOnce(answered, await pod.LogsAsync(Sidecar));

        // Everything is settled: a kill now repeats nothing, and what is written meanwhile waits in the log.
        await pod.KillAsync(Sidecar);
        answered.UnionWith(Requests.Answered((await pod.ExecAsync(Nginx, requests.Command(5_000, 5_000))).Split('\n')));
        await pod.StartAgainAsync(Sidecar);
        await PodmanPod.UntilAsync(async () => requests.CountIn(await pod.LogsAsync(Sidecar)).Counts.Count == 10_000, "all after the kill are shipped", 15);
        requests.AssertOnce(answered, await pod.LogsAsync(Sidecar));

        // The end of the Pod comes to both at once, under load.
        await using (var load = pod.Start(Nginx, requests.Command(10_000, 1_000_000)))
        {
            await PodmanPod.UntilAsync(() => Task.FromResult(load.Lines.Count > 20), "the load runs");
            await pod.StopAsync(Nginx, Sidecar);
        }

        Assert.Equal(0, await pod.ExitCodeAsync(Sidecar));
        var written = await File.ReadAllLinesAsync(pod.AccessLog, TestContext.Current.CancellationToken);
        var log = await pod.LogsAsync(Sidecar);
        requests.AssertOnce(requests.CountIn(written).Counts.Keys, log);
        Assert.Contains(written[^1], log);
        // Errors are lines as well.
        Assert.Subset(log.ToHashSet(StringComparer.Ordinal), (await File.ReadAllLinesAsync(pod.ErrorLog, TestContext.Current.CancellationToken)).ToHashSet(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_image_says_what_it_is_and_brings_no_SDK()
    {
        await using var pod = await PodmanPod.PlayAsync("logshipper-image", "1s");
        var container = await pod.InspectAsync(Sidecar);
        var labels = container.GetProperty("Config").GetProperty("Labels");
        foreach (var label in (string[])["title", "description", "version", "revision", "created"])
        {
            Assert.True(labels.TryGetProperty($"org.opencontainers.image.{label}", out var value) && value.GetString() is { Length: > 0 }, label);
        }

        var left = await pod.ExecAsync(Sidecar, "/bin/bash", "-c", "shopt -s nullglob; command -v dotnet; echo /usr/*/dotnet /dotnet* /*/.nuget /source*");
        Assert.Equal("", left.Trim());
        var image = await Command.RunAsync("podman", ["image", "inspect", container.GetProperty("Image").GetString()!], TimeSpan.FromSeconds(30));
        using var inspected = JsonDocument.Parse(image.Output);
        Assert.Equal("101:101", inspected.RootElement[0].GetProperty("Config").GetProperty("User").GetString());
    }
}
