using System.Globalization;

namespace LogShipper.Pod.Cluster;

/// <summary>A test on a real cluster: applies the Pod, or a copy of it, and takes it away.</summary>
public abstract class ClusterTest(ITestOutputHelper transcript) : IAsyncLifetime
{
    internal const string Nginx = "nginx-container";
    internal const string Sidecar = "sidecar-container";

    // Finds the sidecar's process where both containers share one process namespace, and sends it signals; a number waits until it
    // has written so many bytes more.
    private const string SignalScript = """
        written() { while read -r key value; do if [ "$key" = wchar: ]; then echo "$value"; fi; done <"$process/io"; }
        for process in /proc/[0-9]*; do
          if [ "$(cat "$process/comm" 2>/dev/null)" = logshipper ]; then
            for signal in "$@"; do
              case $signal in
                [0-9]*) for ((from = $(written), turns = 0; $(written) < from + signal && turns < 2000; turns++)); do :; done ;;
                *) kill -"$signal" "${process#/proc/}" || exit 1 ;;
              esac
            done
            exit 0
          fi
        done
        exit 1
        """;

    private ClusterNamespace? _cluster;

    internal ClusterNamespace Cluster => _cluster ?? throw new InvalidOperationException("The namespace is not open.");

    public async ValueTask InitializeAsync() => _cluster = await ClusterNamespace.OpenAsync(transcript);

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>The user's own file, but for the name of the image.</summary>
    internal static string OwnManifest()
    {
        var yaml = Repository.Read(Repository.Pod);
        Assert.Contains("image: logshipper:latest\n", yaml, StringComparison.Ordinal);
        return yaml.Replace("image: logshipper:latest\n", $"image: {ClusterNamespace.Image}\n", StringComparison.Ordinal);
    }

    /// <summary>Applies a copy of the manifest in which the containers see each other's processes: process 1 is then the Pod's, and the
    /// sidecar's can be killed and stopped, which no process 1 can be from inside.</summary>
    internal async Task ApplyCopyAsync(string name, string interval, Action<Manifest>? change = null)
    {
        var manifest = Manifest.Parse(OwnManifest()).Named(name).WithInterval(interval);
        manifest.PodSpec.ShareProcessNamespace = true;
        change?.Invoke(manifest);
        await Cluster.ApplyAsync(manifest.ToYaml(), $"- # {Repository.Pod} as {name}, with shareProcessNamespace and an interval of {interval}");
        await Cluster.ReadyAsync(name);
    }

    /// <summary>Signals to the sidecar's process, from nginx's container: the same user may.</summary>
    internal Task SignalAsync(string pod, params IEnumerable<string> signals) => Cluster.KubectlAsync(["exec", pod, "-c", Nginx, "--", "/bin/bash", "-c", SignalScript, "signal", .. signals]);

    internal async Task<HashSet<int>> RequestAsync(string pod, Requests requests, int first, int count)
    {
        var time = TimeProvider.System;
        var start = time.GetTimestamp();
        var answered = Requests.Answered((await Cluster.QuietlyAsync(["exec", pod, "-c", Nginx, "--", .. requests.Command(first, count)])).Split('\n'));
        Say($"{answered.Count} requests were answered by nginx in {time.GetElapsedTime(start).TotalSeconds:0.0} s");
        return answered;
    }

    internal void Say(FormattableString text) => Cluster.Tell("# " + text.ToString(CultureInfo.InvariantCulture));
}
