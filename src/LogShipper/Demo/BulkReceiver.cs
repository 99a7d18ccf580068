using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using LogShipper.Sinks.Elasticsearch;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LogShipper.Demo;

/// <summary>One request as it came.</summary>
internal readonly record struct ReceivedRequest(string Method, string Path, string Query, string ContentType, string ContentEncoding, string Authorization);

/// <summary>
/// Stands in for Elasticsearch: speaks the bulk protocol strictly, keeps what it was sent so that lost and repeated
/// documents can be counted, and misbehaves when it is told to.
/// </summary>
internal sealed class BulkReceiver : IAsyncDisposable
{
    private const int KeptRequests = 256;

    private readonly BulkReceiverOptions _options;
    private readonly BulkReceiverStore _store;
    private readonly WebApplication _application;
    private readonly CancellationTokenSource _ending = new();
    private readonly ConcurrentQueue<ReceivedRequest> _requests = new();
    private readonly BulkReceiverInstalled _installed;
    private readonly Lock _oneItem = new();

    private BulkReceiver(BulkReceiverOptions options)
    {
        _options = options;
        _store = new BulkReceiverStore(options);
        _installed = new BulkReceiverInstalled(options.UnknownProcessors);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        // Its host must not listen for signals: they belong to the process that it runs in.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(Configure);
        _application = builder.Build();
        _application.Run(AnswerAsync);
    }

    /// <summary>Base address, with the port that it has.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1");

    /// <summary>Misbehaves for whole requests; may be changed while it runs.</summary>
    public Func<BulkArrival, BulkFault?>? Fault { get; set; }

    /// <summary>Refuses whole requests for what is in them (only <see cref="BulkFaultKind.Status"/>); may be changed while it runs.</summary>
    public Func<ReadOnlyMemory<byte>, BulkFault?>? BodyFault { get; set; }

    /// <summary>Misbehaves for items; called for one at a time; may be changed while it runs.</summary>
    public Func<BulkItem, BulkItemFault?>? ItemFault { get; set; }

    public BulkTally Tally => _store.Tally;

    /// <summary>The latest requests of all kinds, oldest first.</summary>
    public IReadOnlyList<ReceivedRequest> Requests => [.. _requests];

    /// <summary>Bodies of the templates and pipelines that were put, by path.</summary>
    public IReadOnlyDictionary<string, byte[]> Installed => _installed.Bodies;

    /// <summary>How often each content was stored (as <see cref="BulkReceiverOptions.ContentOf"/> names contents).</summary>
    public IReadOnlyDictionary<string, int> Contents => _store.Contents();

    /// <summary>Whole documents by id, where they are kept.</summary>
    public IReadOnlyDictionary<string, byte[]> Documents => _store.Documents();

    /// <summary>Number of documents in each index.</summary>
    public IReadOnlyDictionary<string, long> Indexes => _store.Indexes();

    public static async Task<BulkReceiver> StartAsync(BulkReceiverOptions? options = null, CancellationToken cancellation = default)
    {
        var receiver = new BulkReceiver(options ?? new BulkReceiverOptions());
        try
        {
            await receiver._application.StartAsync(cancellation);
            var addresses = receiver._application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
            receiver.Address = new Uri(addresses.Addresses.First());
            return receiver;
        }
        catch
        {
            await receiver.DisposeAsync();
            throw;
        }
    }

    /// <summary>How often this content was stored.</summary>
    public int TimesStored(string content) => _store.TimesStored(content);

