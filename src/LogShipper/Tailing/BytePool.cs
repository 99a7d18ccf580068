using System.Buffers;
using System.Numerics;

namespace LogShipper.Tailing;

/// <summary>
/// The large arrays of batches and bodies. <see cref="ArrayPool{T}.Shared"/> keeps some for each thread and each power of two, until the
/// collector finds them old, which with little garbage is never: several times what is in use. This one keeps what is in use, once
/// for the process, in any size: whoever takes gets the smallest that fits, and what nobody took for a while is let go.
/// </summary>
internal sealed class BytePool
{
    /// <summary>The process' own.</summary>
    public static readonly BytePool Shared = new(MostKeptBytes);

    /// <summary>Shorter arrays are cheap: they are the runtime's pool's.</summary>
    public const int ShortestBytes = 64 * 1024;

    /// <summary>More than a log and a sink have under way (two batches and their bodies); what many have goes to the collector.</summary>
    private const long MostKeptBytes = 4 * 1024 * 1024;

    /// <summary>An array that lay here while so many others came back is not needed. At full speed that is some ten seconds: a request may take a while.</summary>
    private const long IdleReturns = 65_536;

    /// <summary>The smallest step between sizes.</summary>
    private const int Step = 32 * 1024;

    private readonly Lock _lock = new();
    private readonly List<Kept> _kept = [];
    private readonly long _mostKeptBytes;
    private long _returns;

    public BytePool(long mostKeptBytes) => _mostKeptBytes = mostKeptBytes;

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
                return bytes;
            }
        }

        return GC.AllocateUninitializedArray<byte>(RoundedUp(length));
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
            if (_kept.Exists(kept => ReferenceEquals(kept.Bytes, bytes)))
            {
                throw new InvalidOperationException("An array was given back twice: it would have two owners.");
            }

            _returns++;
            _kept.Add(new Kept(bytes, _returns));
            KeptBytes += bytes.Length;
            // Oldest first: they stand in the order in which they came.
            while (_kept.Count > 0 && (KeptBytes > _mostKeptBytes || _kept[0].Since < _returns - IdleReturns))
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

    private void Remove(int index)
    {
        KeptBytes -= _kept[index].Bytes.Length;
        _kept.RemoveAt(index);
    }
}
