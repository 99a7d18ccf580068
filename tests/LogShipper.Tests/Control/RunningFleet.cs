using LogShipper.Cli;
using LogShipper.Configuration;
using LogShipper.Control;
using LogShipper.Diagnostics;
using LogShipper.Tests.Shipping;

namespace LogShipper.Tests.Control;

/// <summary>A fleet that answers commands on its socket, and the command line that asks it.</summary>
internal sealed class RunningFleet : IAsyncDisposable
{
    private ControlServer? _server;

    public FleetWorld World { get; } = new();

    public StringWriter Output { get; } = new();

    public StringWriter Error { get; } = new();

    /// <summary>The size of the terminal; null: there is none.</summary>
    public (int Columns, int Rows)? Screen { get; set; }

    /// <summary>What the one that listens has told.</summary>
    public Messages Messages { get; } = new();

    public string Socket => World.StatePath(ControlAddress.FileName);

    public void Start(Plan? plan = null)
    {
        World.Start(plan ?? World.Plan());
        Listen();
    }

    public void Listen()
    {
        var status = new StatusReporter(() => World.Fleet.Lanes, () => World.Fleet.Plan, () => true, () => true, World.Time);
        _server = new ControlServer(Socket, ControlCommands.For(World.Fleet, status, World.Time), TimeProvider.System, Messages);
        _server.Start();
    }

    public void ListenAgainIfGone() => _server!.ListenAgainIfGone();

    public async Task StopListeningAsync()
    {
        if (_server is { } server)
        {
            _server = null;
            await server.DisposeAsync();
        }
    }

    public Task<int> RunAsync(params string[] arguments) => RunUntilAsync(CancellationToken.None, arguments);

    public Task<int> RunUntilAsync(CancellationToken cancellation, params string[] arguments)
    {
        var setup = new CommandSetup(new ProcessSurroundings(), World.Time, (_, _, _) => Task.FromResult(ExitCode.Left), _ => null) { Screen = () => Screen };
        return CommandLine.InvokeAsync([.. arguments, "--socket", Socket], setup, Output, Error, cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await StopListeningAsync();
        await World.DisposeAsync();
        await Output.DisposeAsync();
        await Error.DisposeAsync();
    }
}
