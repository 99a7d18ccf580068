using LogShipper.Shipping;

namespace LogShipper.Tests.Shipping;

public sealed class MemoryShareTests
{
    [Fact]
    public void A_share_that_grows_tells_the_lane_that_waits()
    {
        var share = new MemoryShare(100);
        var (first, second) = (new Waiter(), new Waiter());
        using var held = share.TryLease(first, 80, oversize: false);
        Assert.Null(share.TryLease(second, 80, oversize: false));

        share.Resize(200);

        Assert.True(second.Hints > 0);
        using var room = share.TryLease(second, 80, oversize: false);
        Assert.NotNull(room);
    }

    [Fact]
    public void A_share_that_shrinks_takes_nothing_away_and_gives_nothing_until_it_came_back()
    {
        var share = new MemoryShare(200);
        var lane = new Waiter();
        var (first, second) = (share.TryLease(lane, 80, oversize: false)!, share.TryLease(lane, 80, oversize: false)!);

        share.Resize(100);

        Assert.Equal(160, share.HeldBytes);
        Assert.Null(share.TryLease(lane, 20, oversize: false));
        first.Dispose();
        using var room = share.TryLease(lane, 20, oversize: false);
        Assert.NotNull(room);
        second.Dispose();
    }

    private sealed class Waiter : IMemoryWaiter
    {
        public int Hints { get; private set; }

        public void RoomMayBeFree() => Hints++;
    }
}
