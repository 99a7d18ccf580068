using LogShipper.Diagnostics;
using LogShipper.Payloads;
using LogShipper.Shipping;

namespace LogShipper.Control;

/// <summary>Every command that the running shipper answers.</summary>
internal static class ControlCommands
{
    public const string Status = "status";

    public static IReadOnlyDictionary<string, ControlCommand> For(Fleet fleet, StatusReporter status) => new Dictionary<string, ControlCommand>(StringComparer.Ordinal)
    {
        [Status] = (_, reply, cancellation) => reply.DataAsync(status.TakeJson(), cancellation).AsTask(),
        [ResetControl.Name] = new ResetControl(fleet).RunAsync,
        [TapControl.Name] = new TapControl(fleet, DocumentContext.FromEnvironment(Environment.GetEnvironmentVariable)).RunAsync,
    };
}
