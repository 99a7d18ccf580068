using Microsoft.Extensions.Hosting;

namespace LogShipper.Hosting;

/// <summary>Lets the first signal stop the host, as the console's own lifetime does; a second one still reaches <see cref="StopSignals"/>.</summary>
internal sealed class SignalLifetime(StopSignals signals, IHostApplicationLifetime application) : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        _ = StopOnSignalAsync();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task StopOnSignalAsync()
    {
        await signals.Stop;
        application.StopApplication();
    }
}
