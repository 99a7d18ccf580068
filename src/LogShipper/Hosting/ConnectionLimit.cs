using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace LogShipper.Hosting;

/// <summary>
/// How many connections there may be at once, and how many of one address. What is too much of one address is closed before
/// anything of it is read. Where all places are taken, who has most of them gives up its oldest: a flood, from however many
/// addresses, does not shut out the kubelet, which has one or two. Kestrel's own limit would, and writes a warning for each
/// connection that it refuses: thousands a second, into the container's log.
/// </summary>
/// <param name="most">In all.</param>
/// <param name="mostOfOneAddress">Of one address.</param>
/// <param name="time">When it was last told.</param>
/// <param name="logger">Is told of closed ones at most once in <see cref="ToldEvery"/>.</param>
internal sealed partial class ConnectionLimit(int most, int mostOfOneAddress, TimeProvider time, ILogger logger)
{
    /// <summary>A flood is told with a count, not connection by connection.</summary>
    public static readonly TimeSpan ToldEvery = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();

    /// <summary>Who is there, oldest first.</summary>
    private readonly List<(IPAddress Address, ConnectionContext Connection)> _open = [];
    private long _closed;
    private long? _toldAt;

    public ConnectionDelegate Pass(ConnectionDelegate next) => async connection =>
    {
        var address = (connection.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
        if (!TryEnter(address, connection, out var evicted))
        {
            connection.Abort(new ConnectionAbortedException("Too many connections of one address."));
            return;
        }

        try
        {
            // Outside the lock: its own end runs what waits for it.
            evicted?.Abort(new ConnectionAbortedException("Its place was needed for another address."));
            await next(connection);
        }
        finally
        {
            Leave(connection);
        }
    };

    private bool TryEnter(IPAddress address, ConnectionContext connection, out ConnectionContext? evicted)
    {
        long? told = null;
        evicted = null;
        bool enters;
        lock (_lock)
        {
            var own = _open.Count(open => open.Address.Equals(address));
            enters = own < mostOfOneAddress && (_open.Count < most || TryEvict(own, out evicted));
            if (enters)
            {
                _open.Add((address, connection));
            }

            if (!enters || evicted is not null)
            {
                _closed++;
                if (_toldAt is not { } before || time.GetElapsedTime(before) >= ToldEvery)
                {
                    (told, _closed, _toldAt) = (_closed, 0, time.GetTimestamp());
                }
            }
        }

        if (told is { } count)
        {
            LogClosed(count, most, mostOfOneAddress);
        }

        return enters;
    }

    /// <summary>The oldest connection of the address that has most of them, if it has more than who asks.</summary>
    private bool TryEvict(int own, out ConnectionContext? evicted)
    {
        var crowd = _open.GroupBy(open => open.Address).MaxBy(group => group.Count())!;
        evicted = null;
        if (crowd.Count() <= own)
        {
            return false;
        }

        evicted = crowd.First().Connection;
        return _open.Remove(crowd.First());
    }

    private void Leave(ConnectionContext connection)
    {
        lock (_lock)
        {
            _open.RemoveAll(open => ReferenceEquals(open.Connection, connection));
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Too many connections to the admin port: {Closed} closed since this was last said. It takes {Most} at once, {MostOfOne} of one address")]
    private partial void LogClosed(long closed, int most, int mostOfOne);
}
