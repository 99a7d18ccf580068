using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;

namespace LogShipper.Hosting;

/// <summary>How many connections one address may have at once; one more is closed before anything of it is read.</summary>
internal sealed class ConnectionLimit(int most)
{
    private readonly ConcurrentDictionary<IPAddress, int> _open = new();

    public ConnectionDelegate Pass(ConnectionDelegate next) => async connection =>
    {
        var address = (connection.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
        try
        {
            if (_open.AddOrUpdate(address, 1, static (_, open) => open + 1) > most)
            {
                connection.Abort(new ConnectionAbortedException("Too many connections of one address."));
                return;
            }

            await next(connection);
        }
        finally
        {
            // An address that has none is forgotten: only live connections cost memory.
            while (!TryLeave(address))
            {
            }
        }
    };

    private bool TryLeave(IPAddress address)
    {
        var open = _open[address];
        return open > 1 ? _open.TryUpdate(address, open - 1, open) : _open.TryRemove(new KeyValuePair<IPAddress, int>(address, open));
    }
}
