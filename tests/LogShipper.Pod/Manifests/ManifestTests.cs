using k8s;
using k8s.Models;
using LogShipper.Configuration;

namespace LogShipper.Pod.Manifests;

/// <summary>What every manifest keeps to: what the API would refuse, and what it would take and a user would regret.</summary>
public sealed class ManifestTests
{
    public static TheoryData<string> Paths => [.. Repository.Manifests];

    [Theory]
    [MemberData(nameof(Paths))]
    public void Every_object_loads_strictly_and_bears_its_version_and_kind(string path)
    {
        foreach (var one in Manifest.Load(path).Objects)
        {
            var kubernetes = Assert.IsAssignableFrom<IKubernetesObject<V1ObjectMeta>>(one);
            Assert.NotEmpty(kubernetes.ApiVersion);
            Assert.NotEmpty(kubernetes.Kind);
            Assert.NotEmpty(kubernetes.Metadata.Name);
        }
    }

    [Theory]
    [InlineData("imagePulPolicy: IfNotPresent")]
    [InlineData("memory: 128Megs")]
    [InlineData("terminationGracePeriodSeconds: soon")]
    public void A_slip_in_a_manifest_is_an_error(string slip)
    {
        var key = slip.Split(':')[0];
        var good = key switch { "memory" => "memory: 128Mi", "imagePulPolicy" => "imagePullPolicy: IfNotPresent", _ => "terminationGracePeriodSeconds: 30" };
        var yaml = Repository.Read(Repository.Pod);
        Assert.Contains(good, yaml, StringComparison.Ordinal);
        Assert.ThrowsAny<Exception>(() => Manifest.Parse(yaml.Replace(good, slip, StringComparison.Ordinal)).ToYaml());
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void The_containers_bear_their_names_and_the_pod_is_called_webserver(string path)
    {
        var manifest = Manifest.Load(path);
        Assert.Equal("nginx-container", manifest.Nginx.Name);
        Assert.Equal("sidecar-container", manifest.Sidecar.Name);
        Assert.Single(manifest.Objects.OfType<IKubernetesObject<V1ObjectMeta>>(), one => one is V1Pod or V1Deployment && one.Metadata.Name == "webserver");
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Mounts_have_their_volumes_and_volumes_their_config_maps(string path)
    {
        var manifest = Manifest.Load(path);
        PodRules.AssertMounts(manifest.PodSpec, manifest.ConfigMap.Metadata.Name);
        Assert.Equal("shared-logs", PodRules.VolumeAt(manifest.Nginx, "/var/log/nginx"));
        foreach (var writable in (string[])["/var/cache/nginx", "/run", "/tmp"])
        {
            PodRules.AssertEmptyDir(manifest.PodSpec, PodRules.VolumeAt(manifest.Nginx, writable));
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void The_sidecar_reads_the_logs_that_nginx_writes_and_keeps_its_state_in_a_volume_of_its_own(string path)
    {
        var manifest = Manifest.Load(path);
        PodRules.AssertSidecar(manifest.PodSpec, manifest.Sidecar, manifest.Nginx);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void It_meets_the_restricted_pod_security_standard_with_read_only_roots(string path)
    {
        var spec = Manifest.Load(path).PodSpec;
        PodRules.AssertRestricted(spec);
        Assert.Equal(101, spec.SecurityContext.RunAsUser);
        Assert.Equal(101, spec.SecurityContext.RunAsGroup);
        Assert.Equal(101, spec.SecurityContext.FsGroup);
        Assert.False(spec.AutomountServiceAccountToken);
        var sysctl = Assert.Single(spec.SecurityContext.Sysctls);
        Assert.Equal(("net.ipv4.ip_unprivileged_port_start", "80"), (sysctl.Name, sysctl.Value));
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Both_are_probed_at_ports_that_they_have_and_nginx_without_a_line_in_its_log(string path)
    {
        var manifest = Manifest.Load(path);
        PodRules.AssertSidecarProbes(manifest.Sidecar);
        V1Probe[] probes = [manifest.Nginx.StartupProbe, manifest.Nginx.LivenessProbe, manifest.Nginx.ReadinessProbe];
        foreach (var probe in probes)
        {
            Assert.NotNull(probe);
            Assert.Null(probe.HttpGet);
            Assert.Equal("http", probe.TcpSocket.Port.Value);
        }

        Assert.Equal(80, manifest.Nginx.Ports.Single(port => port.Name == "http").ContainerPort);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Both_have_requests_and_limits_and_images_that_need_no_registry(string path)
    {
        var spec = Manifest.Load(path).PodSpec;
        foreach (var container in PodRules.Containers(spec))
        {
            PodRules.AssertResources(container);
            PodRules.AssertImage(container);
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void The_pod_waits_longer_than_the_drain_takes(string path)
    {
        var manifest = Manifest.Load(path);
        var plan = Load(manifest);
        Assert.True(manifest.PodSpec.TerminationGracePeriodSeconds > plan.DrainTimeout.TotalSeconds);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void The_configuration_has_no_problems_and_ships_both_logs_to_stdout_every_30_seconds(string path)
    {
        var plan = Load(Manifest.Load(path));
        Assert.Equal(["/var/log/nginx/access.log", "/var/log/nginx/error.log"], plan.Logs.Select(log => log.Path));
        Assert.Contains(plan.Sinks, sink => sink.Name == "stdout");
        Assert.Equal(TimeSpan.FromSeconds(30), plan.Interval);
    }

    [Fact]
    public void The_variants_differ_from_the_pod_only_where_they_say_so()
    {
        var pod = Manifest.Load(Repository.Pod);
        foreach (var path in Repository.Manifests)
        {
            var variant = Manifest.Load(path);
            Assert.Equal(Yaml(pod.Nginx), Yaml(variant.Nginx));
            var sidecar = variant.Sidecar;
            // What a native sidecar and Elasticsearch add.
            sidecar.RestartPolicy = null;
            sidecar.Env = [.. sidecar.Env.Where(one => one.ValueFrom?.SecretKeyRef is null)];
            sidecar.VolumeMounts = [.. sidecar.VolumeMounts.Where(mount => mount.Name != "elasticsearch-ca")];
            Assert.Equal(Yaml(pod.Sidecar), Yaml(sidecar));
            Assert.Equal(Yaml(pod.PodSpec.SecurityContext), Yaml(variant.PodSpec.SecurityContext));
        }
    }

    [Fact]
    public void Until_shipped_lines_are_taken_out_of_the_volume_it_has_no_limit_that_evicts_the_pod()
    {
        foreach (var path in Repository.Manifests)
        {
            Assert.Null(Manifest.Load(path).PodSpec.Volumes.Single(volume => volume.Name == "shared-logs").EmptyDir.SizeLimit);
            Assert.Contains("No sizeLimit", Repository.Read(path), StringComparison.Ordinal);
        }
    }

    internal static Plan Load(Manifest manifest, params (string Name, string Value)[] environment)
    {
        var loaded = new ConfigurationLoader(new PodSurroundings(manifest.Configuration, environment)).Load(new ConfigurationSources(PodSurroundings.ConfigurationPath, []));
        Assert.Empty(loaded.Problems);
        Assert.Empty(loaded.Notes);
        return loaded.Plan!;
    }

    private static string Yaml(object value) => KubernetesYaml.Serialize(value);
}
