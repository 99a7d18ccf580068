using LogShipper.Cli;
using LogShipper.Configuration;
using LogShipper.Hosting;
using LogShipper.Sinks;

return await CommandLine.InvokeAsync(
    args,
    new CommandSetup(new ProcessSurroundings(), TimeProvider.System, ShipperHost.RunAsync, sink => SinkCatalog.Create(sink, TimeProvider.System)),
    Console.Out,
    Console.Error);
