namespace LogShipper.Payloads;

/// <summary>What a compressor writes into: the end of a <see cref="PayloadBuffer"/>, or nowhere.</summary>
internal sealed class PayloadStream : Stream
{
    /// <summary>Nothing: what is written is thrown away.</summary>
    public PayloadBuffer? Target { get; set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => Target?.Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer) => Target?.Write(buffer);
}
