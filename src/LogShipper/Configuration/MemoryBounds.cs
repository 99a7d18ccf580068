using LogShipper.Signals;

namespace LogShipper.Configuration;

/// <summary>The most memory that batches and payloads can hold, all of it bounded by the plan.</summary>
/// <param name="BudgetBytes">What all of them share.</param>
/// <param name="ShareBytes">The part of it that each sink's lanes may hold.</param>
/// <param name="OversizeBytes">What one line that fits no share may hold beside it, in each sink.</param>
/// <param name="SignalsBytes">What deriving nginx's signals may hold beside all of that.</param>
/// <param name="TotalBytes">The sum.</param>
internal readonly record struct MemoryBounds(long BudgetBytes, long ShareBytes, long OversizeBytes, long SignalsBytes, long TotalBytes)
{
    /// <summary>A batch, its body while it is built (up to four times its bytes before compression), and its copy when a buffer grows.</summary>
    public const int BatchesPerShare = 6;

    /// <summary>The line itself, and its document in which every byte may become six and a field stand twice.</summary>
    public const int OversizeFactor = 8;

    /// <summary>A line that fits no batch, and the body that it is read into: of its text nothing is written.</summary>
    private const int SignalsOversizeFactor = 2;

    public static MemoryBounds Of(Plan plan)
    {
        var bounds = Of(plan.MemoryBudgetBytes, plan.MaxLineBytes, plan.Sinks.Length);
        var signals = plan.Admin.Signals ? SignalsSink.MemoryBytes + ((long)plan.MaxLineBytes * SignalsOversizeFactor) : 0;
        return bounds with { SignalsBytes = signals, TotalBytes = bounds.TotalBytes + signals };
    }

    public static MemoryBounds Of(long budgetBytes, long maxLineBytes, int sinks)
    {
        var oversize = maxLineBytes * OversizeFactor;
        return new MemoryBounds(budgetBytes, budgetBytes / Math.Max(1, sinks), oversize, 0, budgetBytes + (oversize * sinks));
    }
}
