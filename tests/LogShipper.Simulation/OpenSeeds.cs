namespace LogShipper.Simulation;

/// <summary>
/// Histories that break an invariant and are not understood yet. The list may only become shorter: a defect that is
/// mended takes its seeds out, and no new seed comes in.
/// </summary>
internal static class OpenSeeds
{
    public static readonly int[] All =
    [
        // One line has two ids: a copy is taken for a new content after a restart.
        239, 786, 1147, 1845, 1983,

        // Not delivered, or drained and not delivered: failing looks and reads, removed and compressed files.
        251, 594, 699, 808, 874, 1092, 1525,

        // A dead letter that is none: a sink that refuses whole requests and accepts others meanwhile.
        40, 1048,

        // A second start delivers what was there already.
        726, 1152,

        // A torn line is taken too early.
        1333, 1516,
    ];
}
