using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace LogShipper.Control;

/// <summary>Asks the running shipper.</summary>
internal static class ControlClient
{
    /// <summary>Sends the request and hands on the pieces of the answer as they come.</summary>
    /// <exception cref="IOException">No shipper answers there, with a sentence that says so; or it ended while it answered.</exception>
    public static async IAsyncEnumerable<ControlFrame> AskAsync(string path, ControlRequest request, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var stream = await ConnectAsync(path, cancellation);
        await stream.WriteAsync(request.ToLine(), cancellation);
        while (true)
        {
            ControlFrame frame;
            try
            {
                frame = await ControlFrame.ReadAsync(stream, cancellation);
            }
            catch (Exception exception) when (exception is EndOfStreamException or SocketException or IOException { InnerException: SocketException })
            {
                throw new IOException("the shipper ended before it had answered", exception);
            }

            if (frame.Kind == ControlFrameKind.End)
            {
                yield break;
            }

            yield return frame;
        }
    }

    /// <summary>Whether a shipper listens there.</summary>
    public static async Task<bool> AnswersAsync(string path, CancellationToken cancellation)
    {
        try
        {
            await using var stream = await ConnectAsync(path, cancellation);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static async Task<NetworkStream> ConnectAsync(string path, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(ControlAddress.EndPointOf(path), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException exception)
        {
            socket.Dispose();
            throw new IOException(
                exception.SocketErrorCode switch
                {
                    SocketError.AccessDenied => $"{path} may be used by its owner only: run the command as the shipper's user",
                    SocketError.ConnectionRefused => $"no shipper runs there: {path} was left by one that was killed",
                    _ when !File.Exists(path) => $"no shipper runs there: {path} does not exist. Give the command the same --config, --set and environment as the shipper, or --socket",
                    _ => $"{path} cannot be reached: {exception.Message}",
                },
                exception);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
