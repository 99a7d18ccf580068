using System.Net.Sockets;
using LogShipper.Cli;
using LogShipper.Configuration;
using LogShipper.Control;
using LogShipper.Diagnostics;
using LogShipper.Shipping;
using LogShipper.Signals;
using LogShipper.Sinks;
using LogShipper.Sinks.Stdout;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LogShipper.Hosting;

/// <summary>The life of the process between the plan and the exit code.</summary>
internal static class ShipperHost
{
    /// <summary>What the host adds to DrainTimeout before it gives up on the drain.</summary>
    private static readonly TimeSpan ShutdownMargin = TimeSpan.FromSeconds(3);

    /// <summary>How long the last metrics may take to reach a collector.</summary>
    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(1);

    /// <summary>How long a reload that is under way may take to end.</summary>
    private static readonly TimeSpan ReloadTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Ships until stopped; <paramref name="loaded"/> has a plan, and its notes are worth a warning at the start.</summary>
    public static async Task<int> RunAsync(LoadedConfiguration loaded, ConfigurationOrigin origin, CancellationToken cancellation)
    {
        if (StandardStreams.OutputIsClosed && loaded.Plan?.Sinks.FirstOrDefault(sink => sink is StdoutSinkPlan) is { } closed)
        {
            await Console.Error.WriteLineAsync($"Sinks:{closed.Name}: {SinkCatalog.OutputIsClosed}");
            return ExitCode.Problems;
        }

        return await RunAsync(loaded, origin, static (sink, loggers) => SinkCatalog.Create(sink, TimeProvider.System, loggers), Console.Error, cancellation);
    }

    /// <summary>The same with sinks and diagnostics of the caller's.</summary>
    internal static async Task<int> RunAsync(
        LoadedConfiguration loaded, ConfigurationOrigin origin, Func<SinkPlan, ILoggerFactory, ISink> createSink, TextWriter diagnostics, CancellationToken cancellation)
    {
        var plan = loaded.Plan ?? throw new ArgumentException("There is no plan to run.", nameof(loaded));
        using var logging = new DiagnosticsLogging(plan.Diagnostics, diagnostics, TimeProvider.System);
        var logger = logging.Factory.CreateLogger("LogShipper");
        foreach (var note in loaded.Notes)
        {
            StartMessages.Note(logger, note.ToString());
        }

        using var signals = new StopSignals(TimeProvider.System);
        using var state = new DiskStateDirectory(plan.StateDirectory) { Lost = problem => StartMessages.StateLost(logger, problem) };
        using var metrics = new ShipperMetrics(TimeProvider.System);
        using var process = new ProcessMetrics(TimeProvider.System);
        var telemetry = TelemetryExport.From(plan, Environment.GetEnvironmentVariable);
        var nginx = plan.Admin.Signals && telemetry.Metrics ? new SignalsSink() : null;
        await using var fleet = new Fleet(
            plan, sink => createSink(sink, logging.Factory), state, TimeProvider.System, logging.Factory, metrics, nginx is null ? null : (SignalsSink.Name, nginx, SignalsSink.MemoryBytes));
        metrics.Observe(() => fleet.Lanes);
        metrics.Observe(() => fleet.RefusedLogs);
        nginx?.Metrics.Observe(() => fleet.ObservingLanes);
        var shipping = new ShippingService(plan, fleet, state, signals, logger);
        var reload = new ConfigurationReload(origin, loaded, fleet, TimeProvider.System, logger);
        var status = new StatusReporter(() => fleet.Lanes, () => fleet.Plan, () => shipping.IsReady, () => fleet.IsAlive, TimeProvider.System) { RefusedLogs = () => fleet.RefusedLogs, Reload = () => reload.State };
        metrics.Observe(() => reload.State);
        var history = new LaneHistory(TimeProvider.System);
        using var garbage = OldGarbage.Watch(TimeProvider.System);
        using var watch = plan.Admin.Enabled ? history.Watch(() => fleet.Lanes) : null;
        using var host = Build(plan, telemetry, shipping, fleet, status, history, signals, logging.Factory);
        using var hangup = new ReloadSignal(reload.Request);
        var options = host.Services.GetRequiredService<IOptions<HostOptions>>().Value;
        reload.Applied = now =>
        {
            logging.Level = now.Diagnostics.Level;
            options.ShutdownTimeout = now.DrainTimeout + ShutdownMargin;
        };
        shipping.StopHost = host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication;
        try
        {
            await host.StartAsync(cancellation);
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            // The state directory is taken or cannot be read, or the admin port cannot be listened on.
            var problem = AdminPort.FaultOf(plan.Admin, exception) ?? PrintableText.Message(exception);
            StartMessages.CannotStart(logger, problem);
            if (shipping.HasBegun)
            {
                await fleet.DrainAsync(waitForQuiet: false, TimeSpan.Zero, signals.Hurry);
            }

            return ExitCode.Problems;
        }

        await using var control = new ControlServer(ControlAddress.In(plan.StateDirectory), ControlCommands.For(fleet, status, TimeProvider.System), TimeProvider.System, logger);
        control.Start();
        fleet.BeforeSearch = () =>
        {
            state.CountLosses();
            control.ListenAgainIfGone();
        };
        using var ending = new CancellationTokenSource();
        var reloading = reload.RunAsync(ending.Token);
        await host.WaitForShutdownAsync(cancellation);
        await ending.CancelAsync();

        // A file on a mount that hangs is read for ever: the end does not wait for it.
        await reloading.WaitAsync(ReloadTimeout, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        TelemetryExport.Flush(host.Services, FlushTimeout);
        new FinalReport(logger).Write(fleet.Lanes, fleet.Plan.TerminationMessagePath);
        return shipping.Failed ? ExitCode.Problems : fleet.Lanes.Any(lane => lane.BytesBehind > 0 || lane.CheckpointAge > TimeSpan.Zero) ? ExitCode.Left : ExitCode.Success;
    }

    private static IHost Build(
        Plan plan, TelemetryExport telemetry, ShippingService shipping, Fleet fleet, StatusReporter status, LaneHistory history, StopSignals signals, ILoggerFactory loggers)
    {
        var logger = loggers.CreateLogger("LogShipper");
        if (!plan.Admin.Enabled)
        {
            var plain = Host.CreateEmptyApplicationBuilder(null);
            telemetry.Add(plain, plan, Environment.GetEnvironmentVariable, logger);
            AddServices(plain.Services, plan, shipping, signals, loggers);
            return plain.Build();
        }

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, UnpinnedMemory>();
        builder.Services.AddRoutingCore();
        AdminEndpoints.Bound(builder, plan.Admin, logger);
        telemetry.Add(builder, plan, Environment.GetEnvironmentVariable, logger);
        AddServices(builder.Services, plan, shipping, signals, loggers);
        var application = builder.Build();
        application.UseRouting();
        AdminEndpoints.Map(application, fleet, () => shipping.IsReady, status);
        PageEndpoints.Map(application, status, () => fleet.Plan, history, TimeProvider.System);
        application.MapPrometheusScrapingEndpoint();
        return application;
    }

    private static void AddServices(IServiceCollection services, Plan plan, ShippingService shipping, StopSignals signals, ILoggerFactory loggers)
    {
        services.AddSingleton(loggers);
        services.AddSingleton<IHostLifetime, SignalLifetime>();
        services.AddSingleton(signals);
        services.AddHostedService(_ => shipping);
        services.Configure<HostOptions>(options => options.ShutdownTimeout = plan.DrainTimeout + ShutdownMargin);
    }
}
