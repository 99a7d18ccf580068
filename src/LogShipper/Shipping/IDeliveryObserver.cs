using LogShipper.Tailing;

namespace LogShipper.Shipping;

/// <summary>One attempt to deliver a payload, after it ended.</summary>
/// <param name="Log">Name of the log; a glob's match has one of its own.</param>
/// <param name="Sink">Name of the sink.</param>
/// <param name="Batch">What it was made of; good during the call only.</param>
/// <param name="Records">Records that were sent.</param>
/// <param name="BodyBytes">Bytes that were sent.</param>
/// <param name="Delivery">What became of it.</param>
/// <param name="Started">When it began.</param>
/// <param name="Duration">How long it took.</param>
internal readonly record struct Attempt(
    string Log, string Sink, Batch Batch, int Records, int BodyBytes, Delivery Delivery, DateTimeOffset Started, TimeSpan Duration);

/// <summary>Who watches all lanes (metrics, traces). Called from any thread, must return at once.</summary>
internal interface IDeliveryObserver
{
    /// <summary>A batch of so many bytes was read and is on its way.</summary>
    void BatchRead(string log, string sink, long bytes);

    /// <summary>An attempt was made. One that the circuit breaker held back is none.</summary>
    void Attempted(in Attempt attempt);
}
