using System.Security.Authentication;

namespace LogShipper.Sinks.Elasticsearch;

/// <summary>A node's certificate was not accepted, and why, in words.</summary>
internal sealed class CertificateRefused : AuthenticationException
{
    public CertificateRefused(string reason)
        : base(reason)
    {
    }
}
