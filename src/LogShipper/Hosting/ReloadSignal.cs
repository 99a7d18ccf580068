using System.Runtime.InteropServices;

namespace LogShipper.Hosting;

/// <summary>SIGHUP: load the configuration again at once. Without this it would end the process.</summary>
internal sealed class ReloadSignal : IDisposable
{
    private readonly PosixSignalRegistration _hangup;

    public ReloadSignal(Action request) => _hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
    {
        context.Cancel = true;
        request();
    });

    public void Dispose() => _hangup.Dispose();
}
