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

    [Fact]
    public void When_the_last_batch_of_a_drain_comes_back_the_lane_ends_without_waiting_for_its_next_look()
    {
        File.WriteAllText(_folder["access.log"], "{\"n\":1}\n");
        using var state = new DiskStateDirectory(_folder["state"]);
        state.Claim();
        using var lane = LaneOver(new DiskLogDirectory(_folder.Path, _time), state);
        lane.Load();
        var answer = new TaskCompletionSource<Delivery>();
        _sink.Answer = _ => answer.Task;
        lane.Drain(waitForQuiet: true);
        lane.TakeTurn();
        Assert.False(lane.IsDrained);

        // The clock stands still.
        answer.SetResult(Delivery.Complete);
        lane.TakeTurn();
        Assert.True(lane.IsDrained);
        Assert.Equal(["{\"n\":1}"], _sink.Lines);
    }

    [Fact]
    public void Who_waits_for_quiet_no_longer_takes_a_last_look_at_once()
    {
        using var state = new DiskStateDirectory(_folder["state"]);
        state.Claim();
        using var lane = LaneOver(new DiskLogDirectory(_folder.Path, _time), state);
        lane.Load();
        using (var log = new FileStream(_folder["access.log"], FileMode.Create, FileAccess.Write, FileShare.ReadWrite))
        {
            log.Write("{\"n\":1}\n"u8);
            log.Flush();
            lane.Drain(waitForQuiet: true);
            lane.TakeTurn();
            lane.TakeTurn();
            Assert.False(lane.IsDrained);

            // Its next look would be due 20 ms after the last.
            log.Write("{\"n\":2}\n"u8);
            log.Flush();
            _time.Advance(TimeSpan.FromMilliseconds(1));
            lane.Drain(waitForQuiet: false);
            lane.TakeTurn();
            lane.TakeTurn();
        }

        Assert.True(lane.IsDrained);
        Assert.Equal(["{\"n\":1}", "{\"n\":2}"], _sink.Lines);
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
