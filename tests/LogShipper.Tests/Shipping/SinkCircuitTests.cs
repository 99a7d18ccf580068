using LogShipper.Payloads;
using LogShipper.Shipping;
using LogShipper.Sinks.Stdout;
using LogShipper.Tests.Parsing;
using Microsoft.Extensions.Time.Testing;

namespace LogShipper.Tests.Shipping;

public sealed class SinkCircuitTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(56));
    private readonly FakeSink _sink = new();
    private readonly Told _told = new();
    private readonly SinkCircuit _circuit;
    private readonly Payload _payload;

    public SinkCircuitTests()
    {
        _circuit = new SinkCircuit("sink", _sink, _time, _told);
        using var batch = Lines.Batch("one\n", Lines.Parser("json"));
        _payload = new BatchEncoder(Lines.Parser("json"), new StdoutRecordWriter(null)).Encode(batch);
    }

    public void Dispose() => _payload.Dispose();

    [Fact]
    public async Task A_dead_sink_is_probed_by_one_request_a_time()
    {
        _sink.Judge = _ => Delivery.Retry("connection refused");
        for (var i = 0; i < 20; i++)
        {
            await AttemptAsync();
        }

        Assert.Equal(3, _sink.Attempts);
        _time.Advance(TimeSpan.FromSeconds(5));
        await AttemptAsync();
        await AttemptAsync();
        Assert.Equal(4, _sink.Attempts);
    }

    [Fact]
    public async Task A_clock_that_is_set_back_does_not_keep_the_breaker_open()
    {
        var clock = new SettableClock(_time);
        var circuit = new SinkCircuit("sink", _sink, clock, _told);
        _sink.Judge = _ => Delivery.Retry("connection refused");
        for (var i = 0; i < 5; i++)
        {
            await circuit.AttemptAsync(_payload, draining: false, TestContext.Current.CancellationToken);
        }

        Assert.Equal(3, _sink.Attempts);
        clock.Offset = TimeSpan.FromDays(-1);
        _time.Advance(TimeSpan.FromSeconds(5));
        await circuit.AttemptAsync(_payload, draining: false, TestContext.Current.CancellationToken);
        Assert.Equal(4, _sink.Attempts);
    }

    [Fact]
    public async Task In_the_drain_the_breaker_is_passed_by()
    {
        _sink.Judge = _ => Delivery.Retry("connection refused");
        for (var i = 0; i < 5; i++)
        {
            await AttemptAsync();
        }

        await AttemptAsync(draining: true);
        Assert.Equal(4, _sink.Attempts);
    }

    [Fact]
    public async Task A_busy_sink_is_not_dead()
    {
        _sink.Judge = _ => Delivery.Retry("http 429", sinkDown: false);
        for (var i = 0; i < 20; i++)
        {
            await AttemptAsync();
        }

        Assert.Equal(20, _sink.Attempts);
    }

    [Fact]
    public async Task A_failure_is_told_once_and_so_is_its_end()
    {
        _sink.Judge = _ => Delivery.Retry("connection refused");
        await AttemptAsync();
        await AttemptAsync();
        _sink.Judge = null;
        await AttemptAsync();
        await AttemptAsync();
        Assert.Equal(["failing: connection refused", "recovered"], _told.All);
    }

    [Fact]
    public async Task Requests_of_which_something_was_accepted_are_counted()
    {
        await AttemptAsync();
        _sink.Judge = _ => Delivery.Answered([new ItemOutcome(0, ItemFate.Retry, "429")]);
        await AttemptAsync();
        _sink.Judge = _ => Delivery.Refused("http 400");
        await AttemptAsync();
        Assert.Equal(1, _circuit.Accepted);
    }

    private async Task AttemptAsync(bool draining = false) => await _circuit.AttemptAsync(_payload, draining, CancellationToken.None);

    private sealed class SettableClock(TimeProvider time) : TimeProvider
    {
        public TimeSpan Offset { get; set; }

        public override long TimestampFrequency => time.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => time.GetUtcNow() + Offset;

        public override long GetTimestamp() => time.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => time.CreateTimer(callback, state, dueTime, period);
    }

    private sealed class Told : ISinkEvents
    {
        public List<string> All { get; } = [];

        public void Failing(string sink, string reason) => All.Add($"failing: {reason}");

        public void Recovered(string sink) => All.Add("recovered");
    }
}
