using System.Net.Sockets;
using System.Text;

namespace LogShipper.Control;

/// <summary>Where commands reach the running shipper: a unix socket in its state directory.</summary>
internal static class ControlAddress
{
    public const string FileName = "control.sock";

    /// <summary>What the kernel takes as the path of a unix socket.</summary>
    private const int MaxPathBytes = 107;

    public static string In(string stateDirectory) => Path.Combine(stateDirectory, FileName);

    /// <exception cref="IOException">The path is too long for a socket.</exception>
    public static UnixDomainSocketEndPoint EndPointOf(string path) => Encoding.UTF8.GetByteCount(path) <= MaxPathBytes
        ? new UnixDomainSocketEndPoint(path)
        : throw new IOException($"{path} is longer than the {MaxPathBytes} bytes that the path of a socket may have; take a shorter StateDirectory");
}
