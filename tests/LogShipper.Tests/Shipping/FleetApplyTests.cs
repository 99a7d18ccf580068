using LogShipper.Configuration;
using LogShipper.Shipping;
using LogShipper.Sinks.Stdout;
using static LogShipper.Tests.Shipping.FleetWorld;

namespace LogShipper.Tests.Shipping;

public sealed class FleetApplyTests
{
    [Fact]
    public async Task What_a_new_plan_leaves_as_it_was_goes_on_untouched()
    {
        await using var world = new FleetWorld();
        world.Append("access.log", "one");
        world.Start(world.Plan());
        await world.UntilAsync(() => world.Sink("out").Lines.Count == 1);
        var (lane, sink) = (world.Lane("access", "out"), world.Sink("out"));

        var change = await world.UntilDoneAsync(world.Fleet.ApplyAsync(world.Plan([world.Log("access"), world.Log("error")], [Stdout("out"), Stdout("second")])));
        world.Append("access.log", "two");
        await world.UntilAsync(() => sink.Lines.Count == 2 && world.Sink("second").Lines.Count == 2);

        Assert.Equal(new FleetChange(Kept: 1, Started: 1, Stopped: 0, Replaced: 0), change);
        Assert.Same(lane, world.Lane("access", "out"));
        Assert.Equal(["one", "two"], sink.Lines);
        Assert.Equal(["one", "two"], world.Sink("second").Lines);
        Assert.Equal(2, world.Made.Count);
    }

    [Fact]
    public async Task A_plan_that_says_the_same_changes_nothing()
    {
        await using var world = new FleetWorld();
        Plan Fresh() => world.Plan([world.Log("access"), world.Log("sites", "*.site.log")], [Stdout("out"), Elasticsearch("es", logs: ["access", "sites"])]);
        world.Append("a.site.log", "one");
        world.Start(Fresh());

        Assert.Equal(new FleetChange(3, 0, 0, 0), await world.UntilDoneAsync(world.Fleet.ApplyAsync(Fresh())));
        Assert.Equal(2, world.Made.Count);
    }

    [Fact]
    public async Task A_log_that_is_new_in_the_plan_is_shipped()
    {
        await using var world = new FleetWorld();
        world.Append("error.log", "error one");
        world.Start(world.Plan());

        await world.UntilDoneAsync(world.Fleet.ApplyAsync(world.Plan([world.Log("access"), world.Log("error")], [Stdout("out", logs: ["access", "error"])])));

        await world.UntilAsync(() => world.Sink("out").Lines.Contains("error one"));
        Assert.Single(world.Made);
    }

    [Fact]
    public async Task A_log_that_left_the_plan_is_read_no_more_and_goes_on_where_it_stood_when_it_is_back()
    {
        await using var world = new FleetWorld();
        world.Append("error.log", "one");
        var both = world.Plan([world.Log("access"), world.Log("error")], [Stdout("out", logs: ["access", "error"])]);
        world.Start(both);
        await world.UntilAsync(() => world.Sink("out").Lines.Count == 1);

        var change = await world.UntilDoneAsync(world.Fleet.ApplyAsync(world.Plan(sinks: [Stdout("out", logs: ["access"])])));
        world.Append("error.log", "two");
        world.Append("access.log", "access");
        await world.UntilAsync(() => world.Sink("out").Lines.Contains("access"));

        Assert.Equal(new FleetChange(1, 0, 1, 0), change);
        Assert.DoesNotContain("two", world.Sink("out").Lines);
        Assert.Equal(["access"], world.Fleet.Lanes.Select(lane => lane.Log.Name));

        await world.UntilDoneAsync(world.Fleet.ApplyAsync(both));
        await world.UntilAsync(() => world.Sink("out").Lines.Contains("two"));
        Assert.Equal(["access", "one", "two"], world.Sink("out").Lines.Order());
    }

    [Fact]
    public async Task A_sink_that_left_the_plan_is_closed_and_the_others_share_its_memory()
    {
        await using var world = new FleetWorld();
        world.Start(world.Plan(sinks: [Stdout("one"), Stdout("two")]));
        var gone = world.Sink("two");

        var change = await world.UntilDoneAsync(world.Fleet.ApplyAsync(world.Plan(sinks: [Stdout("one")])));

        Assert.Equal(new FleetChange(1, 0, 1, 0), change);
        Assert.True(gone.IsDisposed);
        Assert.False(world.Sink("one").IsDisposed);
        Assert.Equal(["one"], world.Fleet.Sinks.Select(sink => sink.Name));
    }

