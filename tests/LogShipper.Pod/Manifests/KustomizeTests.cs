using System.ComponentModel;
using k8s.Models;

namespace LogShipper.Pod.Manifests;

/// <summary>The component, as <c>kubectl kustomize</c> adds it to a Deployment that knows nothing of it.</summary>
public sealed class KustomizeTests
{
    [Fact]
    public async Task The_component_adds_a_sidecar_to_a_deployment_and_leaves_the_rest_as_it_was()
    {
        var manifest = await BuildAsync();
        var before = Manifest.Load("k8s/kustomize/example/deployment.yaml");
        var spec = manifest.PodSpec;
        Assert.Equal(["nginx", "sidecar-container"], spec.Containers.Select(container => container.Name));
        var nginx = manifest.Nginx;
        Assert.Equal("shared-logs", PodRules.VolumeAt(nginx, "/var/log/nginx"));
        nginx.VolumeMounts = [.. nginx.VolumeMounts.Where(mount => mount.Name != "shared-logs")];
        Assert.Equal(k8s.KubernetesYaml.Serialize(before.Nginx), k8s.KubernetesYaml.Serialize(nginx));
        Assert.Equal(before.One<V1Deployment>().Spec.Replicas, manifest.One<V1Deployment>().Spec.Replicas);
        Assert.Subset(spec.Volumes.Select(volume => volume.Name).ToHashSet(StringComparer.Ordinal), before.PodSpec.Volumes.Select(volume => volume.Name).ToHashSet(StringComparer.Ordinal));
        Assert.Null(spec.SecurityContext);
    }

    [Fact]
    public async Task The_added_sidecar_keeps_to_what_the_pods_sidecar_keeps_to()
    {
        var manifest = await BuildAsync();
        var sidecar = manifest.Sidecar;
        PodRules.AssertMounts(manifest.PodSpec, manifest.ConfigMap.Metadata.Name);
        PodRules.AssertSidecar(manifest.PodSpec, sidecar, manifest.Nginx);
        PodRules.AssertSidecarProbes(sidecar);
        PodRules.AssertConfined(sidecar.SecurityContext);
        Assert.True(sidecar.SecurityContext.RunAsNonRoot);
        Assert.Equal(101, sidecar.SecurityContext.RunAsUser);
        Assert.Equal("RuntimeDefault", sidecar.SecurityContext.SeccompProfile.Type);
        PodRules.AssertResources(sidecar);
        PodRules.AssertImage(sidecar);
        var pod = Manifest.Load(Repository.Pod);
        Assert.Equal(Amounts(pod.Sidecar), Amounts(sidecar));
        Assert.Equal(pod.Sidecar.Image, sidecar.Image);
    }

    [Fact]
    public async Task Its_configuration_has_no_problems_and_a_name_that_changes_with_it()
    {
        var manifest = await BuildAsync();
        ManifestTests.Load(manifest);
        Assert.Matches("^logshipper-[a-z0-9]+$", manifest.ConfigMap.Metadata.Name);
    }

    private static IEnumerable<(string Resource, decimal Request, decimal Limit)> Amounts(V1Container container) =>
        container.Resources.Requests.Select(one => (one.Key, one.Value.ToDecimal(), container.Resources.Limits[one.Key].ToDecimal())).OrderBy(one => one.Key, StringComparer.Ordinal);

    private static async Task<Manifest> BuildAsync()
    {
        CommandResult built;
        try
        {
            built = await Command.RunAsync("kubectl", ["kustomize", Path.Combine(Repository.Root, "k8s/kustomize/example")], TimeSpan.FromSeconds(30));
        }
        catch (Win32Exception)
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", "kubectl is not installed (apt-get install kubernetes-client)");
            throw;
        }

        if (built.ExitCode != 0)
        {
            // Debian 12's kubectl is one of them, and all that can be installed there.
            Assert.SkipWhen(built.Errors.Contains("unknown field \"components\"", StringComparison.Ordinal), "this kubectl is older than 1.21 and does not know kustomize's components");
            Assert.Fail(built.Errors);
        }

        return Manifest.Parse(built.Output);
    }
}
