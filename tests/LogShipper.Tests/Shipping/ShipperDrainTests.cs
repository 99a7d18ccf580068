using LogShipper.Configuration;
using LogShipper.Parsing;
using LogShipper.Shipping;
using LogShipper.Tailing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace LogShipper.Tests.Shipping;

public sealed class ShipperDrainTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(56));
    private readonly FakeSink _sink = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_drain_that_begins_in_the_middle_of_a_turn_looks_before_it_ends(bool waitForQuiet)
    {
        File.WriteAllText(_folder["access.log"], "{\"n\":1}\n");
        using var state = new DiskStateDirectory(_folder["state"]);
        state.Claim();
        using var lane = LaneOver(new DiskLogDirectory(_folder.Path, _time), state);
        lane.Load();

        // The first batch is sent behind the look of its turn: there nginx writes a line, and the signal comes.
        _sink.Answer = _ =>
        {
            _sink.Answer = null;
            File.AppendAllText(_folder["access.log"], "{\"n\":2}\n");
            lane.Drain(waitForQuiet);
            return Task.FromResult(Delivery.Complete);
        };
        lane.TakeTurn();
        Assert.False(lane.IsDrained);

        _time.Advance(TimeSpan.FromMilliseconds(20));
        lane.TakeTurn();
        Assert.Equal(["{\"n\":1}", "{\"n\":2}"], _sink.Lines);
        Assert.Equal(0, lane.BytesBehind);
    }

    private Shipper LaneOver(ILogDirectory directory, IStateDirectory state)
    {
        var ledger = new Ledger();
        var parser = LogParser.Compile(["json"], TimeZoneInfo.Utc, [])!;
        var settings = new LaneSettings(
            "test", TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1), new BatchLimits(4096, 4096), new DeadLetterPlan(4096, WhenFull.Stop));
        return new Shipper(
            new LogSource("access", directory, "access.log", parser, KeepOriginal: false), new SinkCircuit("sink", _sink, _time, new NoEvents()),
            new MemoryBudget(1024 * 1024, 1).CreateShare(), state, settings, _time, new Random(1),
            new LaneEvents("access", "sink", ledger, NullLogger.Instance), ledger);
    }

    private sealed class NoEvents : ISinkEvents
    {
        public void Failing(string sink, string reason)
        {
        }

        public void Recovered(string sink)
        {
        }
    }
}
