using System.Runtime.InteropServices;

namespace LogShipper.Hosting;

/// <summary>
/// SIGTERM: drain until nobody writes the logs. SIGINT (Ctrl+C): ship what is there. A second signal: end every attempt.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private readonly PosixSignalRegistration _terminate;
    private readonly PosixSignalRegistration _interrupt;
    private readonly TaskCompletionSource _stop = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _hurry = new();
    private int _signals;

    public StopSignals()
    {
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Receive(context, waitForQuiet: true));
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Receive(context, waitForQuiet: false));
    }

    /// <summary>Completes at the first signal.</summary>
    public Task Stop => _stop.Task;

    /// <summary>Cancelled at the second signal.</summary>
    public CancellationToken Hurry => _hurry.Token;

    /// <summary>Whether the drain waits until nobody writes the logs.</summary>
    public bool WaitForQuiet { get; private set; } = true;

    public void Dispose()
    {
        _terminate.Dispose();
        _interrupt.Dispose();
        _hurry.Dispose();
    }

    private void Receive(PosixSignalContext context, bool waitForQuiet)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _signals) == 1)
        {
            WaitForQuiet = waitForQuiet;
            _stop.TrySetResult();
        }
        else
        {
            _hurry.Cancel();
        }
    }
}
