using LogShipper.Configuration;
using LogShipper.Shipping;

namespace LogShipper.Cli;

/// <summary>Runs a plan until it is stopped, and says how it ended.</summary>
/// <param name="loaded">The plan, which is there, and what is worth a word about it.</param>
/// <param name="origin">Where it came from, to load it again when its file has changed.</param>
/// <param name="cancellation">Stops it.</param>
internal delegate Task<int> RunPlan(LoadedConfiguration loaded, ConfigurationOrigin origin, CancellationToken cancellation);

/// <summary>What the commands are made with.</summary>
/// <param name="Surroundings">The machine.</param>
/// <param name="Time">The clock.</param>
/// <param name="Run">What <c>run</c> does with the plan.</param>
/// <param name="CreateSink">Makes a sink that <c>check</c> can contact; null: it cannot be contacted.</param>
internal sealed record CommandSetup(ISurroundings Surroundings, TimeProvider Time, RunPlan Run, Func<SinkPlan, ISink?> CreateSink)
{
    /// <summary>Lists problems on stderr, one a line.</summary>
    /// <returns>The exit code of a command that fails for them.</returns>
    public static async Task<int> TellAsync(TextWriter error, IEnumerable<Problem> problems)
    {
        foreach (var problem in problems)
        {
            await error.WriteLineAsync(problem.ToString());
        }

        return ExitCode.Problems;
    }

    /// <summary>Why the admin endpoint could not listen now; null: it could.</summary>
    public Func<AdminPlan, string?> FindAdminFault { get; init; } = static _ => null;

    /// <summary>Where <c>try</c> reads lines.</summary>
    public Func<Stream> OpenInput { get; init; } = static () => Stream.Null;

    /// <summary>The size of the terminal that the output goes to; null: it goes elsewhere.</summary>
    public Func<(int Columns, int Rows)?> Screen { get; init; } = static () => null;
}
