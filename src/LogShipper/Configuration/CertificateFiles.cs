using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace LogShipper.Configuration;

/// <summary>Whether the files of certificates and keys hold what they should. What stands in them is never quoted.</summary>
internal static class CertificateFiles
{
    /// <summary>What is wrong with a file of certificate authorities; null: nothing.</summary>
    public static string? FaultOfAuthorities(byte[] pem)
    {
        try
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPem(Encoding.UTF8.GetString(pem));
            var count = certificates.Count;
            foreach (var certificate in certificates)
            {
                certificate.Dispose();
            }

            return count == 0 ? "holds no certificate in PEM form" : null;
        }
        catch (CryptographicException)
        {
            return "holds a certificate that cannot be read";
        }
    }

    /// <summary>What is wrong with a client certificate and its key; null: nothing.</summary>
    public static string? FaultOfClient(byte[] certificatePem, byte[] keyPem)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(Encoding.UTF8.GetString(certificatePem), Encoding.UTF8.GetString(keyPem));
            return null;
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            return "and its key are not a pair in PEM form (a key with a passphrase cannot be used)";
        }
    }
}
