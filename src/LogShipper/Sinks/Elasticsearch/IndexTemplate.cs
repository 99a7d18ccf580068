using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using LogShipper.Shipping;

namespace LogShipper.Sinks.Elasticsearch;

/// <summary>
/// Installs the index template and the ingest pipeline before the first bulk request, once. What is there in our
/// version or a newer one is left alone, so that a thousand Pods cause one change of the cluster's state and an old one
/// does not undo a new one.
/// </summary>
internal sealed class IndexTemplate : IDisposable
{
    /// <summary>Name of the pipeline, and of the template for the default data streams.</summary>
    public const string Name = "logshipper";

    private const int Version = 1;

    // Above Elasticsearch's own template for logs-*-* (100), below that of its nginx integration (200), whose mappings
    // hold these documents as well.
    private const int Priority = 150;

    private const string UserAgent = """{"user_agent":{"field":"user_agent.original","ignore_missing":true,"ignore_failure":true}}""";
    private const string Geo = """{"geoip":{"field":"source.ip","target_field":"source.geo","ignore_missing":true,"ignore_failure":true}}""";

    // OpenSearch distributions differ in which processors they have; the first list that is accepted is used.
    private static readonly string[] Processors = [$"{UserAgent},{Geo}", UserAgent, Geo, ""];

    private readonly Cluster _cluster;
    private readonly string _name;
    private readonly string _pattern;
    private readonly bool _isDataStream;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile bool _installed;

    /// <param name="cluster">Where it is installed.</param>
    /// <param name="index">The configured index; null: the default data streams.</param>
    public IndexTemplate(Cluster cluster, IndexName? index)
    {
        _cluster = cluster;
        _pattern = index?.Wildcard ?? "logs-nginx.*-*";
        // An index a day is an index: a data stream of each day would roll over what is cut already.
        _isDataStream = index is not { HasDate: true };
        _name = index is null ? Name : $"{Name}-{_pattern.Replace("*", "", StringComparison.Ordinal).TrimEnd('-', '.', '_')}";
    }

    /// <summary>Null: it is there. Else why it is not, as the delivery of the payload that waits for it.</summary>
    public async ValueTask<Delivery?> EnsureAsync(CancellationToken cancellation)
    {
        if (_installed)
        {
            return null;
        }

        await _gate.WaitAsync(cancellation);
        try
        {
            if (_installed)
            {
                return null;
            }

            var failure = await EnsurePipelineAsync(cancellation) ?? await EnsureTemplateAsync(cancellation);
            _installed = failure is null;
            return failure;
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private async ValueTask<Delivery?> EnsurePipelineAsync(CancellationToken cancellation)
    {
        const string Path = $"_ingest/pipeline/{Name}";
        var present = await AskAsync(HttpMethod.Get, $"{Path}?filter_path=*.version,error.type", null, cancellation);
        if (present.Status == 200 && present.Version() >= Version)
        {
            return null;
        }

        if (present.Status is not (200 or 404))
        {
            return Failure("pipeline", present);
        }

        ClusterAnswer? answer = null;
        foreach (var processors in Processors)
        {
            answer = await AskAsync(
                HttpMethod.Put,
                Path,
                $$"""{"description":"LogShipper: user agent and place of nginx's clients","version":{{Version}},"processors":[{{processors}}]}""",
                cancellation);
            if (answer.Status != 400)
            {
                break;
            }
        }

        return answer is { Status: >= 200 and < 300 } ? null : Failure("pipeline", answer!);
    }

    private async ValueTask<Delivery?> EnsureTemplateAsync(CancellationToken cancellation)
    {
        var path = $"_index_template/{Uri.EscapeDataString(_name)}";
        var present = await AskAsync(HttpMethod.Get, $"{path}?filter_path=index_templates.index_template.version,error.type", null, cancellation);
        if (present.Status == 200 && present.Version() >= Version)
        {
            return null;
        }

        if (present.Status is not (200 or 404))
        {
            return Failure("template", present);
        }

        var answer = await AskAsync(HttpMethod.Put, path, Body(), cancellation);
        return answer.Status is >= 200 and < 300 ? null : Failure("template", answer);
    }

    private static Delivery Failure(string what, ClusterAnswer answer) =>
        Delivery.Retry(answer.Status == 0 || answer.Detail.Length == 0 ? $"{what}: {answer.Fault}" : $"{what}: {answer.Fault} {answer.Detail}", sinkDown: answer.Status != 429);

    private ValueTask<ClusterAnswer> AskAsync(HttpMethod method, string path, string? body, CancellationToken cancellation)
    {
        var content = body is null ? null : new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        if (content is not null)
        {
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        return _cluster.ExchangeAsync(null, method, path, content, ClusterAnswer.ReadAsync, ClusterAnswer.None, cancellation);
    }

    private string Body() =>
        $$$"""
        {"index_patterns":["{{{JsonEncodedText.Encode(_pattern)}}}"],"priority":{{{Priority}}},"version":{{{Version}}},
        {{{(_isDataStream ? "\"data_stream\":{}," : "")}}}
        "_meta":{"description":"LogShipper: nginx's logs as ECS documents"},
        "template":{"mappings":{{{Mappings}}}}}
        """;

    // Types that Elasticsearch 7 and OpenSearch know as well. An address that is none is kept, unindexed, rather than
    // costing the document.
    private const string Mappings =
        """
        {"date_detection":false,
        "dynamic_templates":[{"strings":{"match_mapping_type":"string","mapping":{"type":"keyword","ignore_above":1024}}}],
        "properties":{
        "@timestamp":{"type":"date"},
        "message":{"type":"text","norms":false},
        "event":{"properties":{"created":{"type":"date"},"duration":{"type":"long"},"original":{"type":"keyword","index":false,"doc_values":false}}},
        "error":{"properties":{"message":{"type":"text","norms":false}}},
        "client":{"properties":{"ip":{"type":"ip","ignore_malformed":true}}},
        "source":{"properties":{"ip":{"type":"ip","ignore_malformed":true},"port":{"type":"long"},"geo":{"properties":{"location":{"type":"geo_point"}}}}},
        "destination":{"properties":{"ip":{"type":"ip","ignore_malformed":true},"port":{"type":"long"}}},
        "related":{"properties":{"ip":{"type":"ip","ignore_malformed":true}}},
        "http":{"properties":{"request":{"properties":{"bytes":{"type":"long"}}},
        "response":{"properties":{"status_code":{"type":"long"},"bytes":{"type":"long"},"body":{"properties":{"bytes":{"type":"long"}}}}}}},
        "log":{"properties":{"offset":{"type":"long"}}},
        "nginx":{"properties":{"error":{"properties":{"connection_id":{"type":"long"}}}}},
        "process":{"properties":{"pid":{"type":"long"},"thread":{"properties":{"id":{"type":"long"}}}}}
        }}
        """;
}
