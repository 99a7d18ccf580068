using LogShipper.Configuration;

namespace LogShipper.Hosting;

/// <summary>The life of the process between the plan and the exit code.</summary>
internal static class ShipperHost
{
    /// <summary>Ships until stopped; <paramref name="notes"/> are worth a warning at the start.</summary>
    public static Task<int> RunAsync(Plan plan, IReadOnlyList<Problem> notes, CancellationToken cancellation) => throw new NotSupportedException();
}
