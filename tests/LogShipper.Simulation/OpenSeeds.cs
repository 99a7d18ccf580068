namespace LogShipper.Simulation;

/// <summary>
/// Histories that break an invariant and are not understood yet. The list may only become shorter: a defect that is
/// mended takes its seeds out, and no new seed comes in.
/// </summary>
internal static class OpenSeeds
{
    public static readonly int[] All =
    [
        // A lone poison record waits for a proof that the sink accepts anything, or believes the wrong one.
        40, 251, 874, 1048, 1092,
    ];
}
