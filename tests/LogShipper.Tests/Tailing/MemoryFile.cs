using LogShipper.Tailing;

namespace LogShipper.Tests.Tailing;

/// <summary>A file in memory whose bytes the test changes.</summary>
internal sealed class MemoryFile(byte[] bytes) : ILogFile
{
    public byte[] Bytes { get; set; } = bytes;

    public bool IsDisposed { get; private set; }

    public FileIdentity Identity => new(1, 2, 3);

    public long Length => Bytes.Length;

    public int Read(Span<byte> destination, long offset)
    {
        var rest = offset >= Bytes.Length ? [] : Bytes.AsSpan((int)offset);
        rest = rest[..Math.Min(rest.Length, destination.Length)];
        rest.CopyTo(destination);
        return rest.Length;
    }

    public Writers AskWriters() => Writers.Unknown;

    public void Dispose() => IsDisposed = true;
}
