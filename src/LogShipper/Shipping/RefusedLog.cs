namespace LogShipper.Shipping;

/// <summary>A glob of the configuration that leads to no log, for what matches is no file: no lane exists that could say so.</summary>
/// <param name="Log">The configuration's key.</param>
/// <param name="Path">The glob.</param>
/// <param name="Reason">What matches, why it is not read, and what to do.</param>
/// <param name="Sinks">The sinks that wait for it.</param>
internal sealed record RefusedLog(string Log, string Path, string Reason, IReadOnlyList<string> Sinks);