    [Fact]
    public async Task A_sink_with_other_options_is_made_anew_and_goes_on_where_the_former_stood()
    {
        await using var world = new FleetWorld();
        world.Append("access.log", "one");
        world.Start(world.Plan());
        var former = world.Sink("out");
        await world.UntilAsync(() => former.Lines.Count == 1);
        var ledger = world.Lane("access", "out").Ledger;

        var change = await world.UntilDoneAsync(world.Fleet.ApplyAsync(world.Plan(sinks: [Stdout("out", StdoutLayout.Json)])));
        world.Append("access.log", "two");
        await world.UntilAsync(() => world.Sink("out").Lines.Count == 1);

        Assert.Equal(new FleetChange(0, 0, 0, 1), change);
        Assert.True(former.IsDisposed);
        Assert.Equal(["one"], former.Lines);
        Assert.Equal(["two"], world.Sink("out").Lines);
        Assert.Same(ledger, world.Lane("access", "out").Ledger);
        await world.UntilAsync(() => ledger.Take().Acknowledged.Records == 2);
    }

    [Fact]
    public async Task Lines_in_flight_to_a_sink_that_hangs_go_to_the_one_in_its_place()
    {
        await using var world = new FleetWorld { Make = plan => new FakeSink { Answer = ((StdoutSinkPlan)plan).Options.Layout == StdoutLayout.Raw ? FakeSink.HangAsync : null } };
        world.Append("access.log", "one", "two");
        world.Start(world.Plan());
        await world.UntilAsync(() => world.Sink("out").Attempts == 1);
        var began = world.Time.GetTimestamp();

        await world.UntilDoneAsync(world.Fleet.ApplyAsync(world.Plan(sinks: [Stdout("out", StdoutLayout.Json)])));
        Assert.True(world.Time.GetElapsedTime(began) >= Fleet.SettlingTime);

        await world.UntilAsync(() => world.Lane("access", "out").Ledger.Take().Acknowledged.Records == 2);
        Assert.Equal(["one", "two"], world.Sink("out").Lines);
        Assert.True(world.Lane("access", "out").Ledger.Take().Closes);
        Assert.Equal(2, world.Lane("access", "out").Ledger.Take().Read.Records);
    }

    [Fact]
    public async Task An_attempt_that_ends_in_time_is_not_made_again()
    {
        var answer = new TaskCompletionSource<Delivery>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var world = new FleetWorld { Make = plan => new FakeSink { Answer = ((StdoutSinkPlan)plan).Options.Layout == StdoutLayout.Raw ? _ => answer.Task : null } };
        world.Append("access.log", "one");
        world.Start(world.Plan());
        var former = world.Sink("out");
        await world.UntilAsync(() => former.Attempts == 1);

        var applying = world.Fleet.ApplyAsync(world.Plan(sinks: [Stdout("out", StdoutLayout.Json)]));
        Assert.False(applying.IsCompleted);
        answer.SetResult(Delivery.Complete);
        await applying;
        world.Append("access.log", "two");
        await world.UntilAsync(() => world.Sink("out").Lines.Count > 0);

        Assert.Equal(["one"], former.Lines);
        Assert.Equal(["two"], world.Sink("out").Lines);
    }

    [Fact]
    public async Task A_lane_that_waits_out_a_pause_is_replaced_at_once()
    {
        await using var world = new FleetWorld
        {
            Make = plan => new FakeSink
            {
                Answer = ((StdoutSinkPlan)plan).Options.Layout == StdoutLayout.Raw ? _ => Task.FromResult(Delivery.Retry("http 503", TimeSpan.FromMinutes(5))) : null,
            },
        };
        world.Append("access.log", "one");
        world.Start(world.Plan());
        await world.UntilAsync(() => world.Lane("access", "out").Events.Retries == 1);

        await world.Fleet.ApplyAsync(world.Plan(sinks: [Stdout("out", StdoutLayout.Json)]));

        await world.UntilAsync(() => world.Sink("out").Lines.Count == 1);
    }

    [Fact]
    public async Task A_file_that_was_removed_while_its_sink_was_down_is_still_shipped_by_the_lane_in_its_place()
    {
        await using var world = new FleetWorld { Make = plan => new FakeSink { Answer = ((StdoutSinkPlan)plan).Options.Layout == StdoutLayout.Raw ? FakeSink.HangAsync : null } };
        world.Append("access.log", "one", "two");
        world.Start(world.Plan());
        await world.UntilAsync(() => world.Sink("out").Attempts == 1);
        File.Delete(world.LogPath("access.log"));
        world.Append("access.log", "three");

        await world.UntilDoneAsync(world.Fleet.ApplyAsync(world.Plan(sinks: [Stdout("out", StdoutLayout.Json)])));

        await world.UntilAsync(() => world.Sink("out").Lines.Count == 3);
        Assert.Equal(["one", "two", "three"], world.Sink("out").Lines);
    }

