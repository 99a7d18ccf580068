using LogShipper.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace LogShipper.Tests.Hosting;

public sealed class StopSignalsTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void The_first_signal_stops_and_a_later_one_hurries()
    {
        using var signals = new StopSignals(_time);
        signals.Receive(waitForQuiet: true);
        Assert.True(signals.Stop.IsCompleted);
        Assert.True(signals.WaitForQuiet);
        Assert.False(signals.Hurry.IsCancellationRequested);
        _time.Advance(StopSignals.Echo);
        signals.Receive(waitForQuiet: true);
        Assert.True(signals.Hurry.IsCancellationRequested);
    }

    [Fact]
    public void A_signal_that_is_sent_to_the_process_and_then_to_its_group_is_one_signal()
    {
        using var signals = new StopSignals(_time);
        signals.Receive(waitForQuiet: true);
        _time.Advance(StopSignals.Echo / 2);
        signals.Receive(waitForQuiet: true);
        Assert.False(signals.Hurry.IsCancellationRequested);
    }
}
