using LogShipper.Shipping;
using LogShipper.Signals;
using LogShipper.Tests.Diagnostics;

namespace LogShipper.Tests.Signals;

public sealed class SignalsLaneTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Each_line_counts_once_whatever_the_other_sinks_do()
    {
        await File.WriteAllTextAsync(_folder["access.log"], ObservedFleet.Lines(1000) + "no request at all\n", TestContext.Current.CancellationToken);
        await using var fleet = new ObservedFleet(_folder, _ => Delivery.Retry("http 503"));
        await fleet.ShipAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(1000, fleet.Value("nginx.requests", ("log", "access"), ("method", "GET"), ("status_class", "2xx")));
        Assert.Equal(1000, fleet.Value("nginx.requests"));
        Assert.Equal(5000, fleet.Value("nginx.response.size"));
        Assert.Equal(1, fleet.Value("nginx.unparsed.records"));
        Assert.Equal(0, fleet.Value("nginx.signals.lag"));
        Assert.Equal(0, fleet.Value("logshipper.acknowledged.records"));
    }

    [Fact]
    public async Task After_a_restart_the_counts_begin_at_zero_and_the_positions_go_on()
    {
        await File.WriteAllTextAsync(_folder["access.log"], ObservedFleet.Lines(300), TestContext.Current.CancellationToken);
        await using (var first = new ObservedFleet(_folder))
        {
            await first.ShipAsync();
            Assert.Equal(300, first.Value("nginx.requests"));
        }

        await File.AppendAllTextAsync(_folder["access.log"], ObservedFleet.Lines(7), TestContext.Current.CancellationToken);
        await using var second = new ObservedFleet(_folder);
        await second.ShipAsync();
        Assert.Equal(7, second.Value("nginx.requests"));
    }

    [Fact]
    public async Task Its_lanes_are_no_part_of_what_is_shipped()
    {
        await File.WriteAllTextAsync(_folder["access.log"], ObservedFleet.Lines(10), TestContext.Current.CancellationToken);
        await using var fleet = new ObservedFleet(_folder);
        await fleet.ShipAsync();
        Assert.Equal(["one", "two"], fleet.Fleet.Lanes.Select(lane => lane.Sink).Distinct());
        Assert.Equal(["access", "error"], fleet.Fleet.ObservingLanes.Select(lane => lane.Log.Name));
        Assert.DoesNotContain(fleet.Collect(), one => one.Labels.GetValueOrDefault("sink") == SignalsSink.Name);
        Assert.DoesNotContain(fleet.Status.Take().Lanes, lane => lane.Sink == SignalsSink.Name);
    }

    [Fact]
    public async Task It_takes_no_memory_of_the_configured_sinks()
    {
        await using var fleet = new ObservedFleet(_folder);
        await fleet.ShipAsync();
        Assert.All(fleet.Fleet.Lanes, lane => Assert.Equal(fleet.Plan.MemoryBudgetBytes / 2, lane.Memory.Limit));
        Assert.All(fleet.Fleet.ObservingLanes, lane => Assert.DoesNotContain(fleet.Fleet.Lanes, other => other.Memory == lane.Memory));
    }

    [Fact]
    public void No_configured_sink_can_have_its_name() => Assert.Contains('-', SignalsSink.Name);

    [Fact]
    public async Task All_label_values_are_there_before_anything_happened()
    {
        await using var fleet = new ObservedFleet(_folder);
        await fleet.ShipAsync();
        var measured = fleet.Collect();
        Assert.Equal(
            SignalWords.Alarms.Skip(1).Order(StringComparer.Ordinal),
            measured.Where(one => one.Instrument == "nginx.alarms").Select(one => one.Labels["alarm"]).Order(StringComparer.Ordinal));
        Assert.Equal(SignalWords.Levels.Length, measured.Count(one => one.Instrument == "nginx.errors"));
        Assert.Equal(SignalWords.Methods.Length * SignalWords.StatusClasses.Length, measured.Count(one => one.Instrument == "nginx.requests"));
    }
}
