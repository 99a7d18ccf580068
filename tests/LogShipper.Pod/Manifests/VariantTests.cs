using k8s.Models;
using LogShipper.Configuration;

namespace LogShipper.Pod.Manifests;

/// <summary>What each variant is there for.</summary>
public sealed class VariantTests
{
    [Fact]
    public void The_native_sidecar_starts_before_nginx_and_outlives_it()
    {
        var spec = Manifest.Load("k8s/variants/native-sidecar.yaml").PodSpec;
        var sidecar = Assert.Single(spec.InitContainers);
        Assert.Equal("sidecar-container", sidecar.Name);
        Assert.Equal("Always", sidecar.RestartPolicy);
        // nginx is started when this has succeeded.
        Assert.NotNull(sidecar.StartupProbe);
        Assert.Equal("nginx-container", Assert.Single(spec.Containers).Name);
        // nginx's own end comes first and takes from the same time.
        Assert.True(spec.TerminationGracePeriodSeconds >= 60);
    }

    [Fact]
    public void Every_replica_of_the_deployment_has_volumes_of_its_own_and_is_found_by_its_labels()
    {
        var manifest = Manifest.Load("k8s/variants/deployment.yaml");
        var deployment = manifest.One<V1Deployment>();
        Assert.True(deployment.Spec.Replicas > 1);
        Assert.All(deployment.Spec.Template.Spec.Volumes, volume => Assert.Null(volume.PersistentVolumeClaim));
        var labels = deployment.Spec.Template.Metadata.Labels;
        Assert.Equal(labels, deployment.Spec.Selector.MatchLabels);
        var service = manifest.One<V1Service>();
        Assert.Equal(labels, service.Spec.Selector);
        Assert.Equal("http", Assert.Single(service.Spec.Ports).TargetPort.Value);
        Assert.Equal("0", deployment.Spec.Strategy.RollingUpdate.MaxUnavailable.Value);
        // Replicas that began with equal lines must not share ids.
        Assert.Contains(manifest.Sidecar.Env, one => one.Name == "POD_UID");
    }

    [Fact]
    public void Elasticsearch_gets_its_key_and_its_authority_from_a_secret_that_is_mounted_where_the_configuration_looks()
    {
        var manifest = Manifest.Load("k8s/variants/elasticsearch.yaml");
        var key = manifest.Sidecar.Env.Single(one => one.ValueFrom?.SecretKeyRef is not null);
        var plan = ManifestTests.Load(manifest, (key.Name, "a-key"));
        Assert.Equal(["stdout", "es"], plan.Sinks.Select(sink => sink.Name).OrderDescending(StringComparer.Ordinal));
        var volume = manifest.PodSpec.Volumes.Single(one => one.Secret is not null);
        Assert.Equal(key.ValueFrom.SecretKeyRef.Name, volume.Secret.SecretName);
        var mount = manifest.Sidecar.VolumeMounts.Single(one => one.Name == volume.Name);
        Assert.Contains($"\"{mount.MountPath}/{Assert.Single(volume.Secret.Items).Path}\"", manifest.Configuration, StringComparison.Ordinal);
    }

    [Fact]
    public void In_the_pod_Elasticsearch_is_a_commented_block_away()
    {
        var lines = Repository.Read(Repository.Pod).Split('\n');
        // What a user does: takes the marks away, the explanations excepted.
        var uncommented = lines.Select(line =>
        {
            var text = line.TrimStart();
            var indent = line[..(line.Length - text.Length)];
            return text.StartsWith("// \"es\"", StringComparison.Ordinal) ? indent + text[3..]
                : text.StartsWith("# - name: LogShipper__", StringComparison.Ordinal) || text.StartsWith("#   ", StringComparison.Ordinal) ? indent + text[2..]
                : line;
        });
        var manifest = Manifest.Parse(string.Join('\n', uncommented));
        var key = manifest.Sidecar.Env.Single(one => one.ValueFrom?.SecretKeyRef is not null);
        var plan = ManifestTests.Load(manifest, (key.Name, "a-key"));
        Assert.Equal(2, plan.Sinks.Length);
        Assert.Contains($"create secret generic {key.ValueFrom.SecretKeyRef.Name} --from-literal={key.ValueFrom.SecretKeyRef.Key}=", Repository.Read(Repository.Pod), StringComparison.Ordinal);
    }
}
