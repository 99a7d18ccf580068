using LogShipper.Diagnostics;
using LogShipper.Payloads;
using LogShipper.Shipping;
using LogShipper.Sinks;

namespace LogShipper.Control;

/// <summary>Every command that the running shipper answers.</summary>
internal static class ControlCommands
{
    public const string Status = "status";

    public static IReadOnlyDictionary<string, ControlCommand> For(Fleet fleet, StatusReporter status, TimeProvider time)
    {
        var work = new LaneWork(fleet, time);
        return new Dictionary<string, ControlCommand>(StringComparer.Ordinal)
        {
            [Status] = (_, reply, cancellation) => AnswerStatusAsync(status, reply, cancellation),
            [ReplayControl.Name] = new ReplayControl(fleet, time, work).RunAsync,
            [DeadLettersControl.RetryName] = new DeadLettersControl(fleet, work).RetryAsync,
            [ResetControl.Name] = new ResetControl(fleet).RunAsync,
            [TapControl.Name] = new TapControl(fleet, DocumentContext.FromEnvironment(SinkCatalog.ReadEnvironment)).RunAsync,
        };
    }

    private static async Task AnswerStatusAsync(StatusReporter status, ControlReply reply, CancellationToken cancellation)
    {
        using var json = status.TakeJson();
        await reply.DataAsync(json.ToArray(), cancellation);
    }
}
