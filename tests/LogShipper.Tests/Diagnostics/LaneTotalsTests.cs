using LogShipper.Diagnostics;
using LogShipper.Shipping;
using Microsoft.Extensions.Time.Testing;

namespace LogShipper.Tests.Diagnostics;

public sealed class LaneTotalsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_a_lane_counted_stays_when_it_is_gone_and_is_not_counted_twice_when_it_comes_back()
    {
        foreach (var name in (string[])["a.log", "b.log"])
        {
            await File.WriteAllTextAsync(_folder[name], ObservedFleet.Lines(10), TestContext.Current.CancellationToken);
        }

        await using var fleet = new ObservedFleet(_folder, accessPath: "?.log");
        await fleet.ShipAsync();
        var both = fleet.Fleet.Lanes.Where(lane => lane.Sink == "one" && lane.Log.Name != "error").ToArray();
        Shipper[] one = [both[0]];
        var totals = new LaneTotals(_time);
        long Records(Shipper[] lanes) => totals.Take(lanes)[("access", "one")].Acknowledged.Records;
        Assert.Equal(20, Records(both));
        Assert.Equal(20, Records(one));
        Assert.Equal(20, Records(both));
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(20, Records(one));
        _time.Advance(TimeSpan.FromSeconds(40));
        Assert.Equal(20, Records(one));
        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(20, Records(one));
    }
}
