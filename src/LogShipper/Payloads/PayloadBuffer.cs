using System.Buffers;
using LogShipper.Tailing;

namespace LogShipper.Payloads;

/// <summary>
/// What record writers write into. Capacity is asked for once per record (its worst case), not per byte:
/// take <see cref="GetSpan"/>, fill it, <see cref="Advance"/>. Grows by doubling from the pool.
/// </summary>
internal sealed class PayloadBuffer : IBufferWriter<byte>, IDisposable
{
    private byte[] _bytes;

    public PayloadBuffer(int capacity) => _bytes = BytePool.Shared.Rent(capacity);

    public int Length { get; private set; }

    public ReadOnlySpan<byte> WrittenSpan => _bytes.AsSpan(0, Length);

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        if (_bytes.Length - Length < sizeHint)
        {
            Grow(sizeHint);
        }

        return _bytes.AsSpan(Length);
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        GetSpan(sizeHint);
        return _bytes.AsMemory(Length);
    }

    public void Advance(int count) => Length += count;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        Length += bytes.Length;
    }

    public void Clear() => Length = 0;

    /// <summary>Hands the array over: the caller returns it to <see cref="BytePool"/>; this buffer is empty and disposed after it.</summary>
    public byte[] Detach(out int length)
    {
        var bytes = _bytes;
        length = Length;
        _bytes = [];
        Length = 0;
        return bytes;
    }

    public void Dispose()
    {
        if (_bytes.Length > 0)
        {
            BytePool.Shared.Return(_bytes);
            _bytes = [];
        }

        Length = 0;
    }

    private void Grow(int sizeHint)
    {
        var larger = BytePool.Shared.Rent(checked((int)Math.Min(Array.MaxLength, Math.Max((long)_bytes.Length * 2, (long)Length + sizeHint))));
        WrittenSpan.CopyTo(larger);
        BytePool.Shared.Return(_bytes);
        _bytes = larger;
    }
}
