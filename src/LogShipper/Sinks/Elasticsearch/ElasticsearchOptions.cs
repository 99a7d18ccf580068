using LogShipper.Payloads;

namespace LogShipper.Sinks.Elasticsearch;

/// <summary>Options of a sink of type <c>elasticsearch</c> (Elasticsearch 7, 8, 9 and OpenSearch).</summary>
internal sealed record ElasticsearchOptions
{
    /// <summary>Base addresses of the nodes, <c>http</c> or <c>https</c>; at least one. Requests go round them; one that fails is rested and probed again.</summary>
    public required IReadOnlyList<Uri> Nodes { get; init; }

    /// <summary>API key, base64 of <c>id:key</c> as Elasticsearch hands it out. Default: none.</summary>
    public string ApiKey { get; init; } = "";

    /// <summary>File that holds the API key; read again when a 401 comes. Default: none.</summary>
    public string ApiKeyFile { get; init; } = "";

    /// <summary>Bearer token. Default: none.</summary>
    public string BearerToken { get; init; } = "";

    /// <summary>File that holds the bearer token; read again when a 401 comes. Default: none.</summary>
    public string BearerTokenFile { get; init; } = "";

    /// <summary>User name for basic authentication. Default: none.</summary>
    public string Username { get; init; } = "";

    /// <summary>Password for basic authentication. Default: none.</summary>
    public string Password { get; init; } = "";

    /// <summary>File that holds the password; read again when a 401 comes. Default: none.</summary>
    public string PasswordFile { get; init; } = "";

    /// <summary>PEM file with the certificate authorities that may sign the nodes' certificates, in place of the system's. Default: the system's.</summary>
    public string CaFile { get; init; } = "";

    /// <summary>PEM file with our client certificate. Default: none.</summary>
    public string ClientCertificateFile { get; init; } = "";

    /// <summary>PEM file with the client certificate's key; default: in ClientCertificateFile.</summary>
    public string ClientKeyFile { get; init; } = "";

    /// <summary>Whether the nodes' certificates and host names are verified. Default: true.</summary>
    public bool VerifyCertificates { get; init; } = true;

    /// <summary>Index name, with a date pattern if it has one (<c>nginx-{0:yyyy.MM.dd}</c>, the record's time in UTC).
    /// Default: the data stream <c>logs-&lt;dataset&gt;-default</c>.</summary>
    public string Index { get; init; } = "";

    /// <summary>Ingest pipeline. Default: <c>_none</c> (the documents are parsed already), or the installed one with <see cref="InstallTemplate"/>.</summary>
    public string Pipeline { get; init; } = "";

    /// <summary>Whether an index template and a small <c>user_agent</c> and <c>geoip</c> pipeline are installed. Default: false.</summary>
    public bool InstallTemplate { get; init; }

    /// <summary><c>gzip</c> (level 1) or <c>none</c>. Default: <c>gzip</c>.</summary>
    public PayloadCompression Compression { get; init; } = PayloadCompression.Gzip;

    /// <summary>Requests of one log that may be under way at once, 1 to 16. Default: 2.</summary>
    public int MaxInFlight { get; init; } = 2;
}
