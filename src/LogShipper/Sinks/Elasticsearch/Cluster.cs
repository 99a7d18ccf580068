using System.Net;

namespace LogShipper.Sinks.Elasticsearch;

/// <summary>One request to one of the nodes: which one, what it is shown, and what its answer or silence says of it.</summary>
internal sealed class Cluster : IDisposable
{
    /// <summary>Faults for which no node is asked: our own files.</summary>
    public const string CertificateFile = "certificate file";
    public const string CredentialsFile = "credentials file";

    private readonly NodeConnections _connections;
    private readonly Credentials _credentials;
    private readonly NodePool _pool;

    public Cluster(ElasticsearchOptions options, TimeProvider time)
    {
        _connections = new NodeConnections(options);
        _credentials = new Credentials(options);
        _pool = new NodePool(options.Nodes, time);
    }

    public IReadOnlyList<Node> Nodes => _pool.Nodes;

    /// <summary>Sends one request, to the next node or to the one that is given, and reads its answer.</summary>
    /// <param name="node">Null: the next one.</param>
    /// <param name="method">The request's method.</param>
    /// <param name="pathAndQuery">Without a slash at its beginning.</param>
    /// <param name="content">The request's body, disposed of with the request.</param>
    /// <param name="read">Makes a result of an answer; what it throws while it reads counts as a failure of transport.</param>
    /// <param name="fault">Makes a result of the reason why there is no answer.</param>
    /// <param name="cancellation">Ends the attempt with an <see cref="OperationCanceledException"/>.</param>
    public async ValueTask<T> ExchangeAsync<T>(
        Node? node,
        HttpMethod method,
        string pathAndQuery,
        HttpContent? content,
        Func<HttpResponseMessage, CancellationToken, ValueTask<T>> read,
        Func<string, string, T> fault,
        CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, (Uri?)null)
        {
            Content = content,
            // HTTP/2 could go on reading the pooled body after the answer is there.
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        if (_connections.Current(out var problem) is not { } connections)
        {
            return fault(CertificateFile, problem ?? "");
        }

        if (!_credentials.TryGet(out var authorization, out problem))
        {
            return fault(CredentialsFile, problem);
        }

        request.Headers.Authorization = authorization;
        node ??= _pool.Next();
        request.RequestUri = node.AddressOf(pathAndQuery);
        var answered = false;
        try
        {
            using var response = await connections.SendAsync(request, cancellation);
            if (response.StatusCode == HttpStatusCode.Unauthorized)
            {
                _credentials.Refused();
            }

            var result = await read(response, cancellation);
            answered = response.StatusCode is not (HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout);
            return result;
        }
        catch (Exception error) when (TransportFault.Is(error) && !cancellation.IsCancellationRequested)
        {
            return fault(TransportFault.Reason(error), error.Message);
        }
        catch (Exception error) when (TransportFault.Is(error))
        {
            throw new OperationCanceledException("The attempt was cancelled.", error, cancellation);
        }
        finally
        {
            if (answered)
            {
                _pool.Answered(node);
            }
            else
            {
                _pool.Failed(node);
            }
        }
    }

    public void Dispose() => _connections.Dispose();
}