    /// <summary>Ends when that many documents are there.</summary>
    public Task StoredAsync(long count, CancellationToken cancellation) => _store.StoredAsync(count, cancellation);

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        // A cancelled stop does not wait for connections: whoever is in the middle of a request is cut off.
        await _application.StopAsync(new CancellationToken(canceled: true));
        await _application.DisposeAsync();
        _ending.Dispose();
    }

    private void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Listen(_options.Address, _options.Port, listen =>
        {
            if (_options.Certificate is not null || _options.CurrentCertificate is not null)
            {
                listen.UseHttps(new HttpsConnectionAdapterOptions
                {
                    ServerCertificate = _options.Certificate,
                    ServerCertificateSelector = _options.CurrentCertificate is { } current ? (_, _) => current() : null,
                    ClientCertificateMode = _options.ClientThumbprint.Length > 0 ? ClientCertificateMode.RequireCertificate : ClientCertificateMode.NoCertificate,
                    ClientCertificateValidation = (shown, _, _) => IsWanted(shown),
                });
            }
        });
    }

    private bool IsWanted(X509Certificate2 shown) => shown.Thumbprint == _options.ClientThumbprint;

    private async Task AnswerAsync(HttpContext context)
    {
        var request = context.Request;
        Keep(request);
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _ending.Token);
        try
        {
            if (_options.Authorization is { } wanted && request.Headers.Authorization.ToString() != wanted())
            {
                context.Response.Headers.WWWAuthenticate = "ApiKey";
                throw new BulkRequestRefused(401, "security_exception", "missing authentication credentials for REST request");
            }

            var segments = (request.Path.Value ?? "/").Split('/', StringSplitOptions.RemoveEmptyEntries);
            await (segments switch
            {
                [] => BulkReceiverResponse.WriteAsync(context, 200, Filtered(context, Greeting()), cut.Token),
                ["_bulk"] => AnswerBulkAsync(context, null, cut.Token),
                [var index, "_bulk"] => AnswerBulkAsync(context, Uri.UnescapeDataString(index), cut.Token),
                ["_index_template", _] or ["_ingest", "pipeline", _] => AnswerInstallAsync(context, segments, cut.Token),
                _ => throw new BulkRequestRefused(400, "illegal_argument_exception", $"no handler found for uri [{request.Path}] and method [{request.Method}]"),
            });
        }
        catch (BulkRequestRefused refused)
        {
            await BulkReceiverResponse.WriteAsync(context, refused.Status, Filtered(context, BulkReceiverAnswer.Error(refused.Status, refused.Type, refused.Message)), cut.Token);
        }
        catch (Exception error) when (cut.IsCancellationRequested || error is OperationCanceledException or IOException)
        {
            context.Abort();
        }
    }

    private async Task AnswerBulkAsync(HttpContext context, string? index, CancellationToken cancellation)
    {
        var arrival = new BulkArrival(_store.Arrived(), context.Request.Path, context.Request.QueryString.Value ?? "");
        var fault = Fault?.Invoke(arrival);
        if (fault is { Kind: BulkFaultKind.DropUnread })
        {
            context.Abort();
            return;
        }

        BulkReceiverRequest.CheckHead(context.Request);
        var body = await BulkReceiverRequest.ReadBodyAsync(context.Request, cancellation);
        fault ??= BodyFault?.Invoke(body);
        if (fault is { Kind: BulkFaultKind.Status })
        {
            context.Response.Headers.RetryAfter = fault.RetryAfter;
            throw new BulkRequestRefused(fault.StatusCode, "told_to_misbehave_exception", "the receiver was told to refuse this request");
        }

        var pipeline = context.Request.Query["pipeline"].ToString();
        var items = BulkReceiverRequest.Parse(body, index).ConvertAll(action => Store(action, pipeline));
        var answer = BulkReceiverAnswer.Items(items, fault?.Extra ?? 0, fault?.Bytes ?? 0);
        await BulkReceiverResponse.WriteItemsAsync(context, fault, fault is { Kind: BulkFaultKind.Huge } ? answer : Filtered(context, answer), _options.Time, cancellation);
    }

    private BulkItemAnswer Store(BulkAction action, string pipeline)
    {
        var item = new BulkItem(_store.Attempted(), action.Index, action.Id ?? "", action.Document);
        var (status, type, reason, failureStore) = Judge(action, item, pipeline);
        if (status == 201 && failureStore is null && !_store.TryStore(item))
        {
            (status, type, reason) = (409, "version_conflict_engine_exception", $"[{action.Id}]: version conflict, document already exists (current version [1])");
        }
        else
        {
            _store.Refused(status);
        }

        return new BulkItemAnswer(action.Operation, action.Index, action.Id, status, type, reason, failureStore);
    }

    private (int Status, string Type, string Reason, string? FailureStore) Judge(in BulkAction action, in BulkItem item, string pipeline)
    {
        const string Illegal = "illegal_argument_exception";
        if (action.Operation != "create")
        {
            return (400, Illegal, "only write ops with an op_type of create are allowed in data streams", null);
        }

        if (string.IsNullOrEmpty(action.Id))
        {
            return (400, Illegal, "if _id is specified it must not be empty, and here it must be specified", null);
        }

        if (!IndexName.TryParse(action.Index, out _, out var problem))
        {
            return (400, "invalid_index_name_exception", $"Invalid index name [{action.Index}], {problem}", null);
        }

        if (pipeline is not ("" or "_none") && !_installed.HasPipeline(pipeline))
        {
            return (400, Illegal, $"pipeline with id [{pipeline}] does not exist", null);
        }

        var itemFault = ItemFault;
        if (itemFault is not null)
        {
            lock (_oneItem)
            {
                if (itemFault(item) is { } fault)
                {
                    return (fault.Status, fault.Type, fault.Reason, fault.FailureStore);
                }
            }
        }

        return BulkReceiverRequest.ProblemOf(action.Document) is { } fieldProblem
            ? (400, "document_parsing_exception", fieldProblem, null)
            : (201, "", "", null);
    }

    private async Task AnswerInstallAsync(HttpContext context, string[] segments, CancellationToken cancellation)
    {
        var answer = HttpMethods.IsPut(context.Request.Method)
            ? _installed.Put(segments, await BulkReceiverRequest.ReadBodyAsync(context.Request, cancellation))
            : _installed.Get(segments);
        await BulkReceiverResponse.WriteAsync(context, 200, Filtered(context, answer), cancellation);
    }

    private static byte[] Filtered(HttpContext context, byte[] answer) =>
        BulkReceiverAnswer.Filter(answer, context.Request.Query["filter_path"].ToString());

    private byte[] Greeting()
    {
        var distribution = _options.IsOpenSearch ? "\"distribution\":\"opensearch\"," : "";
        return Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"name\":\"receiver\",\"cluster_name\":\"logshipper\",\"version\":{{{distribution}\"number\":\"{_options.Version}\"}},\"tagline\":\"You Know, for Search\"}}"));
    }

    private void Keep(HttpRequest request)
    {
        _requests.Enqueue(new ReceivedRequest(
            request.Method,
            request.Path.Value ?? "",
            request.QueryString.Value ?? "",
            request.ContentType ?? "",
            request.Headers.ContentEncoding.ToString(),
            request.Headers.Authorization.ToString()));
        while (_requests.Count > KeptRequests && _requests.TryDequeue(out _))
        {
            // The oldest make room.
        }
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
