using System.Net.Sockets;
using System.Security.Authentication;

namespace LogShipper.Sinks.Elasticsearch;

/// <summary>Why no answer came, as a short code that stays the same: for logs and metrics, without names or content.</summary>
internal static class TransportFault
{
    /// <summary>Whether the exception says that the exchange failed (and not that the program is wrong).</summary>
    public static bool Is(Exception error) =>
        error is HttpRequestException or IOException or SocketException or AuthenticationException or OperationCanceledException;

    public static string Reason(Exception error)
    {
        for (var cause = error; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case CertificateRefused refused:
                    return $"tls certificate: {refused.Message}";
                case AuthenticationException:
                    return "tls handshake";
                case SocketException socket:
                    return OfSocket(socket.SocketErrorCode);
                case OperationCanceledException or TimeoutException:
                    return "connect timeout";
                case HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded }:
                    return "connection closed";
            }
        }

        return error is HttpRequestException http ? OfHttp(http.HttpRequestError) : "connection closed";
    }

    private static string OfSocket(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain or SocketError.NoRecovery => "name not known",
        SocketError.HostUnreachable or SocketError.HostDown => "host unreachable",
        SocketError.NetworkUnreachable or SocketError.NetworkDown => "network unreachable",
        SocketError.TimedOut => "connect timeout",
        SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown or SocketError.OperationAborted => "connection closed",
        _ => "connection failed",
    };

    private static string OfHttp(HttpRequestError error) => error switch
    {
        HttpRequestError.NameResolutionError => "name not known",
        HttpRequestError.ConnectionError => "connection failed",
        HttpRequestError.SecureConnectionError => "tls handshake",
        HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError => "not http",
        _ => "connection closed",
    };
}
