using LogShipper.Sinks.Elasticsearch;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Exporter;

namespace LogShipper.Hosting;

/// <summary>
/// The exporter's way to the collector, watched: the library itself says nothing when nothing arrives. Told once when it
/// fails and once when it works again, without the address, which may hold a token.
/// </summary>
internal sealed partial class CollectorWatch(HttpMessageHandler inner, string signal, ILogger logger) : DelegatingHandler(inner)
{
    private static readonly string[] CertificateVariables = ["OTEL_EXPORTER_OTLP_CERTIFICATE", "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"];

    private readonly ILogger _logger = logger;
    private int _failing;

    public static void Watch(OtlpExporterOptions options, string signal, Func<string, string?> environment, ILogger logger)
    {
        // Certificates are the business of the library's own client, into which nobody can look.
        if (!Array.Exists(CertificateVariables, name => environment(name) is { Length: > 0 }))
        {
            options.HttpClientFactory = () => new HttpClient(new CollectorWatch(new SocketsHttpHandler(), signal, logger)) { Timeout = TimeSpan.FromMilliseconds(options.TimeoutMilliseconds) };
        }
    }

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return Note(base.Send(request, cancellationToken));
        }
        catch (Exception exception) when (TransportFault.Is(exception))
        {
            NoteFailure(TransportFault.Reason(exception));
            throw;
        }
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return Note(await base.SendAsync(request, cancellationToken));
        }
        catch (Exception exception) when (TransportFault.Is(exception))
        {
            NoteFailure(TransportFault.Reason(exception));
            throw;
        }
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
            LogWorksAgain(signal);
        }

        return response;
    }

    private void NoteFailure(string reason)
    {
        if (Interlocked.Exchange(ref _failing, 1) == 0)
        {
            LogFails(signal, reason);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The OpenTelemetry collector takes no {Signal} now ({Reason}); it is tried again with every export")]
    private partial void LogFails(string signal, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "The OpenTelemetry collector takes {Signal} again")]
    private partial void LogWorksAgain(string signal);
}
