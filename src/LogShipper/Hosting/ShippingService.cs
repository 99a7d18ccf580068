using LogShipper.Configuration;
using LogShipper.Shipping;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LogShipper.Hosting;

/// <summary>The fleet as the host sees it: started once everything else has, the admin port too, and drained when the host stops.</summary>
internal sealed class ShippingService : IHostedLifecycleService
{
    private readonly Plan _plan;
    private readonly Fleet _fleet;
    private readonly DiskStateDirectory _state;
    private readonly StopSignals _signals;
    private readonly ILogger _logger;

    public ShippingService(Plan plan, Fleet fleet, DiskStateDirectory state, StopSignals signals, ILogger logger)
    {
        _plan = plan;
        _fleet = fleet;
        _state = state;
        _signals = signals;
        _logger = logger;
    }

    /// <summary>The plan is applied.</summary>
    public bool IsReady { get; private set; }

    /// <summary>A lane met a programming error.</summary>
    public bool Failed { get; private set; }

    public Action StopHost { get; set; } = static () => { };

    /// <summary>Lanes may run.</summary>
    public bool HasBegun { get; private set; }

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        _state.Claim();
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        HasBegun = true;
        _fleet.Start();
        _ = StopWhenAllHaveEndedAsync();
        IsReady = true;
        var (lanes, interval, memory) = (Words.Count(_fleet.Lanes.Count, "lane"), Duration.Format(_plan.Interval), ByteSize.Format(MemoryBounds.Of(_plan).TotalBytes));
        StartMessages.Started(_logger, lanes, interval, _plan.StateDirectory, memory);
        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        StartMessages.Draining(_logger);
        try
        {
            await _fleet.DrainAsync(_signals.WaitForQuiet && !_fleet.Ended.IsCompleted, _fleet.Plan.DrainTimeout, _signals.Hurry);
        }
        catch (Exception exception)
        {
            StartMessages.Failed(_logger, exception);
            Failed = true;
        }
    }

    private async Task StopWhenAllHaveEndedAsync()
    {
        try
        {
            await _fleet.Ended;
        }
        catch (Exception exception)
        {
            StartMessages.Failed(_logger, exception);
            Failed = true;
        }

        StopHost();
    }
}
