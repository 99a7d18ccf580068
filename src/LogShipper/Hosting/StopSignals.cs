using System.Runtime.InteropServices;

namespace LogShipper.Hosting;

/// <summary>
/// SIGTERM: drain until nobody writes the logs. SIGINT (Ctrl+C): ship what is there. A second signal: end every attempt;
/// but what arrives within <see cref="Echo"/> of the first is the same one: <c>timeout</c> and others signal the process
/// and then its group, and each time the drain would be cut off.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    internal static readonly TimeSpan Echo = TimeSpan.FromMilliseconds(250);

    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly PosixSignalRegistration _terminate;
    private readonly PosixSignalRegistration _interrupt;
    private readonly TaskCompletionSource _stop = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _hurry = new();
    private long? _first;

    public StopSignals(TimeProvider time)
    {
        _time = time;
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => { context.Cancel = true; Receive(waitForQuiet: true); });
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => { context.Cancel = true; Receive(waitForQuiet: false); });
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

    internal void Receive(bool waitForQuiet)
    {
        lock (_lock)
        {
            if (_first is null)
            {
                _first = _time.GetTimestamp();
                WaitForQuiet = waitForQuiet;
                _stop.TrySetResult();
                return;
            }

            if (_time.GetElapsedTime(_first.Value) < Echo)
            {
                return;
            }
        }

        _hurry.Cancel();
    }
}
