using System.Net;
using System.Net.Sockets;
using LogShipper.Configuration;

namespace LogShipper.Hosting;

/// <summary>Says why the admin endpoint cannot listen where the plan wants it to, and what can be done.</summary>
internal static class AdminPort
{
    /// <summary>Tries it; null: it can.</summary>
    public static string? FaultOf(AdminPlan plan)
    {
        try
        {
            using var socket = new Socket(plan.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (plan.Address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            socket.Bind(new IPEndPoint(plan.Address, plan.Port));
            return null;
        }
        catch (SocketException exception)
        {
            return FaultOf(plan, exception);
        }
    }

    /// <summary>What the failure of a start means; null: it was not about the port.</summary>
    public static string? FaultOf(AdminPlan plan, Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is SocketException socket)
            {
                return Sentence(plan, socket);
            }
        }

        return null;
    }

    private static string Sentence(AdminPlan plan, SocketException exception)
    {
        var (root, admin) = (Settings.Root.Name, Settings.Admin.Name);
        var (setting, value, fault) = exception.SocketErrorCode switch
        {
            SocketError.AddressAlreadyInUse => (Settings.AdminPort.Name, $"{plan.Port}", $"{new IPEndPoint(plan.Address, plan.Port)} is in use by another process (in a Pod all containers share their ports); take another port"),
            SocketError.AccessDenied => (Settings.AdminPort.Name, $"{plan.Port}", "ports below 1024 need a privilege that we do not have; take a higher one"),
            SocketError.AddressNotAvailable => (Settings.AdminAddress.Name, $"{plan.Address}", "is no address of this machine; take 0.0.0.0 for all of them"),
            _ => (Settings.AdminPort.Name, $"{plan.Port}", $"cannot be listened on ({exception.SocketErrorCode}); take another"),
        };
        return $"{root}:{admin}:{setting} = \"{value}\": {fault}, or switch the endpoint off ({root}:{admin}:{Settings.AdminEnabled.Name} = false)";
    }
}
