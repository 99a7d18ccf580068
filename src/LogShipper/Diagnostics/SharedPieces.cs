using System.Buffers;
using LogShipper.Tailing;

namespace LogShipper.Diagnostics;

/// <summary>
/// An answer that is made once and sent to whoever asks, in pieces of the pool: with hundreds of lanes it has a megabyte, which in one array is
/// copied through arrays of every smaller size while it grows, and all of them stay. It goes back to the pool when nobody holds it any more.
/// </summary>
internal sealed class SharedPieces : IBufferWriter<byte>, IDisposable
{
    private const int PieceBytes = 16 * 1024;

    private readonly List<(byte[] Bytes, int Length)> _pieces = [];
    private int _holders = 1;

    public int Length { get; private set; }

    /// <summary>One more will dispose of it. Only to be asked by who holds it.</summary>
    public SharedPieces Hold()
    {
        Interlocked.Increment(ref _holders);
        return this;
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        var wanted = Math.Max(1, sizeHint);
        if (_pieces.Count == 0 || _pieces[^1].Bytes.Length - _pieces[^1].Length < wanted)
        {
            _pieces.Add((BytePool.Shared.Rent(Math.Max(PieceBytes, wanted)), 0));
        }

        return _pieces[^1].Bytes.AsMemory(_pieces[^1].Length);
    }

    public void Advance(int count)
    {
        var (bytes, length) = _pieces[^1];
        _pieces[^1] = (bytes, length + count);
        Length += count;
    }

    /// <summary>Sends all of it; whoever reads slowly holds up the next piece, not all of them in the sender's buffers.</summary>
    public async Task WriteToAsync(Stream stream, CancellationToken cancellation)
    {
        foreach (var (bytes, length) in _pieces)
        {
            await stream.WriteAsync(bytes.AsMemory(0, length), cancellation);
        }
    }

    public byte[] ToArray()
    {
        if (Volatile.Read(ref _holders) == 0)
        {
            throw new InvalidOperationException("Nobody holds it any more.");
        }

        var all = new byte[Length];
        var at = 0;
        foreach (var (bytes, length) in _pieces)
        {
            bytes.AsSpan(0, length).CopyTo(all.AsSpan(at));
            at += length;
        }

        return all;
    }

    public void Dispose()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            _pieces.ForEach(piece => BytePool.Shared.Return(piece.Bytes));
            _pieces.Clear();
        }
    }
}
