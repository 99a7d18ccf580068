using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LogShipper.EndToEnd;

/// <summary>
/// Clients of nginx on connections that are kept alive, a few requests at a time. Every request has a number of its own
/// in its path; it counts once nginx has answered it.
/// </summary>
internal sealed class Load
{
    private const int Pipelined = 16;

    private readonly int _port;
    private readonly TimeSpan _pause;
    private readonly int _missingEvery;
    private int _next;
    private int _limit;

    /// <param name="port">nginx's.</param>
    /// <param name="pause">Between two rounds of a connection.</param>
    /// <param name="missingEvery">Every so manieth request asks for a file that is not there; 0: none.</param>
    public Load(int port, TimeSpan pause = default, int missingEvery = 20)
    {
        _port = port;
        _pause = pause;
        _missingEvery = missingEvery;
    }

    /// <summary>Requests that were answered: those numbered from 0 to here, once all connections have ended.</summary>
    public int Answered => Volatile.Read(ref _next);

    public bool IsMissing(int number) => _missingEvery > 0 && number % _missingEvery == _missingEvery - 1;

    public string PathOf(int number) => $"/{(IsMissing(number) ? "missing" : "n")}/{number}";

    /// <summary>So many more requests.</summary>
    public Task RunAsync(int requests, int connections = 8)
    {
        _limit = _next + requests;
        return Task.WhenAll(Enumerable.Range(0, connections).Select(_ => ConnectAsync()));
    }

    /// <summary>Requests until <paramref name="end"/> completes.</summary>
    public async Task RunUntilAsync(Task end, int connections = 8)
    {
        _limit = int.MaxValue;
        var running = Task.WhenAll(Enumerable.Range(0, connections).Select(_ => ConnectAsync()));
        await Task.WhenAny(end, running);
        Volatile.Write(ref _limit, 0);
        await running;
        await end;
    }

    private async Task ConnectAsync()
    {
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, _port);
        var stream = client.GetStream();
        var request = new StringBuilder();
        var buffer = new byte[16 * 1024];
        while (_next < Volatile.Read(ref _limit))
        {
            request.Clear();
            for (var i = 0; i < Pipelined; i++)
            {
                var number = Interlocked.Increment(ref _next) - 1;
                request.Append($"GET {PathOf(number)} HTTP/1.1\r\nHost: pod.test\r\nUser-Agent: load\r\n\r\n");
            }

            await stream.WriteAsync(Encoding.ASCII.GetBytes(request.ToString()));
            await AnswersAsync(stream, buffer);
            if (_pause > TimeSpan.Zero)
            {
                await Task.Delay(_pause);
            }
        }
    }

    /// <summary>Reads until every request of the round has its status line.</summary>
    private static async Task AnswersAsync(NetworkStream stream, byte[] buffer)
    {
        var statusLine = "HTTP/1.1 "u8.ToArray();
        var matched = 0;
        var answers = 0;
        while (answers < Pipelined)
        {
            var count = await stream.ReadAsync(buffer);
            if (count == 0)
            {
                throw new IOException("nginx closed a connection.");
            }

            for (var i = 0; i < count; i++)
            {
                matched = buffer[i] == statusLine[matched] ? matched + 1 : buffer[i] == statusLine[0] ? 1 : 0;
                if (matched == statusLine.Length)
                {
                    answers++;
                    matched = 0;
                }
            }
        }
    }
}
