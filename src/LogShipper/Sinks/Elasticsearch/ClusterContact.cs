using System.Globalization;
using System.Text.Json;

namespace LogShipper.Sinks.Elasticsearch;

/// <summary>Asks every node who it is, and says in words what stands in the way: for <c>logshipper check</c>.</summary>
internal static class ClusterContact
{
    /// <summary>Null: all is well.</summary>
    public static async ValueTask<string?> LookAsync(Cluster cluster, CancellationToken cancellation)
    {
        var problems = new List<string>();
        foreach (var node in cluster.Nodes)
        {
            var answer = await cluster.ExchangeAsync(node, HttpMethod.Get, "", null, ClusterAnswer.ReadAsync, ClusterAnswer.None, cancellation);
            if (ProblemOf(answer) is { } problem)
            {
                problems.Add($"{node.Address}: {problem}");
            }
        }

        return problems.Count == 0 ? null : string.Join("; ", problems);
    }

    private static string? ProblemOf(ClusterAnswer answer) => answer.Status switch
    {
        0 => OfSilence(answer),
        200 => OfGreeting(answer.Body),
        401 => "it does not know us: the credentials are missing or wrong (401)",
        // Who may write need not be allowed to look at the cluster.
        403 => "it knows us, but forbids us to look at it (403): the cluster privilege 'monitor' is missing, or the credentials are the wrong ones",
        404 => "nothing is there (404): is the path of the address right?",
        >= 300 and < 400 => $"it points elsewhere ({answer.Status}), and redirects are not followed: give the final address",
        429 => "it is too busy (429)",
        >= 500 => $"it is out of order ({answer.Status})",
        _ => $"it answers {answer.Status}",
    };

    private static string OfSilence(ClusterAnswer answer) => answer.Fault switch
    {
        "tls certificate: unknown authority" => "its certificate is signed by an authority that is not known: CaFile names one",
        "tls certificate: made for another host name" => "its certificate is made for another host name than that in Nodes",
        "tls certificate: expired or not yet valid" => "its certificate, or one above it, has expired or is not valid yet",
        "tls handshake" => "no TLS could be agreed on: does it speak https there, and does it want a client certificate?",
        "connection closed" => "it closed the connection: does it speak http there, or want a client certificate?",
        Cluster.CertificateFile or Cluster.CredentialsFile => answer.Detail,
        var fault => fault,
    };

    private static string? OfGreeting(byte[] body)
    {
        try
        {
            using var greeting = JsonDocument.Parse(body);
            if (greeting.RootElement.ValueKind != JsonValueKind.Object
                || !greeting.RootElement.TryGetProperty("version", out var version)
                || version.ValueKind != JsonValueKind.Object
                || !version.TryGetProperty("number", out var number)
                || number.ValueKind != JsonValueKind.String)
            {
                return NoElasticsearch;
            }

            var isOpenSearch = version.TryGetProperty("distribution", out var distribution)
                && distribution.ValueKind == JsonValueKind.String && distribution.ValueEquals("opensearch");
            return isOpenSearch ? null : OfVersion(number.GetString() ?? "");
        }
        catch (JsonException)
        {
            return NoElasticsearch;
        }
    }

    private const string NoElasticsearch = "it answers, but not as Elasticsearch or OpenSearch does";

    private static string? OfVersion(string number)
    {
        var known = int.TryParse(number.AsSpan(0, Math.Max(0, number.IndexOf('.', StringComparison.Ordinal))), NumberStyles.None, CultureInfo.InvariantCulture, out var major);
        if (!known)
        {
            return NoElasticsearch;
        }

        return major < 7 ? $"it is Elasticsearch {major}; 7 is the oldest that is supported" : null;
    }
}
