using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Unicode;

namespace LogShipper.Benchmarks.Memory;

/// <summary>Takes <c>_bulk</c> requests as fast as it can, counts their documents and says that all were stored; can be down, as a receiver whose machine is gone.</summary>
internal sealed class SteadyBulk : IDisposable
{
    private const int LongestHead = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly List<Socket> _connections = [];
    private Socket? _listener;
    private long _documents;
    private long _bodyBytes;
    private long _firstAt;

    public SteadyBulk()
    {
        Open(0);
        Port = ((IPEndPoint)_listener!.LocalEndPoint!).Port;
    }

    public int Port { get; }

    public long Documents => Interlocked.Read(ref _documents);

    public long BodyBytes => Interlocked.Read(ref _bodyBytes);

    /// <summary>When the first document came (timestamp); 0: none yet.</summary>
    public long FirstAt => Interlocked.Read(ref _firstAt);

    /// <summary>From now on connections are refused, and those that there are, cut.</summary>
    public void GoDown()
    {
        lock (_gate)
        {
            _listener?.Dispose();
            _listener = null;
            _connections.ForEach(connection => connection.Dispose());
            _connections.Clear();
        }
    }

    public void ComeBack() => Open(Port);

    public void Dispose() => GoDown();

    private void Open(int port)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        listener.Listen();
        _listener = listener;
        new Thread(() => Accept(listener)) { IsBackground = true }.Start();
    }

    private void Accept(Socket listener)
    {
        try
        {
            while (true)
            {
                var connection = listener.Accept();
                connection.NoDelay = true;
                lock (_gate)
                {
                    _connections.Add(connection);
                }

                new Thread(() => Serve(connection)) { IsBackground = true }.Start();
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // It went down.
        }
    }

    private void Serve(Socket connection)
    {
        var state = new Buffers();
        try
        {
            while (ReceiveHead(connection, state) is { } head)
            {
                var documents = ReceiveBody(connection, state, head);
                Interlocked.CompareExchange(ref _firstAt, System.Diagnostics.Stopwatch.GetTimestamp(), 0);
                Interlocked.Add(ref _documents, documents);
                connection.Send(Answer(documents, ref state.Answer));
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or InvalidDataException)
        {
            // The shipper went away, or we did.
        }

        connection.Dispose();
    }

    /// <summary>The text of a request's head; what came of its body already stands at the beginning of the buffer.</summary>
    private static string? ReceiveHead(Socket connection, Buffers state)
    {
        int end;
        while ((end = state.Body.AsSpan(0, state.Filled).IndexOf("\r\n\r\n"u8)) < 0)
        {
            var read = state.Filled < LongestHead ? connection.Receive(state.Body.AsSpan(state.Filled, LongestHead - state.Filled)) : 0;
            if (read == 0)
            {
                return null;
            }

            state.Filled += read;
        }

        var head = Encoding.ASCII.GetString(state.Body, 0, end);
        state.Filled -= end + 4;
        state.Body.AsSpan(end + 4, state.Filled).CopyTo(state.Body);
        return head;
    }

    private int ReceiveBody(Socket connection, Buffers state, string head)
    {
        var length = ContentLength(head);
        if (state.Body.Length < length)
        {
            Array.Resize(ref state.Body, length);
        }

        while (state.Filled < length)
        {
            var read = connection.Receive(state.Body.AsSpan(state.Filled, length - state.Filled));
            if (read == 0)
            {
                throw new InvalidDataException("Cut.");
            }

            state.Filled += read;
        }

        state.Filled = 0;
        Interlocked.Add(ref _bodyBytes, length);
        if (!head.Contains("_bulk", StringComparison.Ordinal))
        {
            return 0;
        }

        return (head.Contains("Content-Encoding: gzip", StringComparison.OrdinalIgnoreCase) ? LinesOfGzip(state, length) : state.Body.AsSpan(0, length).Count((byte)'\n')) / 2;
    }

    private static int LinesOfGzip(Buffers state, int length)
    {
        var lines = 0;
        using var stream = new GZipStream(new MemoryStream(state.Body, 0, length), CompressionMode.Decompress);
        for (int read; (read = stream.Read(state.Plain)) > 0;)
        {
            lines += state.Plain.AsSpan(0, read).Count((byte)'\n');
        }

        return lines;
    }

    private static int ContentLength(string head)
    {
        var from = head.IndexOf("Content-Length:", StringComparison.OrdinalIgnoreCase);
        if (from < 0)
        {
            return 0;
        }

        var end = head.IndexOf('\r', from);
        return int.Parse(head.AsSpan(from + 15, (end < 0 ? head.Length : end) - from - 15));
    }

    private static ReadOnlySpan<byte> Answer(int documents, ref byte[] answer)
    {
        if (documents == 0)
        {
            return "HTTP/1.1 200 OK\r\nX-Elastic-Product: Elasticsearch\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"u8;
        }

        var length = 25 + (documents * 26) + 1;
        if (answer.Length < length + 1024)
        {
            answer = new byte[length + 1024];
        }

        Utf8.TryWrite(answer, $"HTTP/1.1 200 OK\r\nX-Elastic-Product: Elasticsearch\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{{\"errors\":false,\"items\":[", out var at);
        for (var item = 0; item < documents; item++)
        {
            "{\"create\":{\"status\":201}},"u8.CopyTo(answer.AsSpan(at));
            at += 26;
        }

        // The last one's comma becomes the end.
        "]}"u8.CopyTo(answer.AsSpan(at - 1));
        return answer.AsSpan(0, at + 1);
    }

    private sealed class Buffers
    {
        public byte[] Body = new byte[2 * LongestHead];
        public readonly byte[] Plain = new byte[256 * 1024];
        public byte[] Answer = [];
        public int Filled;
    }
}
