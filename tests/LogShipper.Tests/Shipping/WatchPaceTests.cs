using LogShipper.Shipping;
using Microsoft.Extensions.Time.Testing;

namespace LogShipper.Tests.Shipping;

public sealed class WatchPaceTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(56));
    private readonly WatchPace _pace;

    public WatchPaceTests() => _pace = new WatchPace(_time);

    [Fact]
    public void Events_now_and_then_are_never_kept_waiting()
    {
        for (var number = 0; number < 1000; number++)
        {
            Assert.Equal(TimeSpan.Zero, _pace.Take());
            _time.Advance(WatchPace.Gap);
        }
    }

    [Fact]
    public void A_few_at_once_are_taken_at_once_and_those_behind_them_one_each_gap()
    {
        Assert.All(Enumerable.Range(0, WatchPace.Burst), _ => Assert.Equal(TimeSpan.Zero, _pace.Take()));
        for (var number = 0; number < 1000; number++)
        {
            var rest = _pace.Take();
            Assert.InRange(rest, WatchPace.Gap * 0.99, WatchPace.Gap);
            _time.Advance(rest);
        }
    }

    [Fact]
    public void After_a_pause_a_few_at_once_are_taken_at_once_again()
    {
        for (var number = 0; number < 100; number++)
        {
            _pace.Take();
        }

        _time.Advance(WatchPace.Gap * (WatchPace.Burst + 1));
        Assert.All(Enumerable.Range(0, WatchPace.Burst), _ => Assert.Equal(TimeSpan.Zero, _pace.Take()));
        Assert.NotEqual(TimeSpan.Zero, _pace.Take());
    }
}
