using System.Security.Cryptography;

namespace LogShipper.Sinks.Elasticsearch;

/// <summary>The pool of HTTP connections to the nodes, made anew when the certificate files change.</summary>
internal sealed class NodeConnections : IDisposable
{
    private readonly TlsFiles _files;
    private readonly Lock _gate = new();
    private HttpMessageInvoker? _current;
    private string _stamp = "";

    public NodeConnections(ElasticsearchOptions options) => _files = new TlsFiles(options);

    /// <summary>What to send with; null: a certificate file cannot be used, and <paramref name="problem"/> says which.</summary>
    public HttpMessageInvoker? Current(out string? problem)
    {
        lock (_gate)
        {
            problem = null;
            var stamp = _files.Stamp();
            if (_current is not null && stamp == _stamp)
            {
                return _current;
            }

            try
            {
                // The one before is not disposed of: requests may be under way on it, and its idle connections close
                // by themselves.
                _current = Open();
                _stamp = stamp;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
            {
                // In mid-rotation a key may not fit its certificate yet: what worked is used on.
                problem = _current is null ? error.Message : null;
            }

            return _current;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _current?.Dispose();
            _current = null;
        }
    }

    private HttpMessageInvoker Open() =>
        new(new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            // A name that points elsewhere by now is seen after this.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(90),
            MaxConnectionsPerServer = 64,
            MaxResponseDrainSize = 64 * 1024,
            SslOptions = _files.Load(),
        });
}
