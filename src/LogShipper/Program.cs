using LogShipper.Cli;
using LogShipper.Configuration;
using LogShipper.Hosting;
using LogShipper.Sinks;
using LogShipper.Sinks.Stdout;
using Microsoft.Extensions.Logging.Abstractions;

NativeHeap.KeepSmall();
StandardStreams.TakeStock();
return await CommandLine.InvokeAsync(
    args,
    new CommandSetup(new ProcessSurroundings(), TimeProvider.System, ShipperHost.RunAsync, sink => SinkCatalog.Create(sink, TimeProvider.System, NullLoggerFactory.Instance))
    {
        FindAdminFault = AdminPort.FaultOf,
        OpenInput = Console.OpenStandardInput,
        Screen = static () => Console.IsOutputRedirected ? null : (Console.WindowWidth, Console.WindowHeight),
    },
    StandardStreams.OutputIsClosed ? TextWriter.Null : CommandOutput.Open(StandardOutput.OfProcess),
    Console.Error);
