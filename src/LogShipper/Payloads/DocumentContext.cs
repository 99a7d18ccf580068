using System.Text;

namespace LogShipper.Payloads;

/// <summary>Where the shipper runs: what every document says of its Pod and host. Immutable.</summary>
internal sealed record DocumentContext
{
    public static readonly DocumentContext None = new();

    public string PodName { get; init; } = "";

    public string PodNamespace { get; init; } = "";

    public string PodUid { get; init; } = "";

    public string NodeName { get; init; } = "";

    /// <summary>The container whose logs these are.</summary>
    public string ContainerName { get; init; } = "";

    public string HostName { get; init; } = "";

    /// <summary>Reads the variables that the downward API fills: <c>POD_NAME</c>, <c>POD_NAMESPACE</c>, <c>POD_UID</c>,
    /// <c>NODE_NAME</c>, <c>CONTAINER_NAME</c>. The host is the node, or outside of Kubernetes <c>HOSTNAME</c>.</summary>
    public static DocumentContext FromEnvironment(Func<string, string?> read)
    {
        string Read(string name) => read(name)?.Trim() ?? "";
        var node = Read("NODE_NAME");
        return new DocumentContext
        {
            PodName = Read("POD_NAME"),
            PodNamespace = Read("POD_NAMESPACE"),
            PodUid = Read("POD_UID"),
            NodeName = node,
            ContainerName = Read("CONTAINER_NAME"),
            HostName = node.Length > 0 ? node : Read("HOSTNAME"),
        };
    }

    /// <summary>The members <c>kubernetes</c> and <c>host</c>, as far as they are known.</summary>
    internal void Write(ref DocumentWriter writer)
    {
        var kubernetes = writer.Open("\"kubernetes\":"u8);
        var pod = writer.Open("\"pod\":"u8);
        Write(ref writer, "\"name\":"u8, PodName);
        Write(ref writer, "\"uid\":"u8, PodUid);
        writer.Close(pod);
        Write(ref writer, "\"namespace\":"u8, PodNamespace);
        var node = writer.Open("\"node\":"u8);
        Write(ref writer, "\"name\":"u8, NodeName);
        writer.Close(node);
        var container = writer.Open("\"container\":"u8);
        Write(ref writer, "\"name\":"u8, ContainerName);
        writer.Close(container);
        writer.Close(kubernetes);

        var host = writer.Open("\"host\":"u8);
        Write(ref writer, "\"name\":"u8, HostName);
        writer.Close(host);
    }

    private static void Write(ref DocumentWriter writer, ReadOnlySpan<byte> name, string value)
    {
        if (value.Length > 0)
        {
            writer.Member(name, Encoding.UTF8.GetBytes(value).AsSpan());
        }
    }
}
