using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using LogShipper.Configuration;

namespace LogShipper.Pod.Manifests;

/// <summary>The inside of the sidecar's container, as far as the configuration asks for it.</summary>
internal sealed class PodSurroundings(string configuration, IEnumerable<(string Name, string Value)> environment) : ISurroundings
{
    public const string ConfigurationPath = "/etc/logshipper/logshipper.json";

    public IReadOnlyDictionary<string, string> EnvironmentVariables { get; } =
        environment.Append(("POD_UID", "0b7c1f8e")).ToDictionary(variable => variable.Item1, variable => variable.Item2, StringComparer.Ordinal);

    public string HostName => "webserver";

    public string FullPath(string path) => Path.GetFullPath(path, "/");

    // Whether the file of an authority is mounted there is asserted on the manifest.
    public byte[] ReadFile(string path) => Encoding.UTF8.GetBytes(path == ConfigurationPath ? configuration : path.EndsWith(".crt", StringComparison.Ordinal) ? SomeAuthority() : throw new FileNotFoundException(path));

    public string? FileFault(string path) => null;

    public string? WritableDirectoryFault(string path) => null;

    private static string SomeAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=authority", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        return certificate.ExportCertificatePem();
    }
}
