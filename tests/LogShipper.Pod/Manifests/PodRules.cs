using k8s.Models;

namespace LogShipper.Pod.Manifests;

/// <summary>What must hold of a Pod whose sidecar ships, wherever its parts come from.</summary>
internal static class PodRules
{
    /// <summary>All containers, started once or running beside the others.</summary>
    public static IEnumerable<V1Container> Containers(V1PodSpec spec) => (spec.InitContainers ?? []).Concat(spec.Containers);

    /// <summary>Every mount names a volume that is there, every volume is mounted, and no two mounts are at one place.</summary>
    public static void AssertMounts(V1PodSpec spec, string configMap)
    {
        var volumes = spec.Volumes.Select(volume => volume.Name).ToList();
        Assert.Equal(volumes.Distinct(StringComparer.Ordinal), volumes);
        Assert.Equal(
            volumes.Order(StringComparer.Ordinal),
            Containers(spec).SelectMany(container => container.VolumeMounts).Select(mount => mount.Name).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        foreach (var container in Containers(spec))
        {
            var places = container.VolumeMounts.Select(mount => mount.MountPath).ToList();
            Assert.Equal(places.Distinct(StringComparer.Ordinal), places);
        }

        Assert.All(spec.Volumes.Where(volume => volume.ConfigMap is not null), volume => Assert.Equal(configMap, volume.ConfigMap.Name));
    }

    public static string VolumeAt(V1Container container, string place) => container.VolumeMounts.Single(mount => mount.MountPath == place).Name;

    public static void AssertEmptyDir(V1PodSpec spec, string volume) => Assert.NotNull(spec.Volumes.Single(one => one.Name == volume).EmptyDir);

    /// <summary>The logs are shared, the state is not, the configuration is mounted where the arguments look for it, and the Pod is known by name.</summary>
    public static void AssertSidecar(V1PodSpec spec, V1Container sidecar, V1Container nginx)
    {
        var logs = VolumeAt(sidecar, "/var/log/nginx");
        Assert.Equal(VolumeAt(nginx, "/var/log/nginx"), logs);
        AssertEmptyDir(spec, logs);
        var state = VolumeAt(sidecar, "/var/lib/logshipper");
        AssertEmptyDir(spec, state);
        Assert.Single(Containers(spec), container => container.VolumeMounts.Any(mount => mount.Name == state));
        Assert.Equal(["run", "--config", "/etc/logshipper/logshipper.json"], sidecar.Args);
        var configuration = VolumeAt(sidecar, "/etc/logshipper");
        Assert.NotNull(spec.Volumes.Single(volume => volume.Name == configuration).ConfigMap);
        // With subPath a changed ConfigMap would never arrive.
        Assert.All(sidecar.VolumeMounts, mount => Assert.Null(mount.SubPath));
        Assert.Equal(
            [("NODE_NAME", "spec.nodeName"), ("POD_NAME", "metadata.name"), ("POD_NAMESPACE", "metadata.namespace"), ("POD_UID", "metadata.uid")],
            sidecar.Env.Where(one => one.ValueFrom?.FieldRef is not null).Select(one => (one.Name, one.ValueFrom.FieldRef.FieldPath)).OrderBy(one => one.Name, StringComparer.Ordinal));
        Assert.Equal(nginx.Name, sidecar.Env.Single(one => one.Name == "CONTAINER_NAME").Value);
        // A secret never stands in a manifest.
        Assert.All(sidecar.Env.Where(one => one.Name.Contains("Key", StringComparison.Ordinal) || one.Name.Contains("Password", StringComparison.Ordinal)), one => Assert.NotNull(one.ValueFrom?.SecretKeyRef));
    }

    public static void AssertSidecarProbes(V1Container sidecar)
    {
        Assert.Equal(9600, sidecar.Ports.Single(port => port.Name == "admin").ContainerPort);
        AssertAsks(sidecar.StartupProbe, "/readyz");
        AssertAsks(sidecar.LivenessProbe, "/livez");
        AssertAsks(sidecar.ReadinessProbe, "/readyz");
    }

    /// <summary>The restricted profile of the Pod Security Standards, and read-only roots beyond it.</summary>
    public static void AssertRestricted(V1PodSpec spec)
    {
        Assert.True(spec.SecurityContext.RunAsNonRoot);
        Assert.NotEqual(0, spec.SecurityContext.RunAsUser);
        Assert.Equal("RuntimeDefault", spec.SecurityContext.SeccompProfile.Type);
        Assert.NotEqual(true, spec.HostNetwork);
        Assert.NotEqual(true, spec.HostPID);
        Assert.NotEqual(true, spec.HostIPC);
        Assert.All(spec.Volumes, volume => Assert.True(volume.EmptyDir is not null || volume.ConfigMap is not null || volume.Secret is not null, volume.Name));
        foreach (var container in Containers(spec))
        {
            AssertConfined(container.SecurityContext);
            Assert.All(container.Ports, port => Assert.Null(port.HostPort));
            Assert.NotEqual(false, container.SecurityContext.RunAsNonRoot);
            Assert.NotEqual(0, container.SecurityContext.RunAsUser);
        }
    }

    public static void AssertConfined(V1SecurityContext context)
    {
        Assert.False(context.AllowPrivilegeEscalation);
        Assert.NotEqual(true, context.Privileged);
        Assert.Equal(["ALL"], context.Capabilities.Drop);
        Assert.Empty(context.Capabilities.Add ?? []);
        Assert.True(context.ReadOnlyRootFilesystem);
    }

    public static void AssertResources(V1Container container)
    {
        foreach (var resource in (string[])["cpu", "memory"])
        {
            var request = container.Resources.Requests[resource].ToDecimal();
            Assert.InRange(request, 0.001m, container.Resources.Limits[resource].ToDecimal());
        }
    }

    /// <summary>An image without a tag or with `latest` would be pulled at every start, which an image that was loaded into the nodes does not survive.</summary>
    public static void AssertImage(V1Container container)
    {
        Assert.Contains(':', container.Image);
        Assert.Equal("IfNotPresent", container.ImagePullPolicy);
    }

    private static void AssertAsks(V1Probe probe, string path)
    {
        Assert.NotNull(probe);
        Assert.Equal((path, "admin"), (probe.HttpGet.Path, probe.HttpGet.Port.Value));
    }
}
