using LogShipper.Configuration;
using LogShipper.Payloads;
using LogShipper.Shipping;
using LogShipper.Sinks.Elasticsearch;
using LogShipper.Sinks.Stdout;
using Microsoft.Extensions.Logging;

namespace LogShipper.Sinks;

/// <summary>Every type of sink that there is. A new one is a folder beside this file and a line in it.</summary>
internal static class SinkCatalog
{
    public const string OutputIsClosed = "standard output is closed, nothing can be written to it; open it, or leave the sink out";

    /// <summary>Makes the sink that the plan describes; nothing is contacted yet.</summary>
    public static ISink Create(SinkPlan plan, TimeProvider time, ILoggerFactory loggers) => Create(plan, time, loggers, DocumentContext.FromEnvironment(ReadEnvironment));

    public static ISink Create(SinkPlan plan, TimeProvider time, ILoggerFactory loggers, DocumentContext context) => plan switch
    {
        StdoutSinkPlan when StandardStreams.OutputIsClosed => throw new ArgumentException($"Sinks:{plan.Name}: {OutputIsClosed}", nameof(plan)),
        StdoutSinkPlan stdout => new StdoutSink(stdout.Options, StandardOutput.OfProcess, time, context),
        ElasticsearchSinkPlan elasticsearch => new ElasticsearchSink(elasticsearch.Options, time, loggers.CreateLogger("LogShipper"), plan.Name, context),
        _ => throw new ArgumentOutOfRangeException(nameof(plan), plan.GetType().Name, "No such type of sink."),
    };

    /// <summary>Outside of a shell HOSTNAME is seldom set.</summary>
    /// <summary>The environment, with the name of the machine where it does not say it.</summary>
    public static string? ReadEnvironment(string name) =>
        Environment.GetEnvironmentVariable(name) ?? (name == "HOSTNAME" ? Environment.MachineName : null);
}
