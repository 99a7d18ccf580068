using LogShipper.Tailing;
using Microsoft.Extensions.Time.Testing;

namespace LogShipper.Tests.Tailing;

public sealed class BytePoolTests
{
    private const int Size = 256 * 1024;
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void What_was_given_back_is_given_out_again_to_whichever_thread_asks()
    {
        var pool = new BytePool(1 << 20, _time);
        var bytes = pool.Rent(Size);
        pool.Return(bytes);
        byte[]? again = null;
        var thread = new Thread(() => again = pool.Rent(Size));
        thread.Start();
        thread.Join();

        Assert.Same(bytes, again);
        Assert.Equal(0, pool.KeptBytes);
    }

    [Fact]
    public void Whoever_takes_gets_the_smallest_that_fits()
    {
        var pool = new BytePool(8 << 20, _time);
        byte[] large = pool.Rent(3 * Size), fitting = pool.Rent(2 * Size), small = pool.Rent(Size);
        pool.Return(fitting);
        pool.Return(large);
        pool.Return(small);

        Assert.Same(fitting, pool.Rent((2 * Size) - 5));
    }

    [Fact]
    public void An_array_more_than_twice_too_large_is_left_for_others()
    {
        var pool = new BytePool(8 << 20, _time);
        var large = pool.Rent(8 * Size);
        pool.Return(large);

        Assert.InRange(pool.Rent(Size).Length, Size, 2 * Size);
        Assert.Same(large, pool.Rent(8 * Size));
    }

    [Fact]
    public void As_much_is_kept_as_was_in_use_at_once_until_that_is_a_while_ago()
    {
        var pool = new BytePool(2 * Size, _time);
        var arrays = Enumerable.Range(0, 6).Select(_ => pool.Rent(Size)).ToList();
        arrays.ForEach(pool.Return);
        Assert.Equal(6 * Size, pool.KeptBytes);

        // Only in the second such time nothing is known any more of so many at once.
        for (var turn = 0; turn < 5; turn++)
        {
            _time.Advance(BytePool.Idle / 2);
            pool.Return(pool.Rent(Size));
        }

        Assert.InRange(pool.KeptBytes, Size, 2 * Size);
    }

    [Fact]
    public void What_nobody_takes_while_others_come_and_go_is_let_go()
    {
        var pool = new BytePool(8 << 20, _time);
        pool.Return(pool.Rent(8 * Size));
        _time.Advance(BytePool.Idle);
        pool.Return(pool.Rent(Size));
        Assert.Equal(9 * Size, pool.KeptBytes);

        _time.Advance(TimeSpan.FromSeconds(1));
        pool.Return(pool.Rent(Size));

        Assert.InRange(pool.KeptBytes, Size, 2 * Size);
    }

    [Fact]
    public void An_array_given_back_twice_is_a_fault()
    {
        var pool = new BytePool(8 << 20, _time);
        var bytes = pool.Rent(Size);
        pool.Return(bytes);

        Assert.Throws<InvalidOperationException>(() => pool.Return(bytes));
    }
}
