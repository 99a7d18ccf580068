using LogShipper.Diagnostics;
using Microsoft.Extensions.Time.Testing;

namespace LogShipper.Tests.Diagnostics;

public sealed class LaneHistoryTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly LaneHistory _history;

    public LaneHistoryTests() => _history = new LaneHistory(_time);

    [Fact]
    public void A_quarter_of_an_hour_is_kept_oldest_first()
    {
        for (var i = 0; i < LaneHistory.Samples + 7; i++)
        {
            _history.Sample([new LaneMark("access", "es", i * 100, i, 5)]);
        }

        _time.Advance(TimeSpan.FromSeconds(3));
        var report = _history.Take();
        var lane = Assert.Single(report.Lanes);
        Assert.Equal(Enumerable.Range(7, LaneHistory.Samples).Select(i => i * 100L), lane.Bytes);
        Assert.Equal((30, 3), (report.EverySeconds, report.NewestAgeSeconds));
    }

    [Fact]
    public void A_lane_that_has_gone_is_forgotten()
    {
        _history.Sample([new LaneMark("access", "es", 1, 1, 0), new LaneMark("access", "stdout", 1, 1, 0)]);
        _history.Sample([new LaneMark("access", "stdout", 2, 2, 0)]);
        Assert.Equal("stdout", Assert.Single(_history.Take().Lanes).Sink);
    }

    [Fact]
    public void The_number_of_lanes_is_bounded_and_places_become_free()
    {
        _history.Sample(Enumerable.Range(0, 1000).Select(i => new LaneMark($"log{i}", "es", 0, 0, 0)));
        Assert.Equal(LaneHistory.MostLanes, _history.Take().Lanes.Count);
        _history.Sample([]);
        _history.Sample([new LaneMark("log999", "es", 0, 0, 0)]);
        Assert.Equal("log999", Assert.Single(_history.Take().Lanes).Log);
    }
}
