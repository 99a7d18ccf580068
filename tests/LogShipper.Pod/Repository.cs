namespace LogShipper.Pod;

/// <summary>The files of the repository that the tests stand in.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>Every manifest that <c>kubectl apply -f</c> takes, from the root.</summary>
    public static IReadOnlyList<string> Manifests { get; } =
        [Pod, .. Directory.EnumerateFiles(Path.Combine(Root, "k8s/variants"), "*.yaml").Order(StringComparer.Ordinal).Select(path => Path.GetRelativePath(Root, path))];

    public static string Pod => "k8s/webserver-pod.yaml";

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static string Find()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "LogShipper.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("LogShipper.sln is not above the tests.");
        }

        return folder;
    }
}
