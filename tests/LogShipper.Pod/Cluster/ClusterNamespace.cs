using System.Globalization;
using System.Text.Json;
using k8s.Models;

namespace LogShipper.Pod.Cluster;

/// <summary>A namespace of the tests' own in the cluster that kubectl points at: one that lets only Pods of the restricted standard in
/// (from Kubernetes 1.23 on), and that takes everything with it at the end.</summary>
internal sealed class ClusterNamespace : IAsyncDisposable
{
    public const string Name = "logshipper-acceptance";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly ITestOutputHelper _transcript;

    private ClusterNamespace(ITestOutputHelper transcript) => _transcript = transcript;

    /// <summary>The image to be tested, as the cluster's nodes know it; empty: no cluster was named.</summary>
    public static string Image => Environment.GetEnvironmentVariable("LOGSHIPPER_CLUSTER_IMAGE") ?? "";

    public static async Task<ClusterNamespace> OpenAsync(ITestOutputHelper transcript)
    {
        Assert.SkipWhen(Image.Length == 0, "the acceptance on a cluster is ./build.sh cluster-test");
        var space = new ClusterNamespace(transcript);
        var yaml = $"""
            apiVersion: v1
            kind: Namespace
            metadata:
              name: {Name}
              labels:
                pod-security.kubernetes.io/enforce: restricted
            """;
        await space.RunAsync("apply", "-f", "-", yaml, quietly: true);
        // A Pod is refused until its namespace has this account.
        await space.UntilAsync(async () => (await space.TryAsync(["get", "serviceaccount", "default"], quietly: true)).ExitCode == 0, "the namespace is usable");
        return space;
    }

    /// <summary>kubectl, which must succeed; what it was asked and what it said goes to the transcript.</summary>
    public async Task<string> KubectlAsync(params IEnumerable<string> arguments)
    {
        var result = await TryAsync([.. arguments], quietly: false);
        Assert.True(result.ExitCode == 0, result.Errors);
        return result.Output;
    }

    public async Task<CommandResult> TryAsync(IReadOnlyList<string> arguments, bool quietly, string input = "")
    {
        var result = await Command.RunAsync("kubectl", ["--namespace", Name, .. arguments], Patience, input);
        if (!quietly)
        {
            Tell($"$ kubectl {string.Join(' ', arguments.Select(Shown))}");
            Tell(Excerpt(result.Output + result.Errors));
        }

        return result;
    }

    /// <summary>kubectl without a word in the transcript: what is asked again and again, or answers at length.</summary>
    public async Task<string> QuietlyAsync(params IEnumerable<string> arguments)
    {
        var result = await TryAsync([.. arguments], quietly: true);
        Assert.True(result.ExitCode == 0, result.Errors);
        return result.Output;
    }

    public async Task ApplyAsync(string yaml, string what)
    {
        var result = await TryAsync(["apply", "-f", "-"], quietly: true, yaml);
        Tell($"$ kubectl apply -f {what}");
        Tell(Excerpt(result.Output + result.Errors));
        Assert.True(result.ExitCode == 0, result.Errors);
    }

    /// <summary>A kubectl that runs on: a log that is followed, a load.</summary>
    public Command Start(params IEnumerable<string> arguments)
    {
        Tell($"$ kubectl {string.Join(' ', arguments.Select(Shown))} &");
        return Command.Start("kubectl", ["--namespace", Name, .. arguments]);
    }

    public async Task<JsonElement> PodAsync(string pod)
    {
        using var document = JsonDocument.Parse(await QuietlyAsync("get", "pod", pod, "-o", "json"));
        return document.RootElement.Clone();
    }

    /// <summary>How a container of the Pod stands.</summary>
    public async Task<JsonElement> ContainerAsync(string pod, string container)
    {
        var status = await PodAsync(pod);
        return status.GetProperty("status").GetProperty("containerStatuses").EnumerateArray().Single(one => one.GetProperty("name").GetString() == container);
    }

    public async Task<int> RestartsAsync(string pod, string container) => (await ContainerAsync(pod, container)).GetProperty("restartCount").GetInt32();

    public Task ReadyAsync(string pod) => KubectlAsync("wait", $"pod/{pod}", "--for=condition=Ready", "--timeout=120s");

    /// <summary>Every line that the container printed, by its present process and by the one before it.</summary>
    public async Task<List<string>> LogAsync(string pod, string container, bool withPrevious = false)
    {
        var lines = new List<string>();
        if (withPrevious)
        {
            lines.AddRange((await QuietlyAsync("logs", pod, "-c", container, "--previous")).Split('\n'));
        }

        lines.AddRange((await QuietlyAsync("logs", pod, "-c", container)).Split('\n'));
        return lines;
    }

    public async Task<List<V1Event>> EventsAsync(string pod)
    {
        var json = await QuietlyAsync("get", "events", "--field-selector", $"involvedObject.name={pod}", "-o", "json");
        return [.. k8s.KubernetesJson.Deserialize<Corev1EventList>(json).Items.Select(one => new V1Event(one.Type, one.Reason, one.Message))];
    }

    /// <summary>Waits until something is so; says how long it took.</summary>
    public async Task<TimeSpan> UntilAsync(Func<Task<bool>> condition, string what, double seconds = 120)
    {
        var time = TimeProvider.System;
        var start = time.GetTimestamp();
        while (!await condition())
        {
            Assert.True(time.GetElapsedTime(start).TotalSeconds < seconds, $"{what}: not within {seconds.ToString(CultureInfo.InvariantCulture)} s");
            await Task.Delay(TimeSpan.FromMilliseconds(500));
        }

        return time.GetElapsedTime(start);
    }

    public void Tell(string text)
    {
        if (text.Length > 0)
        {
            _transcript.WriteLine(text);
        }
    }

    public async ValueTask DisposeAsync() => await TryAsync(["delete", "pod,configmap", "--all", "--grace-period=1", "--wait=true"], quietly: true);

    private async Task RunAsync(string verb, string option, string value, string input, bool quietly)
    {
        var result = await TryAsync([verb, option, value], quietly, input);
        Assert.True(result.ExitCode == 0, result.Errors);
    }

    private static string Shown(string argument) =>
        argument.Contains('\n', StringComparison.Ordinal) ? "'…'" : argument.Any(character => " ;*{}[]()\"$".Contains(character, StringComparison.Ordinal)) ? $"'{argument}'" : argument;

    private static string Excerpt(string text)
    {
        var lines = text.TrimEnd('\n').Split('\n');
        return lines.Length <= 40 ? string.Join('\n', lines) : string.Join('\n', [.. lines.Take(20), $"… {lines.Length - 40} more …", .. lines.TakeLast(20)]);
    }
}

/// <summary>What happened to a Pod, as <c>kubectl describe</c> shows it.</summary>
internal sealed record V1Event(string Type, string Reason, string Message);
