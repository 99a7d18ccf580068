using System.Collections.Concurrent;
using System.Globalization;

namespace LogShipper.Simulation;

/// <summary>
/// LOGSHIPPER_SEED=123 lives through one history, LOGSHIPPER_SEEDS=20000 through so many (2,000 by default);
/// LOGSHIPPER_FIRST_SEED says where to begin.
/// </summary>
public sealed class SimulationTests
{
    private const int ShownFailures = 3;

    [Fact]
    public void Every_line_arrives_whatever_happens()
    {
        var (first, count) = Number("LOGSHIPPER_SEED") is { } only ? (only, 1) : (Number("LOGSHIPPER_FIRST_SEED") ?? 0, Number("LOGSHIPPER_SEEDS") ?? 2000);
        var failures = new ConcurrentDictionary<int, string>();
        Parallel.For(first, first + count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, seed =>
        {
            try
            {
                new World(seed).Run();
            }
            catch (InvariantBroken broken)
            {
                failures[seed] = broken.Message;
            }
        });

        Assert.True(failures.IsEmpty, Describe(failures, count));
    }

    private static string Describe(ConcurrentDictionary<int, string> failures, int count)
    {
        var ordered = failures.OrderBy(failure => failure.Key).ToList();
        return $"{ordered.Count} of {count} histories broke an invariant.\n"
            + string.Join("\n", ordered.Take(200).Select(failure => failure.Value.Split('\n')[0])) + "\n\n"
            + string.Join("\n\n", ordered.OrderBy(failure => failure.Value.Length).Take(ShownFailures).Select(failure => failure.Value));
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : null;
}
