using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace LogShipper.Sinks.Elasticsearch;

/// <summary>
/// TLS as the options and the files that they name say it at one moment. The files are stamped, so that a change of
/// them (certificates rotate) is seen and new connections use the new ones.
/// </summary>
internal sealed class TlsFiles
{
    private readonly ElasticsearchOptions _options;

    public TlsFiles(ElasticsearchOptions options) => _options = options;

    /// <summary>What tells two states of the files apart; the same string for the same files.</summary>
    public string Stamp() =>
        $"{StampOf(_options.CaFile)}|{StampOf(_options.ClientCertificateFile)}|{StampOf(_options.ClientKeyFile)}";

    /// <summary>Reads the files. Throws <see cref="IOException"/>, <see cref="UnauthorizedAccessException"/> or
    /// <see cref="System.Security.Cryptography.CryptographicException"/> where one cannot be used.</summary>
    public SslClientAuthenticationOptions Load()
    {
        var tls = new SslClientAuthenticationOptions
        {
            // None lets the system choose, which may be older than 1.2 where its policy is.
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        };
        var verifies = _options.VerifyCertificates;
        tls.RemoteCertificateValidationCallback = (_, _, chain, errors) => !verifies || Accept(chain, errors);
        tls.CertificateChainPolicy = new X509ChainPolicy
        {
            RevocationMode = X509RevocationMode.NoCheck,
            // Fetching a missing issuer from wherever a certificate points to would hang in a closed network.
            DisableCertificateDownloads = true,
        };
        if (_options.CaFile.Length > 0)
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(_options.CaFile);
            if (authorities.Count == 0)
            {
                throw new System.Security.Cryptography.CryptographicException($"'{_options.CaFile}' holds no certificate.");
            }

            tls.CertificateChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            tls.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        }

        if (_options.ClientCertificateFile.Length > 0)
        {
            var file = _options.ClientCertificateFile;
            var own = X509Certificate2.CreateFromPemFile(file, _options.ClientKeyFile.Length > 0 ? _options.ClientKeyFile : file);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(file);
            tls.ClientCertificateContext = SslStreamCertificateContext.Create(own, chain, offline: true);
        }

        return tls;
    }

    private static bool Accept(X509Chain? chain, SslPolicyErrors errors) =>
        errors == SslPolicyErrors.None ? true : throw new CertificateRefused(InWords(chain, errors));

    private static string InWords(X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
        {
            return "none was shown";
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors) && chain is not null)
        {
            var flags = X509ChainStatusFlags.NoError;
            foreach (var status in chain.ChainStatus)
            {
                flags |= status.Status;
            }

            if (flags.HasFlag(X509ChainStatusFlags.NotTimeValid))
            {
                return "expired or not yet valid";
            }

            return (flags & (X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain)) != 0
                ? "unknown authority"
                : "invalid chain";
        }

        return "made for another host name";
    }

    private static string StampOf(string path)
    {
        if (path.Length == 0)
        {
            return "";
        }

        try
        {
            // Kubernetes rotates a mounted secret by changing a symlink on the way; the link's own time stays.
            var file = File.ResolveLinkTarget(path, returnFinalTarget: true) as FileInfo ?? new FileInfo(path);
            return file.Exists ? $"{file.LastWriteTimeUtc.Ticks}:{file.Length}" : "absent";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "unreadable";
        }
    }
}
