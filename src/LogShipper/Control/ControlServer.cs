using System.Net.Sockets;
using LogShipper.Configuration;
using LogShipper.Tailing;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace LogShipper.Control;

/// <summary>
/// Answers the commands of this host's owner on a unix socket of mode 0600 in the state directory. Bounded: few
/// connections, one short request each. Nothing that goes wrong here reaches the shipping.
/// </summary>
internal sealed partial class ControlServer : IAsyncDisposable
{
    /// <summary>Connections at once; one more waits in the kernel until another ends.</summary>
    internal const int MaxConnections = 8;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AcceptPause = TimeSpan.FromSeconds(1);

    private readonly string _path;
    private readonly IReadOnlyDictionary<string, ControlCommand> _commands;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _room = new(MaxConnections, MaxConnections);
    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _listening = new();
    private volatile Socket? _socket;
    private Task _accepting = Task.CompletedTask;
    private bool _isUnreachable;
    private bool _isDisposed;

    public ControlServer(string path, IReadOnlyDictionary<string, ControlCommand> commands, TimeProvider time, ILogger logger)
    {
        _path = path;
        _commands = commands;
        _time = time;
        _logger = logger;
    }

    /// <summary>Listens from now on; called by the one who has claimed the state directory. If it cannot, that is told, and the shipping goes on without.</summary>
    public void Start()
    {
        lock (_listening)
        {
            _ = TryListen();
        }
    }

    /// <summary>Called from time to time: with its directory the socket may have been removed, and nobody could reach us any more.</summary>
    public void ListenAgainIfGone()
    {
        lock (_listening)
        {
            if (!_isDisposed && (_socket is null || NativeFile.TryStatus(_path, out _) == NativeFile.ErrorNoEntry) && TryListen())
            {
                LogListeningAgain(_path);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_listening)
        {
            _isDisposed = true;
        }

        await _ending.CancelAsync();
        await _accepting;
        for (var connection = 0; connection < MaxConnections; connection++)
        {
            await _room.WaitAsync();
        }

        _socket?.Dispose();
        _ending.Dispose();
        _room.Dispose();
    }

    private bool TryListen()
    {
        // First: what it was bound to is removed with it.
        var former = _socket;
        _socket = null;
        former?.Dispose();
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            Listen(socket);
        }
        catch (Exception exception) when (exception is IOException or SocketException or UnauthorizedAccessException)
        {
            socket.Dispose();
            if (!_isUnreachable)
            {
                _isUnreachable = true;
                LogUnreachable(_path, exception.Message);
            }

            return false;
        }

        _isUnreachable = false;
        _socket = socket;
        _accepting = Task.WhenAll(_accepting, AcceptAsync(socket));
        return true;
    }

    private void Listen(Socket socket)
    {
        var address = ControlAddress.EndPointOf(_path);

        // The state directory is ours alone: what lies here was left by a process that was killed. A link is removed, not followed.
        File.Delete(_path);

        // Linux gives the name the mode of the socket, less the umask: by the name it would be changed through a link put there meanwhile.
        using (var handle = new SafeFileHandle(socket.Handle, ownsHandle: false))
        {
            File.SetUnixFileMode(handle, OwnerOnly);
        }

        socket.Bind(address);
        if (UnixFile.Look(_path, followLink: false)?.Permissions is not OwnerOnly and var permissions)
        {
            throw new IOException($"its mode is {permissions}");
        }

        socket.Listen(MaxConnections);
    }

    private async Task AcceptAsync(Socket socket)
    {
        try
        {
            while (true)
            {
                await _room.WaitAsync(_ending.Token);
                try
                {
                    _ = ServeAsync(await socket.AcceptAsync(_ending.Token));
                }
                catch (Exception exception) when (exception is SocketException or ObjectDisposedException && socket != _socket)
                {
                    // Another one has taken its place.
                    _room.Release();
                    return;
                }
                catch (SocketException)
                {
                    // Out of descriptors, for example: that passes.
                    _room.Release();
                    await Task.Delay(AcceptPause, _time, _ending.Token);
                }
                catch (OperationCanceledException)
                {
                    _room.Release();
                    throw;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The process ends.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            await using var stream = new NetworkStream(socket, ownsSocket: true);
            using var gone = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token);
            if (await ReadRequestAsync(stream, gone.Token) is { } request)
            {
                using var reply = new ControlReply(stream);
                var watching = CancelWhenClosedAsync(stream, gone);
                await CarryOutAsync(request, reply, gone.Token);
                await reply.EndAsync(gone.Token);
                await gone.CancelAsync();
                await watching;
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Whoever asked is gone, or we are going.
        }
        catch (Exception exception)
        {
            LogFailed(exception);
        }
        finally
        {
            _room.Release();
        }
    }

    private async Task CarryOutAsync(ControlRequest request, ControlReply reply, CancellationToken cancellation)
    {
        if (!_commands.TryGetValue(request.Command, out var command))
        {
            await reply.FaultAsync($"the running shipper does not know the command {PrintableText.Quote(request.Command)}: is it of another version?", cancellation);
            return;
        }

        try
        {
            await command(request, reply, cancellation);
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or IOException or SocketException))
        {
            // Its message may quote what it failed on.
            LogFailed(exception);
            await reply.FaultAsync($"the command failed in the running shipper: {exception.GetType().Name}", cancellation);
        }
    }

    private async Task<ControlRequest?> ReadRequestAsync(NetworkStream stream, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(RequestTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        var line = new byte[ControlRequest.MaxBytes];
        var length = 0;
        while (length < line.Length)
        {
            var read = await stream.ReadAsync(line.AsMemory(length), either.Token);
            if (read == 0)
            {
                return null;
            }

            length += read;
            if (line[length - 1] == (byte)'\n')
            {
                return ControlRequest.Parse(line.AsSpan(0, length - 1));
            }
        }

        return null;
    }

    /// <summary>A command that has nothing to say would not notice that nobody listens any more.</summary>
    private static async Task CancelWhenClosedAsync(NetworkStream stream, CancellationTokenSource gone)
    {
        try
        {
            _ = await stream.ReadAsync(new byte[1], gone.Token);
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // It is gone as well.
        }

        await gone.CancelAsync();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Commands such as logshipper status cannot reach this process at {Path}: {Problem}")]
    private partial void LogUnreachable(string path, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The socket for commands was removed; commands such as logshipper status reach this process again at {Path}")]
    private partial void LogListeningAgain(string path);

    [LoggerMessage(Level = LogLevel.Error, Message = "A command failed; the shipping goes on")]
    private partial void LogFailed(Exception exception);
}
