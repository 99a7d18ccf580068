using System.Globalization;
using System.Text.Json;
using k8s.Models;

namespace LogShipper.Pod.Podman;

/// <summary>The Pod as podman plays it. podman is no kubelet: it copies an image's files into an emptyDir (nginx's links to the console among
/// them), knows no readiness, no start-up probe and no grace, and runs an HTTP probe as curl inside the container. So emptyDirs
/// become folders of this machine, and probes are taken out: the tests ask the endpoints themselves.</summary>
internal sealed class PodmanPod : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly string _folder;
    private readonly string _file;

    private PodmanPod(string name, string folder)
    {
        Name = name;
        _folder = folder;
        _file = Path.Combine(folder, "pod.yaml");
    }

    public string Name { get; }

    /// <summary>What nginx writes, seen from outside.</summary>
    public string AccessLog => Path.Combine(_folder, "shared-logs", "access.log");

    public string ErrorLog => Path.Combine(_folder, "shared-logs", "error.log");

    public static async Task<PodmanPod> PlayAsync(string name, string interval)
    {
        var image = Environment.GetEnvironmentVariable("LOGSHIPPER_POD_IMAGE");
        var nginx = Environment.GetEnvironmentVariable("LOGSHIPPER_POD_NGINX");
        if (string.IsNullOrEmpty(image) || string.IsNullOrEmpty(nginx))
        {
            var problem = Environment.GetEnvironmentVariable("LOGSHIPPER_POD_PROBLEM");
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true" && problem is { Length: > 0 }, problem is { Length: > 0 } ? problem : "the Pod is played by ./build.sh pod-test");
            Assert.Fail(problem!);
        }

        var manifest = Manifest.Load(Repository.Pod).Named(name).WithInterval(interval);
        manifest.Sidecar.Image = image;
        manifest.Nginx.Image = nginx;
        var pod = new PodmanPod(name, Directory.CreateTempSubdirectory("logshipper-pod-").FullName);
        pod.Adapt(manifest);
        await File.WriteAllTextAsync(pod._file, manifest.ToYaml());
        await pod.RemoveAsync();
        try
        {
            await PodmanAsync(["kube", "play", "--network", "none", pod._file]);
        }
        catch
        {
            await pod.DisposeAsync();
            throw;
        }

        return pod;
    }

    public async Task<string> ExecAsync(string container, params IEnumerable<string> command)
    {
        var result = await TryExecAsync(container, command);
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', command)}: {result.ExitCode}\n{result.Output}{result.Errors}");
        return result.Output;
    }

    public Task<CommandResult> TryExecAsync(string container, params IEnumerable<string> command) => Command.RunAsync("podman", ["exec", Full(container), .. command], Patience);

    /// <summary>A command in a container that the test goes on beside.</summary>
    public Command Start(string container, IEnumerable<string> command) => Command.Start("podman", ["exec", Full(container), .. command]);

    /// <summary>What the container has printed on both streams, over all of its starts.</summary>
    public async Task<string[]> LogsAsync(string container)
    {
        var logs = await Command.RunAsync("podman", ["logs", Full(container)], Patience);
        return [.. logs.Output.Split('\n'), .. logs.Errors.Split('\n')];
    }

    /// <summary>The answer of the admin port: its status line, and its body.</summary>
    public async Task<(string Status, string Body)> GetAsync(string path)
    {
        var answer = await ExecAsync("sidecar-container", "/bin/bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/9600; printf 'GET %s HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n' \"$1\" >&3; cat <&3", "get", path);
        var end = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        return (answer[..answer.IndexOf('\r', StringComparison.Ordinal)], answer[(end + 4)..]);
    }

    public Task KillAsync(string container) => PodmanAsync(["kill", "--signal", "KILL", Full(container)]);

    public Task StartAgainAsync(string container) => PodmanAsync(["start", Full(container)]);

    /// <summary>Sends each of the containers the signal that its image wants, all at once as a kubelet does, and waits for their ends.</summary>
    public async Task StopAsync(params string[] containers) =>
        await Task.WhenAll(containers.Select(container => PodmanAsync(["stop", "--time", "30", Full(container)])));

    public async Task<int> ExitCodeAsync(string container) => (await InspectAsync(container)).GetProperty("State").GetProperty("ExitCode").GetInt32();

    public async Task<JsonElement> InspectAsync(string container)
    {
        using var document = JsonDocument.Parse(await PodmanAsync(["container", "inspect", Full(container)]));
        return document.RootElement[0].Clone();
    }

    /// <summary>Waits until something is so.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, string what, double seconds = 60)
    {
        var end = TimeProvider.System.GetUtcNow().AddSeconds(seconds);
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetUtcNow() < end, $"{what}: not within {seconds.ToString(CultureInfo.InvariantCulture)} s");
            await Task.Delay(TimeSpan.FromMilliseconds(250));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await RemoveAsync();
        Directory.Delete(_folder, recursive: true);
    }

    // Also what a test that was broken off has left.
    private async Task RemoveAsync()
    {
        await Command.RunAsync("podman", ["pod", "rm", "--force", "--time", "0", Name], Patience);
        await Command.RunAsync("podman", ["volume", "rm", "--force", Name], Patience);
    }

    private static async Task<string> PodmanAsync(IReadOnlyList<string> arguments)
    {
        var result = await Command.RunAsync("podman", arguments, Patience);
        Assert.True(result.ExitCode == 0, $"podman {string.Join(' ', arguments)}: {result.Errors}");
        return result.Output;
    }

    private string Full(string container) => $"{Name}-{container}";

    private void Adapt(Manifest manifest)
    {
        foreach (var volume in manifest.PodSpec.Volumes.Where(volume => volume.EmptyDir is not null))
        {
            // What fsGroup does for an emptyDir.
            var folder = Directory.CreateDirectory(Path.Combine(_folder, volume.Name)).FullName;
            File.SetUnixFileMode(folder, (UnixFileMode)0x1FF);
            volume.EmptyDir = null;
            volume.HostPath = new V1HostPathVolumeSource { Path = folder, Type = "Directory" };
        }

        // The folder of the folders is entered by the user of the Pod.
        File.SetUnixFileMode(_folder, (UnixFileMode)0x1ED);
        foreach (var container in manifest.PodSpec.Containers)
        {
            // podman would publish them, which the Pod's network without an outside refuses.
            container.Ports = null;
            // Of the downward API podman knows the Pod's name and little else.
            foreach (var variable in (container.Env ?? []).Where(variable => variable.ValueFrom?.FieldRef is not null))
            {
                (variable.Value, variable.ValueFrom) = ($"the-{variable.ValueFrom!.FieldRef.FieldPath}", null);
            }

            container.StartupProbe = null;
            container.LivenessProbe = null;
            container.ReadinessProbe = null;
        }
    }
}
