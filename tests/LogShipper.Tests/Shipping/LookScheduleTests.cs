using LogShipper.Shipping;
using Microsoft.Extensions.Time.Testing;

namespace LogShipper.Tests.Shipping;

public sealed class LookScheduleTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(56).AddSeconds(7));
    private readonly LookSchedule _looks;

    public LookScheduleTests() => _looks = new LookSchedule(TimeSpan.FromSeconds(10), _time);

    [Fact]
    public void The_first_look_is_taken_at_once_and_the_next_ones_at_multiples_of_the_interval()
    {
        Assert.True(_looks.TryTake(draining: false, out _));
        Assert.False(_looks.TryTake(draining: false, out _));
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.True(_looks.TryTake(draining: false, out var due));
        Assert.Equal(_time.GetTimestamp(), due);
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(_looks.TryTake(draining: false, out _));
    }

    [Fact]
    public void Looks_that_were_missed_are_not_made_up_for()
    {
        Assert.True(_looks.TryTake(draining: false, out _));
        _time.Advance(TimeSpan.FromSeconds(55));
        Assert.True(_looks.TryTake(draining: false, out _));
        Assert.False(_looks.TryTake(draining: false, out _));
    }

    [Fact]
    public void In_the_drain_a_look_is_taken_every_20_ms_and_none_from_before_will_do()
    {
        Assert.True(_looks.TryTake(draining: true, out var notBefore));
        Assert.Equal(_time.GetTimestamp(), notBefore);
        Assert.False(_looks.TryTake(draining: true, out _));
        _time.Advance(TimeSpan.FromMilliseconds(20));
        Assert.True(_looks.TryTake(draining: true, out _));
    }
}
