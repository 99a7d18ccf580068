using System.Net;
using System.Net.Http.Headers;
using LogShipper.Payloads;
using LogShipper.Shipping;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LogShipper.Sinks.Elasticsearch;

/// <summary>Records as documents in Elasticsearch or OpenSearch, by <c>_bulk</c>.</summary>
internal sealed partial class ElasticsearchSink : ISink
{
    // What is said of each item and nothing else: an answer for ten thousand documents is then a quarter of a megabyte,
    // and every item still stands in it, since each has a status.
    private const string FilterPath = "errors,items.*.status,items.*.failure_store,items.*.error.type,items.*.error.reason,error.type";

    private const int LongestErrorBody = 16 * 1024;

    private readonly ElasticsearchOptions _options;
    private readonly DocumentContext _context;
    private readonly TimeProvider _time;
    private readonly Cluster _cluster;
    private readonly IndexName? _index;
    private readonly IndexTemplate? _template;
    private readonly string _query;
    private readonly ILogger _log;
    private readonly string _name;
    private string? _lastFileProblem;
    private TargetPath? _last;

    public ElasticsearchSink(ElasticsearchOptions options, TimeProvider time, ILogger? log = null, string name = "elasticsearch", DocumentContext? context = null)
    {
        _log = log ?? NullLogger.Instance;
        _name = name;
        _options = options;
        _time = time;
        _context = context ?? DocumentContext.None;
        if (options.Index.Length > 0 && !IndexName.TryParse(options.Index, out _index, out var problem))
        {
            throw new ArgumentException(problem, nameof(options));
        }

        _cluster = new Cluster(options, time);
        _template = options.InstallTemplate ? new IndexTemplate(_cluster, _index) : null;
        var pipeline = options.Pipeline.Length > 0 ? options.Pipeline : options.InstallTemplate ? IndexTemplate.Name : "_none";
        _query = $"_bulk?pipeline={Uri.EscapeDataString(pipeline)}&filter_path={FilterPath}";
    }

    public int MaxInFlight => _options.MaxInFlight;

    public int MaxBatchBytes => 0;

    public TimeSpan? AttemptTimeout => TimeSpan.FromSeconds(30);

    public TimeSpan CheckpointInterval => TimeSpan.FromMilliseconds(250);

    public IRecordWriter CreateWriter(SinkLog log)
    {
        var target = _index is null ? $"logs-{log.Dataset}-default" : _index.HasDate ? "" : _index.Text;
        return new ElasticsearchRecordWriter(new JsonLayout(log, _context), target, _index is { HasDate: true } ? _index : null, _options.Compression);
    }

    public async ValueTask<Delivery> SendAsync(Payload payload, CancellationToken cancellation)
    {
        if (_template is not null && await _template.EnsureAsync(cancellation) is { } failure)
        {
            return failure;
        }

        return await _cluster.ExchangeAsync(
            null,
            HttpMethod.Post,
            PathOf(payload.Target),
            new BulkContent(payload),
            (response, token) => JudgeAsync(response, payload.Count, token),
            Silence,
            cancellation);
    }

    /// <summary>The same string as the last time, where it is the same.</summary>
    private string PathOf(string target)
    {
        if (target.Length == 0)
        {
            return _query;
        }

        if (Volatile.Read(ref _last) is { } last && last.Target == target)
        {
            return last.Path;
        }

        var path = $"{Uri.EscapeDataString(target)}/{_query}";
        Volatile.Write(ref _last, new TargetPath(target, path));
        return path;
    }

    public ValueTask<string?> ContactAsync(CancellationToken cancellation) => ClusterContact.LookAsync(_cluster, cancellation);

    public ValueTask DisposeAsync()
    {
        _template?.Dispose();
        _cluster.Dispose();
        return ValueTask.CompletedTask;
    }

    private async ValueTask<Delivery> JudgeAsync(HttpResponseMessage response, int count, CancellationToken cancellation)
    {
        var retryAfter = Pause(response.Headers.RetryAfter);
        if (response.StatusCode == HttpStatusCode.OK)
        {
            using var answer = await response.Content.ReadAsStreamAsync(cancellation);
            return await BulkAnswerReader.ReadAsync(answer, count, retryAfter, cancellation);
        }

        var type = ErrorType.Of(await ClusterAnswer.ReadPrefixAsync(response, LongestErrorBody, cancellation));
        var reason = type.Length > 0 ? $"http {(int)response.StatusCode} {type}" : $"http {(int)response.StatusCode}";
        return response.StatusCode switch
        {
            HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge => Delivery.Refused(reason),
            HttpStatusCode.TooManyRequests => Delivery.Retry(reason, retryAfter, sinkDown: false),
            _ => Delivery.Retry(reason, retryAfter),
        };
    }

    private Delivery Silence(string reason, string detail)
    {
        // The reason of a delivery names no file, so this does; once, however often it is tried again.
        if (reason is Cluster.CertificateFile or Cluster.CredentialsFile && Interlocked.Exchange(ref _lastFileProblem, detail) != detail)
        {
            LogFileProblem(_name, reason, detail);
        }

        return Delivery.Retry(reason);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Sink {Sink} cannot use its {What}: {Problem}")]
    private partial void LogFileProblem(string sink, string what, string problem);

    private TimeSpan? Pause(RetryConditionHeaderValue? wish)
    {
        var pause = wish?.Delta ?? (wish?.Date is { } date ? date - _time.GetUtcNow() : null);
        return pause is { } negative && negative < TimeSpan.Zero ? TimeSpan.Zero : pause;
    }

    /// <summary>Where in the cluster a target's requests go.</summary>
    private sealed record TargetPath(string Target, string Path);
}
