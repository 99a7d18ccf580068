using System.Text;

namespace LogShipper.Control;

/// <summary>The answer to one request, written piece by piece. A reader that is gone ends it by an <see cref="IOException"/>.</summary>
internal sealed class ControlReply(Stream stream)
{
    public ValueTask DataAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation) => ControlFrame.WriteAsync(stream, ControlFrameKind.Data, bytes, cancellation);

    public ValueTask NoteAsync(string text, CancellationToken cancellation) =>
        ControlFrame.WriteAsync(stream, ControlFrameKind.Note, Encoding.UTF8.GetBytes(text), cancellation);

    /// <summary>The command fails; what was done before stays done.</summary>
    public ValueTask FaultAsync(string text, CancellationToken cancellation) =>
        ControlFrame.WriteAsync(stream, ControlFrameKind.Fault, Encoding.UTF8.GetBytes(text), cancellation);

    public ValueTask EndAsync(CancellationToken cancellation) => ControlFrame.WriteAsync(stream, ControlFrameKind.End, default, cancellation);
}

/// <summary>Carries out one command.</summary>
internal delegate Task ControlCommand(ControlRequest request, ControlReply reply, CancellationToken cancellation);
