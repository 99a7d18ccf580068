using System.Net;
using System.Net.Sockets;
using System.Text;
using LogShipper.Configuration;
using LogShipper.Hosting;
using LogShipper.Sinks;

namespace LogShipper.Fuzz;

/// <summary>The admin port of a running shipper: whatever is sent there, it answers the next probe.</summary>
internal static class AdminPortTarget
{
    private static readonly Lazy<int> Port = new(Start);

    public static void Send(byte[] input)
    {
        Exchange(input, isWhole: false);
        if (Exchange("GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"u8.ToArray(), isWhole: true) is var answer && !answer.StartsWith("HTTP/1.1 200", StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"Not so: the next probe is answered. It is: {answer}");
        }
    }

    /// <summary>An event stream does not end: its first bytes are enough.</summary>
    private static string Exchange(byte[] request, bool isWhole)
    {
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 2000, LingerState = new LingerOption(enable: true, 0) };
        client.Connect(IPAddress.Loopback, Port.Value);
        var answer = new byte[4096];
        try
        {
            client.Send(request);
            if (!isWhole)
            {
                // Nothing more comes: who waits for the rest of a request need not.
                client.Shutdown(SocketShutdown.Send);
            }

            return Encoding.Latin1.GetString(answer, 0, client.Receive(answer));
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown or SocketError.TimedOut)
        {
            return exception.SocketErrorCode.ToString();
        }
    }

    /// <summary>Its log stays empty: nothing is shipped.</summary>
    private static int Start()
    {
        int port;
        using (var free = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            free.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            port = ((IPEndPoint)free.LocalEndPoint!).Port;
        }

        var folder = Directory.CreateTempSubdirectory("logshipper-fuzz").FullName;
        var sources = new ConfigurationSources(
            null,
            [
                new("StateDirectory", Path.Combine(folder, "state")), new("Logs:access:Path", Path.Combine(folder, "access.log")), new("Logs:error:Enabled", "false"),
                new("Admin:Address", "127.0.0.1"), new("Admin:Port", port.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            ]);
        var surroundings = new ProcessSurroundings();
        var loaded = new ConfigurationLoader(surroundings).Load(sources);
        _ = ShipperHost.RunAsync(
            loaded, new ConfigurationOrigin(surroundings, sources), (sink, loggers) => SinkCatalog.Create(sink, TimeProvider.System, loggers), TextWriter.Null, CancellationToken.None);
        for (var tries = 0; ; tries++)
        {
            try
            {
                using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                client.Connect(IPAddress.Loopback, port);
                return port;
            }
            catch (SocketException) when (tries < 200)
            {
                Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System).GetAwaiter().GetResult();
            }
        }
    }
}
