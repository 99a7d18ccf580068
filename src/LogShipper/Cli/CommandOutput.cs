using System.Text;
using LogShipper.Sinks.Stdout;

namespace LogShipper.Cli;

/// <summary>Standard output took no more of what a command says.</summary>
/// <param name="reason">Why, in a few words.</param>
/// <param name="isClosed">Whoever read it has gone (<c>logshipper top | head</c>): there is nothing to tell, and nobody to tell it.</param>
internal sealed class CommandOutputException(string reason, bool isClosed) : Exception(reason)
{
    public bool IsClosed { get; } = isClosed;
}

/// <summary>
/// What commands write to. <see cref="Console"/>'s own stream says nothing when its reader has gone, and a command that
/// watches would go on for ever. It writes at the descriptor's own place, so that commands which share a file follow each other.
/// </summary>
internal sealed class CommandOutput(IStandardOutput output) : Stream
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>A writer that keeps nothing back.</summary>
    public static TextWriter Open(IStandardOutput output) =>
        TextWriter.Synchronized(new StreamWriter(new CommandOutput(output), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true });

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <exception cref="CommandOutputException">It takes no more.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            if (!output.IsReady(Patience))
            {
                continue;
            }

            var result = output.Write(buffer[..Math.Min(buffer.Length, StandardOutput.MaxWriteBytes)], out var written, out var reason);
            if (result is WriteResult.Closed or WriteResult.Failed)
            {
                throw new CommandOutputException(reason, result == WriteResult.Closed);
            }

            buffer = buffer[written..];
        }
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
