using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Unicode;

namespace LogShipper.Benchmarks;

/// <summary>Takes <c>_bulk</c> requests, looks at nothing and says that every document was stored. Its threads' CPU is told, so that it can be left out.</summary>
internal sealed class NullBulk : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Func<int> _count;
    private readonly Lock _gate = new();
    private double _cpuSeconds;

    /// <param name="count">How many documents the request holds that is under way.</param>
    public NullBulk(Func<int> count)
    {
        _count = count;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        new Thread(Accept) { IsBackground = true }.Start();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndPoint!).Port}");

    public long Bytes { get; private set; }

    public double CpuSeconds
    {
        get
        {
            lock (_gate)
            {
                return _cpuSeconds;
            }
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Accept()
    {
        try
        {
            while (true)
            {
                var connection = _listener.Accept();
                new Thread(() => Serve(connection)) { IsBackground = true }.Start();
            }
        }
        catch (SocketException)
        {
            // Closed: the measurement is over.
        }
    }

    private void Serve(Socket connection)
    {
        var buffer = new byte[256 * 1024];
        var answers = new byte[1 << 20];
        var cpu = 0.0;
        using (connection)
        {
            while (true)
            {
                var head = 0;
                int end;
                while ((end = buffer.AsSpan(0, head).IndexOf("\r\n\r\n"u8)) < 0)
                {
                    var read = connection.Receive(buffer.AsSpan(head));
                    if (read == 0)
                    {
                        return;
                    }

                    head += read;
                }

                var length = ContentLength(Encoding.ASCII.GetString(buffer, 0, end));
                for (long body = head - end - 4; body < length;)
                {
                    body += connection.Receive(buffer);
                }

                var answer = Answer(_count(), answers);
                lock (_gate)
                {
                    Bytes += length;
                    var now = ProcessorTime.OfThread();
                    _cpuSeconds += now - cpu;
                    cpu = now;
                }

                connection.Send(answers.AsSpan(0, answer));
            }
        }
    }

    private static long ContentLength(string head)
    {
        var from = head.IndexOf("Content-Length:", StringComparison.OrdinalIgnoreCase) + 15;
        var end = head.IndexOf('\r', from);
        return long.Parse(end < 0 ? head[from..] : head[from..end]);
    }

    /// <summary>Built without allocating, so that what is counted is the shipper's.</summary>
    private static int Answer(int count, Span<byte> answer)
    {
        var length = 25 + (count * 26) + 1;
        Utf8.TryWrite(answer, $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{{\"errors\":false,\"items\":[", out var at);
        for (var item = 0; item < count; item++)
        {
            "{\"create\":{\"status\":201}},"u8.CopyTo(answer[at..]);
            at += 26;
        }

        // The last one's comma becomes the end.
        "]}"u8.CopyTo(answer[(at - 1)..]);
        return at + 1;
    }
}
