using System.Buffers;
using System.Numerics;

namespace LogShipper.Tailing;

/// <summary>
/// The arrays of batches, bodies and answers. <see cref="ArrayPool{T}.Shared"/> keeps some for each thread and each power of two, until the
/// collector finds them old, which with little garbage is never: several times what is in use. This one holds, once for the process and in
/// any size, little more than was in use at once a while ago: whoever takes gets the smallest that fits, and what nobody took is let go.
/// </summary>
internal sealed class BytePool
{
    /// <summary>The process' own.</summary>
    public static readonly BytePool Shared = new(AlwaysKeptBytes, TimeProvider.System);

    /// <summary>Shorter arrays are cheap: they are the runtime's pool's.</summary>
    public const int ShortestBytes = 4 * 1024;

    /// <summary>As much as a log and a sink have under way: two batches and their bodies.</summary>
    private const long AlwaysKeptBytes = 4 * 1024 * 1024;

    /// <summary>
    /// An array that lay here for so long while others came back is not needed. Counted in time, not in what came back: where that is little, what
    /// the rare sizes of an outage left here would fill the pool for hours.
    /// </summary>
    public static readonly TimeSpan Idle = TimeSpan.FromMinutes(1);

    /// <summary>The smallest step between sizes.</summary>
    private const int Step = 1024;

    private readonly Lock _lock = new();
    private readonly List<Kept> _kept = [];
    private readonly long _alwaysKeptBytes;
    private readonly TimeProvider _time;
    private long _peakSince;
    private long _inUse;
    private long _peak;
    private long _peakBefore;

    /// <param name="alwaysKeptBytes">What may lie here however little was in use.</param>
    /// <param name="time">The clock.</param>
    public BytePool(long alwaysKeptBytes, TimeProvider time)
    {
        _alwaysKeptBytes = alwaysKeptBytes;
        _time = time;
        _peakSince = time.GetTimestamp();
    }

    private readonly record struct Kept(byte[] Bytes, long Since);

    /// <summary>What lies here unused.</summary>
    public long KeptBytes { get; private set; }

    /// <summary>An array of at least <paramref name="length"/> bytes, with whatever stands in it.</summary>
    public byte[] Rent(int length)
    {
        if (length < ShortestBytes)
        {
            return ArrayPool<byte>.Shared.Rent(length);
        }

        lock (_lock)
        {
            if (SmallestFor(length) is { } index)
            {
                var bytes = _kept[index].Bytes;
                Remove(index);
                NoteUse(bytes.Length);
                return bytes;
            }

            length = RoundedUp(length);
            NoteUse(length);
        }

        return GC.AllocateUninitializedArray<byte>(length);
    }

    /// <summary>Gives an array back; nobody may use it any more.</summary>
    public void Return(byte[] bytes)
    {
        if (bytes.Length < ShortestBytes)
        {
            ArrayPool<byte>.Shared.Return(bytes);
            return;
        }

#if DEBUG
        // Whoever uses it still is found out.
        bytes.AsSpan(0, Step).Fill(0xDD);
#endif
        lock (_lock)
        {
            if (Keeps(bytes))
            {
                throw new InvalidOperationException("An array was given back twice: it would have two owners.");
            }

            var now = _time.GetTimestamp();
            if (_time.GetElapsedTime(_peakSince, now) >= Idle)
            {
                _peakBefore = _peak;
                _peak = _inUse;
                _peakSince = now;
            }

            _inUse = Math.Max(0, _inUse - bytes.Length);
            _kept.Add(new Kept(bytes, now));
            KeptBytes += bytes.Length;
            // A quarter more: sizes differ, and what is of the wrong one must not push out what is needed next.
            var peak = Math.Max(_peak, _peakBefore);
            var most = Math.Max(_alwaysKeptBytes, peak + (peak / 4) - _inUse);
            // Oldest first: they stand in the order in which they came.
            while (_kept.Count > 0 && (KeptBytes > most || _time.GetElapsedTime(_kept[0].Since, now) > Idle))
            {
                Remove(0);
            }
        }
    }

    /// <summary>In eighths of the power of two, so that the next batch, which needs a little more, fits as well.</summary>
    private static int RoundedUp(int length)
    {
        var step = Math.Max(Step, (long)BitOperations.RoundUpToPowerOf2((uint)length) / 16);
        return (int)Math.Min(Array.MaxLength, (length + step - 1) / step * step);
    }

    /// <summary>Not one more than twice as large: the memory would be held for nothing. Of equals the one that came last, so that the others grow old.</summary>
    private int? SmallestFor(int length)
    {
        int? found = null;
        for (var index = 0; index < _kept.Count; index++)
        {
            var candidate = _kept[index].Bytes.Length;
            if (candidate >= length && candidate / 2 <= length && (found is null || candidate <= _kept[found.Value].Bytes.Length))
            {
                found = index;
            }
        }

        return found;
    }

    private bool Keeps(byte[] bytes)
    {
        foreach (var kept in _kept)
        {
            if (ReferenceEquals(kept.Bytes, bytes))
            {
                return true;
            }
        }

        return false;
    }

    private void NoteUse(int length)
    {
        _inUse += length;
        _peak = Math.Max(_peak, _inUse);
    }

    private void Remove(int index)
    {
        KeptBytes -= _kept[index].Bytes.Length;
        _kept.RemoveAt(index);
    }
}
