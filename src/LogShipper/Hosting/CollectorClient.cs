using LogShipper.Sinks.Elasticsearch;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Exporter;

namespace LogShipper.Hosting;

/// <summary>
/// The exporter's way to the collector, watched: the library itself says nothing when nothing arrives. Told once when it
/// fails and once when it works again, without the address, which may hold a token.
/// </summary>
internal sealed partial class CollectorClient : HttpClient
{
    private readonly HttpClient _client;
    private readonly string _signal;
    private readonly ILogger _logger;
    private int _failing;

    internal CollectorClient(HttpClient client, string signal, ILogger logger)
        : base(new SocketsHttpHandler())
    {
        _client = client;
        _signal = signal;
        _logger = logger;
        Timeout = client.Timeout;
    }

    public static void Watch(OtlpExporterOptions options, string signal, ILogger logger)
    {
        // The library's own knows its certificates.
        var create = options.HttpClientFactory;
        options.HttpClientFactory = () => new CollectorClient(create(), signal, logger);
    }

    public override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return Note(_client.Send(request, cancellationToken));
        }
        catch (Exception exception) when (TransportFault.Is(exception))
        {
            NoteFailure(TransportFault.Reason(exception));
            throw;
        }
    }

    public override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return Note(await _client.SendAsync(request, cancellationToken));
        }
        catch (Exception exception) when (TransportFault.Is(exception))
        {
            NoteFailure(TransportFault.Reason(exception));
            throw;
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _client.Dispose();
        }

        base.Dispose(disposing);
    }

    private HttpResponseMessage Note(HttpResponseMessage response)
    {
        var grpc = response.TrailingHeaders.TryGetValues("grpc-status", out var values) || response.Headers.TryGetValues("grpc-status", out values) ? values.FirstOrDefault("0") : "0";
        if (!response.IsSuccessStatusCode)
        {
            NoteFailure($"http {(int)response.StatusCode}");
        }
        else if (grpc != "0")
        {
            NoteFailure(int.TryParse(grpc, System.Globalization.CultureInfo.InvariantCulture, out var code) ? $"grpc status {code}" : "not grpc");
        }
        else if (Interlocked.Exchange(ref _failing, 0) == 1)
        {
            LogWorksAgain(_signal);
        }

        return response;
    }

    private void NoteFailure(string reason)
    {
        if (Interlocked.Exchange(ref _failing, 1) == 0)
        {
            LogFails(_signal, reason);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The OpenTelemetry collector takes no {Signal} now ({Reason}); it is tried again with every export")]
    private partial void LogFails(string signal, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "The OpenTelemetry collector takes {Signal} again")]
    private partial void LogWorksAgain(string signal);
}
