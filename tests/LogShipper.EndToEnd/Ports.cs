using System.Net;
using System.Net.Sockets;

namespace LogShipper.EndToEnd;

/// <summary>Free TCP ports below the range from which the kernel takes those of outgoing connections.</summary>
internal static class Ports
{
    private const int First = 20_000;
    private const int Count = 12_000;

    private static int _next = Environment.ProcessId * 37 % Count;

    public static int Free()
    {
        for (var tries = 0; tries < Count; tries++)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _next) % Count);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken: the next one.
            }
        }

        throw new InvalidOperationException("No port is free.");
    }
}
