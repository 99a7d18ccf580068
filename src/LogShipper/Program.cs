using LogShipper.Cli;
using LogShipper.Configuration;
using LogShipper.Hosting;
using LogShipper.Sinks;
using LogShipper.Sinks.Stdout;
using Microsoft.Extensions.Logging.Abstractions;

StandardStreams.TakeStock();
return await CommandLine.InvokeAsync(
    args,
    new CommandSetup(new ProcessSurroundings(), TimeProvider.System, ShipperHost.RunAsync, sink => SinkCatalog.Create(sink, TimeProvider.System, NullLoggerFactory.Instance)) { OpenInput = Console.OpenStandardInput },
    Console.Out,
    Console.Error);
