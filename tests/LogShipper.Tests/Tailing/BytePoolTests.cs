using LogShipper.Tailing;

namespace LogShipper.Tests.Tailing;

public sealed class BytePoolTests
{
    private const int Size = 256 * 1024;

    [Fact]
    public void What_was_given_back_is_given_out_again_to_whichever_thread_asks()
    {
        var pool = new BytePool(1 << 20);
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
        var pool = new BytePool(8 << 20);
        byte[] large = pool.Rent(3 * Size), fitting = pool.Rent(2 * Size), small = pool.Rent(Size);
        pool.Return(fitting);
        pool.Return(large);
        pool.Return(small);

        Assert.Same(fitting, pool.Rent((2 * Size) - 5));
    }

    [Fact]
    public void An_array_more_than_twice_too_large_is_left_for_others()
    {
        var pool = new BytePool(8 << 20);
        var large = pool.Rent(8 * Size);
        pool.Return(large);

        Assert.InRange(pool.Rent(Size).Length, Size, 2 * Size);
        Assert.Same(large, pool.Rent(8 * Size));
    }

    [Fact]
    public void As_much_is_kept_as_was_in_use_at_once_until_that_is_a_while_ago()
    {
        var pool = new BytePool(2 * Size);
        var arrays = Enumerable.Range(0, 6).Select(_ => pool.Rent(Size)).ToList();
        arrays.ForEach(pool.Return);
        Assert.Equal(6 * Size, pool.KeptBytes);

        for (var turn = 0; turn < 140_000; turn++)
        {
            pool.Return(pool.Rent(Size));
        }

        Assert.InRange(pool.KeptBytes, Size, 2 * Size);
    }

    [Fact]
    public void What_nobody_takes_while_others_come_and_go_is_let_go()
    {
        var pool = new BytePool(8 << 20);
        pool.Return(pool.Rent(8 * Size));
        for (var turn = 0; turn < 70_000; turn++)
        {
            pool.Return(pool.Rent(Size));
        }

        Assert.InRange(pool.KeptBytes, Size, 2 * Size);
    }

    [Fact]
    public void An_array_given_back_twice_is_a_fault()
    {
        var pool = new BytePool(8 << 20);
        var bytes = pool.Rent(Size);
        pool.Return(bytes);

        Assert.Throws<InvalidOperationException>(() => pool.Return(bytes));
    }
}
