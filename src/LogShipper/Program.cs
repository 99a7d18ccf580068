using LogShipper.Cli;
using LogShipper.Configuration;
using LogShipper.Hosting;

return await CommandLine.InvokeAsync(
    args,
    new CommandSetup(new ProcessSurroundings(), TimeProvider.System, ShipperHost.RunAsync, _ => null),
    Console.Out,
    Console.Error);
