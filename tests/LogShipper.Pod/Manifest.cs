using k8s;
using k8s.Models;

namespace LogShipper.Pod;

/// <summary>The objects of one file, loaded so that an unknown field, a wrong type or a quantity that is none is an error.</summary>
internal sealed class Manifest
{
    private readonly List<object> _objects;

    private Manifest(List<object> objects) => _objects = objects;

    public IReadOnlyList<object> Objects => _objects;

    /// <summary>What is said of every Pod that comes of it: of the Pod itself, or of a Deployment's template.</summary>
    public V1PodSpec PodSpec => _objects.OfType<V1Pod>().Select(pod => pod.Spec).Concat(_objects.OfType<V1Deployment>().Select(deployment => deployment.Spec.Template.Spec)).Single();

    public V1Pod Pod => One<V1Pod>();

    public V1ConfigMap ConfigMap => One<V1ConfigMap>();

    public V1Container Nginx => PodSpec.Containers.Single(container => container.Name is "nginx-container" or "nginx");

    /// <summary>The sidecar, native or not.</summary>
    public V1Container Sidecar => PodSpec.Containers.Concat(PodSpec.InitContainers ?? []).Single(container => container.Name == "sidecar-container");

    public string Configuration
    {
        get => ConfigMap.Data["logshipper.json"];
        set => ConfigMap.Data["logshipper.json"] = value;
    }

    public static Manifest Load(string path) => Parse(Repository.Read(path));

    public static Manifest Parse(string yaml) => new(KubernetesYaml.LoadAllFromString(yaml, strict: true));

    public T One<T>() => _objects.OfType<T>().Single();

    /// <summary>The Pod under another name with a configuration of its own, so that it can stand beside the first.</summary>
    public Manifest Named(string name)
    {
        Pod.Metadata.Name = name;
        Pod.Metadata.Labels["app"] = name;
        ConfigMap.Metadata.Name = name;
        PodSpec.Volumes.Single(volume => volume.ConfigMap is not null).ConfigMap.Name = name;
        return this;
    }

    public Manifest WithInterval(string interval)
    {
        const string Present = "\"Interval\": \"30s\"";
        Assert.Contains(Present, Configuration, StringComparison.Ordinal);
        Configuration = Configuration.Replace(Present, $"\"Interval\": \"{interval}\"", StringComparison.Ordinal);
        return this;
    }

    public string ToYaml() => KubernetesYaml.SerializeAll(_objects);
}
