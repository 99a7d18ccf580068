using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LogShipper.Parsing;

/// <summary>
/// One look at a whole line, in place of one for each of its values: where its double quotes stand, and whether it is plain.
/// Reused from line to line.
/// </summary>
internal sealed class LineScan
{
    /// <summary>More quotes than lines have that nginx wrote; those behind are searched for.</summary>
    private const int Capacity = 64;

    /// <summary>How many bytes are looked at in one go.</summary>
    private const int Step = ByteMask.Length;

    // A step is noted as a whole: what stands behind the capacity is not counted on.
    private readonly int[] _quotes = new int[Capacity + Step];
    private int _count;
    private int _next;

    /// <summary>Nothing but printable ASCII without a backslash.</summary>
    public bool IsPlain { get; private set; }

    /// <summary>Where its quotes stand, as far as they are noted.</summary>
    public ReadOnlySpan<int> Quotes => _quotes.AsSpan(0, Math.Min(_count, Capacity));

    /// <summary>Whether the line has that many quotes.</summary>
    public bool HasQuotes(int count) => _count == count && count <= Capacity;

    public void Look(ReadOnlySpan<byte> line)
    {
        if (line.Length < Step)
        {
            // Filled up to a whole step: spaces are neither quotes nor strange.
            Span<byte> filled = stackalloc byte[Step];
            filled.Fill((byte)' ');
            line.CopyTo(filled);
            LookAtSteps(filled);
            return;
        }

        LookAtSteps(line);
    }

    private void LookAtSteps(ReadOnlySpan<byte> line)
    {
        var quotes = _quotes.AsSpan();
        var lowest = Vector128.Create(sbyte.MaxValue);
        var backslashes = Vector128<byte>.Zero;
        var count = 0;
        var at = 0;
        for (; line.Length - at >= Step; at += Step)
        {
            var step = new ByteMask(line.Slice(at, Step));
            count = Note(quotes, count, at, step.Of((byte)'"'));
            lowest = Vector128.Min(lowest, step.Lowest());
            backslashes |= step.Any((byte)'\\');
        }

        if (at < line.Length)
        {
            // The last bytes once more, less what was looked at.
            var step = new ByteMask(line[^Step..]);
            count = Note(quotes, count, at, step.Of((byte)'"') >> (Step - (line.Length - at)));
            lowest = Vector128.Min(lowest, step.Lowest());
            backslashes |= step.Any((byte)'\\');
        }

        IsPlain = Vector128.GreaterThanOrEqualAll(lowest, Vector128.Create(ByteMask.LowestPrintable)) && backslashes == Vector128<byte>.Zero;
        _count = count;
        _next = 0;
    }

    /// <summary>Where the first quote stands from <paramref name="from"/> on; -1: there is none. Cheapest where that goes on from quote to quote.</summary>
    public int NextQuote(ReadOnlySpan<byte> line, int from)
    {
        var quotes = Quotes;
        var next = _next;
        while (next > 0 && quotes[next - 1] >= from)
        {
            next--;
        }

        while (next < quotes.Length)
        {
            if (quotes[next] >= from)
            {
                _next = next;
                return quotes[next];
            }

            next++;
        }

        _next = next;
        if (_count <= Capacity)
        {
            return -1;
        }

        var index = line[from..].IndexOf((byte)'"');
        return index < 0 ? -1 : from + index;
    }

    /// <summary>As <see cref="NextQuote"/>, in text whose quotes and backslashes are escaped by a backslash.</summary>
    public static int NextUnescapedQuote(ReadOnlySpan<byte> line, int from)
    {
        while (true)
        {
            var index = line[from..].IndexOfAny((byte)'"', (byte)'\\');
            if (index < 0)
            {
                return -1;
            }

            if (line[from + index] == (byte)'"')
            {
                return from + index;
            }

            from += index + 2;
            if (from > line.Length)
            {
                return -1;
            }
        }
    }

    /// <summary>Notes where the quotes of a step stand; four of them without asking whether there are as many, since nothing foretells that.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Note(Span<int> quotes, int count, int at, ulong found)
    {
        var all = BitOperations.PopCount(found);
        if (count > Capacity)
        {
            return count + all;
        }

        var next = quotes.Slice(count, Step);
        next[0] = at + ByteMask.First(found);
        found &= found - 1;
        next[1] = at + ByteMask.First(found);
        found &= found - 1;
        next[2] = at + ByteMask.First(found);
        found &= found - 1;
        next[3] = at + ByteMask.First(found);
        for (var number = 4; number < all; number++)
        {
            found &= found - 1;
            next[number] = at + ByteMask.First(found);
        }

        return count + all;
    }
}
