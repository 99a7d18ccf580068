using LogShipper.Configuration;

namespace LogShipper.Shipping;

/// <summary>One sink as long as its options are the same: its connections, its health, its share of the memory.</summary>
internal sealed class FleetSink(SinkPlan plan, SinkCircuit circuit, MemoryShare share)
{
    /// <summary>The logs that it gets may change.</summary>
    public SinkPlan Plan { get; set; } = plan;

    public SinkCircuit Circuit { get; } = circuit;

    public MemoryShare Share { get; } = share;

    public string Name => Circuit.Name;

    public bool Takes(FollowedLog log) => Plan.Logs.Contains(log.Plan.Name);
}

/// <summary>One running lane: which log it carries to which sink, and its loop.</summary>
internal sealed record FleetLane(FollowedLog Log, FleetSink Sink, Shipper Shipper, LaneSettings Settings, Task Loop)
{
    public (string Log, string Sink) Key => (Log.Source.Name, Sink.Name);

    /// <summary>Whether it can go on unchanged, but for what it takes over while it runs.</summary>
    public bool CanServe(FollowedLog log, FleetSink sink, LaneSettings settings) =>
        Sink == sink && Log.Source == log.Source && Settings.CanBecome(settings);
}

/// <summary>What a new plan did to the lanes.</summary>
internal readonly record struct FleetChange(int Kept, int Started, int Stopped, int Replaced);
