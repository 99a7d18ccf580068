using System.Text;

namespace LogShipper.Control;

/// <summary>The answer to one request, written piece by piece, from any thread. A reader that is gone ends it by an <see cref="IOException"/>.</summary>
internal sealed class ControlReply(Stream stream) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);

    public ValueTask DataAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation) => WriteAsync(ControlFrameKind.Data, bytes, cancellation);

    public ValueTask NoteAsync(string text, CancellationToken cancellation) => WriteAsync(ControlFrameKind.Note, Encoding.UTF8.GetBytes(text), cancellation);

    /// <summary>The command fails; what was done before stays done.</summary>
    public ValueTask FaultAsync(string text, CancellationToken cancellation) => WriteAsync(ControlFrameKind.Fault, Encoding.UTF8.GetBytes(text), cancellation);

    public ValueTask EndAsync(CancellationToken cancellation) => WriteAsync(ControlFrameKind.End, default, cancellation);

    public void Dispose() => _turn.Dispose();

    private async ValueTask WriteAsync(ControlFrameKind kind, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            await ControlFrame.WriteAsync(stream, kind, bytes, cancellation);
        }
        finally
        {
            _turn.Release();
        }
    }
}

/// <summary>Carries out one command.</summary>
internal delegate Task ControlCommand(ControlRequest request, ControlReply reply, CancellationToken cancellation);
