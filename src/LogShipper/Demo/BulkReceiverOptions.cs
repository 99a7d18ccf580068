using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace LogShipper.Demo;

/// <summary>How a <see cref="BulkReceiver"/> is set up.</summary>
internal sealed record BulkReceiverOptions
{
    /// <summary>Address to listen on. Default: 127.0.0.1.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>Port to listen on; 0: one that is free. Default: 0.</summary>
    public int Port { get; init; }

    /// <summary>Certificate with its key, for https. Default: none, http.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>What is shown in place of <see cref="Certificate"/>, asked for at each connection: certificates are renewed. Default: none.</summary>
    public Func<X509Certificate2>? CurrentCertificate { get; init; }

    /// <summary>Thumbprint of the client certificate that is wanted. Default: none.</summary>
    public string ClientThumbprint { get; init; } = "";

    /// <summary>The <c>Authorization</c> header that is wanted, as a function so that secrets can rotate; everything else is answered 401. Default: none.</summary>
    public Func<string>? Authorization { get; init; }

    /// <summary>What tells one document's content from another's (a sequence number); null: its bytes do. Default: null.</summary>
    public Func<ReadOnlyMemory<byte>, string?>? ContentOf { get; init; }

    /// <summary>Whether whole documents are kept: for small tests. Default: false.</summary>
    public bool KeepsDocuments { get; init; }

    /// <summary>Version that <c>GET /</c> tells. Default: 8.19.0.</summary>
    public string Version { get; init; } = "8.19.0";

    /// <summary>Whether it poses as OpenSearch. Default: false.</summary>
    public bool IsOpenSearch { get; init; }

    /// <summary>Processors that it does not know: pipelines with them are refused. Default: none.</summary>
    public IReadOnlyList<string> UnknownProcessors { get; init; } = [];

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
