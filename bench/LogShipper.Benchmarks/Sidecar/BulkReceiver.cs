using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LogShipper.Benchmarks.Sidecar;

/// <summary>What every shipper sends to: counts the documents of <c>_bulk</c> requests and how late marked lines are, and says that all were stored.</summary>
internal sealed class BulkReceiver : IDisposable
{
    /// <summary>Stands before the time stamp in a line whose way is timed.</summary>
    public const string Marker = "/probe-";

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Lock _gate = new();
    private readonly HashSet<long> _seen = [];
    private readonly List<double> _latencies = [];
    private long _documents;
    private long _firstAt;

    public BulkReceiver()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        new Thread(Accept) { IsBackground = true }.Start();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public long Documents => Interlocked.Read(ref _documents);

    /// <summary>When the first document came (timestamp); 0: none yet.</summary>
    public long FirstAt => Interlocked.Read(ref _firstAt);

    /// <summary>Milliseconds from the writing of each marked line to its arrival, ascending.</summary>
    public double[] Latencies()
    {
        lock (_gate)
        {
            return [.. _latencies.Order()];
        }
    }

    public void Reset()
    {
        lock (_gate)
        {
            _seen.Clear();
            _latencies.Clear();
        }

        Interlocked.Exchange(ref _documents, 0);
        Interlocked.Exchange(ref _firstAt, 0);
    }

    public void Dispose() => _listener.Dispose();

    private void Accept()
    {
        try
        {
            while (true)
            {
                var connection = _listener.Accept();
                connection.NoDelay = true;
                new Thread(() => Serve(connection)) { IsBackground = true }.Start();
            }
        }
        catch (SocketException)
        {
            // Closed: the comparison is over.
        }
    }

    private void Serve(Socket connection)
    {
        try
        {
            using var stream = new BufferedStream(new NetworkStream(connection, ownsSocket: true), 256 * 1024);

            // One after the other into the same memory: what this end costs is a part of what is measured, since both share the processors and their caches.
            var room = Array.Empty<byte>();
            while (Headers(stream) is { } headers)
            {
                if (headers.Contains("100-continue", StringComparison.OrdinalIgnoreCase))
                {
                    Send(stream, "HTTP/1.1 100 Continue\r\n\r\n");
                }

                var body = headers.Contains("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase) ? Chunks(stream) : Bytes(stream, Length(headers), ref room);
                if (headers.Contains("Content-Encoding: gzip", StringComparison.OrdinalIgnoreCase))
                {
                    body = Unzipped(body.ToArray());
                }

                Answer(stream, headers.Contains("_bulk", StringComparison.Ordinal) ? Take(body) : 0);
            }
        }
        catch (IOException)
        {
            // The shipper went away.
        }
    }

    private int Take(ReadOnlySpan<byte> body)
    {
        var now = Stopwatch.GetTimestamp();
        // An action and a document each.
        var lines = body.Count((byte)'\n') + (body is [.., not (byte)'\n'] ? 1 : 0);
        Interlocked.CompareExchange(ref _firstAt, now, 0);
        var marker = Encoding.ASCII.GetBytes(Marker);
        for (var rest = body; rest.IndexOf(marker) is >= 0 and var at;)
        {
            rest = rest[(at + marker.Length)..];
            if (Utf8Parser.TryParse(rest, out long written, out _))
            {
                lock (_gate)
                {
                    if (_seen.Add(written))
                    {
                        _latencies.Add(Stopwatch.GetElapsedTime(written, now).TotalMilliseconds);
                    }
                }
            }
        }

        Interlocked.Add(ref _documents, lines / 2);
        return lines / 2;
    }

    private static string? Headers(Stream stream)
    {
        var text = new StringBuilder();
        while (Line(stream) is { } line)
        {
            if (line.Length == 0)
            {
                return text.ToString();
            }

            text.Append(line).Append('\n');
        }

        return null;
    }

    private static string? Line(Stream stream)
    {
        var line = new StringBuilder();
        for (var read = stream.ReadByte(); read != '\n'; read = stream.ReadByte())
        {
            if (read < 0)
            {
                return null;
            }

            line.Append((char)read);
        }

        return line.ToString().TrimEnd('\r');
    }

    private static int Length(string headers)
    {
        var at = headers.IndexOf("Content-Length:", StringComparison.OrdinalIgnoreCase);
        return at < 0 ? 0 : int.Parse(headers.AsSpan(at + 15, headers.IndexOf('\n', at) - at - 15), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture);
    }

    private static Span<byte> Bytes(Stream stream, int length, ref byte[] room)
    {
        room = room.Length < length ? new byte[length + (length / 2)] : room;
        var bytes = room.AsSpan(0, length);
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static byte[] Chunks(Stream stream)
    {
        var body = new MemoryStream();
        var room = Array.Empty<byte>();
        while (int.Parse(Line(stream) ?? "0", NumberStyles.HexNumber, CultureInfo.InvariantCulture) is > 0 and var length)
        {
            body.Write(Bytes(stream, length, ref room));
            Line(stream);
        }

        Line(stream);
        return body.ToArray();
    }

    private static byte[] Unzipped(byte[] body)
    {
        var plain = new MemoryStream();
        using var stream = new GZipStream(new MemoryStream(body), CompressionMode.Decompress);
        stream.CopyTo(plain);
        return plain.ToArray();
    }

    private static void Answer(Stream stream, int documents)
    {
        var start = documents == 0 ? "{\"version\":{\"number\":\"8.15.0\"},\"tagline\":\"You Know, for Search\"}"u8 : "{\"took\":1,\"errors\":false,\"items\":["u8;
        var item = "{\"create\":{\"status\":201}},"u8;
        var end = "]}"u8;
        var length = start.Length + (documents == 0 ? 0 : (documents * item.Length) - 1 + end.Length);
        stream.Write(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nX-Elastic-Product: Elasticsearch\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"));
        stream.Write(start);
        for (var written = 1; written <= documents; written++)
        {
            stream.Write(written < documents ? item : item[..^1]);
        }

        stream.Write(documents == 0 ? [] : end);
        stream.Flush();
    }

    private static void Send(Stream stream, string text)
    {
        stream.Write(Encoding.ASCII.GetBytes(text));
        stream.Flush();
    }
}