    [Fact]
    public async Task A_log_whose_lines_read_otherwise_goes_on_where_it_stood()
    {
        await using var world = new FleetWorld();
        world.Append("access.log", "one");
        world.Start(world.Plan());
        await world.UntilAsync(() => world.Sink("out").Lines.Count == 1);

        var change = await world.UntilDoneAsync(world.Fleet.ApplyAsync(world.Plan([world.Log("access") with { Formats = ["combined"] }])));
        world.Append("access.log", "two");
        await world.UntilAsync(() => world.Sink("out").Lines.Count == 2);

        Assert.Equal(new FleetChange(0, 0, 0, 1), change);
        Assert.Equal("nginx.access", world.Lane("access", "out").Log.Parser.Dataset);
        Assert.Equal(["one", "two"], world.Sink("out").Lines);
    }

    [Fact]
    public async Task Another_interval_takes_effect_in_the_same_lane_at_once()
    {
        await using var world = new FleetWorld();
        world.Append("access.log", "one");
        world.Start(world.Plan() with { Interval = TimeSpan.FromHours(1) });
        await world.UntilAsync(() => world.Sink("out").Lines.Count == 1);
        var (lane, began) = (world.Lane("access", "out"), world.Time.GetTimestamp());

        await world.UntilDoneAsync(world.Fleet.ApplyAsync(world.Plan() with { Interval = TimeSpan.FromSeconds(1) }));
        world.Append("access.log", "two");
        await world.UntilAsync(() => world.Sink("out").Lines.Count == 2);

        Assert.Same(lane, world.Lane("access", "out"));
        Assert.True(world.Time.GetElapsedTime(began) < TimeSpan.FromMinutes(10));
    }

    [Fact]
    public async Task Other_limits_replace_the_lanes_without_a_repeat()
    {
        await using var world = new FleetWorld();
        world.Append("access.log", "one");
        world.Start(world.Plan());
        await world.UntilAsync(() => world.Sink("out").Lines.Count == 1);

        var change = await world.UntilDoneAsync(world.Fleet.ApplyAsync(world.Plan() with { BatchBytes = 4096, MaxLineBytes = 1024 }));
        world.Append("access.log", new string('x', 2000));
        await world.UntilAsync(() => world.Sink("out").Lines.Count == 2);

        Assert.Equal(new FleetChange(0, 0, 0, 1), change);
        Assert.Equal(1024, world.Sink("out").Lines[1].Length);
        Assert.Single(world.Made);
    }

    [Fact]
    public async Task What_waits_for_the_next_start_stays_as_it_is()
    {
        await using var world = new FleetWorld();
        world.Start(world.Plan());
        var wanted = world.Plan() with { Instance = "other", StateDirectory = "/elsewhere" };

        Assert.Equal(["LogShipper:StateDirectory", "LogShipper:Instance"], PlanChange.WaitingForNextStart(world.Fleet.Plan, wanted));
        Assert.Equal(new FleetChange(1, 0, 0, 0), await world.UntilDoneAsync(world.Fleet.ApplyAsync(wanted)));
        Assert.Equal("test", world.Fleet.Plan.Instance);
    }

    [Fact]
    public async Task A_sink_that_cannot_be_made_changes_nothing()
    {
        await using var world = new FleetWorld();
        world.Start(world.Plan());
        world.Make = _ => throw new ArgumentException("no");
        var lane = world.Lane("access", "out");

        await Assert.ThrowsAsync<ArgumentException>(() => world.Fleet.ApplyAsync(world.Plan(sinks: [Stdout("new")])));

        Assert.Same(lane, Assert.Single(world.Fleet.Lanes));
        world.Append("access.log", "one");
        await world.UntilAsync(() => world.Sink("out").Lines.Count == 1);
    }

    [Fact]
    public async Task A_drain_does_not_wait_for_a_change_that_waits_for_a_sink_that_hangs()
    {
        await using var world = new FleetWorld { Make = _ => new FakeSink { Answer = FakeSink.HangAsync } };
        world.Append("access.log", "one");
        world.Start(world.Plan());
        await world.UntilAsync(() => world.Sink("out").Attempts == 1);

        var applying = world.Fleet.ApplyAsync(world.Plan(sinks: [Stdout("out", StdoutLayout.Json)]));
        var draining = world.Fleet.DrainAsync(waitForQuiet: false, TimeSpan.FromHours(1), new CancellationToken(canceled: true));

        await applying;
        await draining;
        Assert.Null(await world.Fleet.ApplyAsync(world.Plan()));
    }
}
