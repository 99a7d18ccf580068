using LogShipper.Shipping;

namespace LogShipper.Tests.Shipping;

/// <summary>What is parsed for a sink is observed on its way; what is not, the observing lane reads for itself. Nothing is observed twice.</summary>
public sealed class ObservedRangesTests
{
    [Fact]
    public void What_others_have_gone_through_of_a_lost_content_is_not_told_to_be_lost()
    {
        using var world = new ObservedWorld { BatchBytes = 100 };
        world.StartObserver();
        world.Own.Judge = _ => Delivery.Retry("down");
        world.Append(0, 20);
        world.Run(TimeSpan.FromSeconds(1), world.Observer);
        var ships = world.StartShipping("ships", ObservedWorld.Parsing());
        world.Append(20, 30);
        world.Run(TimeSpan.FromSeconds(11), ships, world.Observer);
        Assert.Equal(1, world.Observer.InFlight);

        File.WriteAllText(world.LogPath(), "");
        world.Run(TimeSpan.FromSeconds(60), ships, world.Observer);
        world.Own.Judge = null;
        world.Run(TimeSpan.FromSeconds(60), ships, world.Observer);
        Assert.Equal(Enumerable.Range(0, 50), world.Observed.Select(int.Parse));
        Assert.Equal(0, world.Observer.Ledger.Take().Lost.Bytes);
    }

    [Fact]
    public void What_is_parsed_for_a_sink_is_observed_on_its_way_and_not_read_again()
    {
        using var world = new ObservedWorld();
        world.Append(0, 100);
        world.StartObserver();
        var ships = world.StartShipping("one", ObservedWorld.Parsing());
        world.Observer.TakeTurn();
        ships.TakeTurn();
        world.Observer.TakeTurn();

        Assert.Equal(Numbers(0, 100), world.OnTheWay);
        Assert.Equal(0, world.Own.Attempts);
        Assert.Equal(0, world.Observer.BytesBehind);
        Assert.Equal((500, 100), (world.Observer.Ledger.Take().Acknowledged.Bytes, world.Observer.Ledger.Take().Acknowledged.Records));
    }

    [Fact]
    public void What_nobody_parses_is_read_a_tenth_of_a_second_later()
    {
        using var world = new ObservedWorld();
        world.Append(0, 100);
        world.StartObserver();
        var ships = world.StartShipping("raw", new FakeSink());
        world.Run(TimeSpan.FromMilliseconds(100), world.Observer, ships);
        Assert.Empty(world.Own.Lines);

        world.Observer.TakeTurn();
        Assert.Equal(Numbers(0, 100), world.Own.Lines);
        Assert.Empty(world.OnTheWay);
    }

    [Fact]
    public void While_a_sink_takes_nothing_the_rest_is_read()
    {
        using var world = new ObservedWorld { BatchBytes = 100 };
        world.Append(0, 100);
        world.StartObserver();
        var ships = world.StartShipping("down", ObservedWorld.Parsing(hangs: true));
        world.Run(TimeSpan.FromSeconds(1), world.Observer, ships);

        Assert.Equal(Numbers(0, 20), world.OnTheWay);
        Assert.Equal(Numbers(20, 80), world.Own.Lines);
        Assert.Equal(0, world.Observer.BytesBehind);
    }

    [Fact]
    public void A_sink_that_takes_again_what_was_read_meanwhile_shows_nothing_twice()
    {
        using var world = new ObservedWorld { BatchBytes = 100 };
        world.Append(0, 50);
        world.StartObserver();
        world.Run(TimeSpan.FromSeconds(1), world.Observer);
        var ships = world.StartShipping("late", ObservedWorld.Parsing());
        world.Append(50, 7);
        world.Run(TimeSpan.FromSeconds(20), world.Observer, ships);

        Assert.Equal(Numbers(0, 57), world.Observed);
        Assert.Equal(Numbers(0, 50), world.Own.Lines);
    }

    [Fact]
    public void Of_a_batch_in_the_middle_of_which_the_observing_lane_stands_the_rest_is_observed()
    {
        using var world = new ObservedWorld();
        world.Append(0, 50);
        world.StartObserver();
        world.Run(TimeSpan.FromSeconds(1), world.Observer);
        world.Append(50, 10);
        var ships = world.StartShipping("late", ObservedWorld.Parsing());
        ships.TakeTurn();
        world.Run(TimeSpan.FromSeconds(20), world.Observer);

        Assert.Equal(Numbers(50, 10), world.OnTheWay);
        Assert.Equal(Numbers(0, 50), world.Own.Lines);
    }

    [Fact]
    public void Who_observes_and_is_behind_reads_up_to_where_others_began()
    {
        using var world = new ObservedWorld();
        world.Append(0, 50);
        var ships = world.StartShipping("before", ObservedWorld.Parsing());
        ships.TakeTurn();
        world.StartObserver();
        world.Observer.TakeTurn();
        world.Append(50, 50);
        world.Time.Advance(TimeSpan.FromSeconds(10));
        ships.TakeTurn();

        world.Run(TimeSpan.FromSeconds(1), world.Observer);
        Assert.Equal(Numbers(50, 50), world.OnTheWay);
        Assert.Equal(Numbers(0, 50), world.Own.Lines);
        Assert.Equal(0, world.Observer.BytesBehind);
    }

    [Fact]
    public void Of_two_sinks_that_parse_one_shows_what_it_sends()
    {
        using var world = new ObservedWorld { BatchBytes = 100 };
        world.Append(0, 100);
        world.StartObserver();
        var one = world.StartShipping("one", ObservedWorld.Parsing());
        var two = world.StartShipping("two", ObservedWorld.Parsing());
        world.Run(TimeSpan.FromMilliseconds(300), world.Observer, one, two);

        Assert.Equal(Numbers(0, 100), world.OnTheWay);
        Assert.Empty(world.Own.Lines);
    }

    [Fact]
    public void What_one_sink_does_not_come_to_the_other_shows()
    {
        using var world = new ObservedWorld { BatchBytes = 100 };
        world.Append(0, 100);
        world.StartObserver();
        var down = world.StartShipping("down", ObservedWorld.Parsing(hangs: true));
        var up = world.StartShipping("up", ObservedWorld.Parsing());
        world.Run(TimeSpan.FromMilliseconds(300), world.Observer, down, up);

        Assert.Equal(Numbers(0, 100), world.OnTheWay);
        Assert.Empty(world.Own.Lines);
    }

    [Fact]
    public void What_was_rotated_is_observed_on_its_way_as_well()
    {
        using var world = new ObservedWorld();
        world.Append(0, 100);
        world.StartObserver();
        var ships = world.StartShipping("one", ObservedWorld.Parsing());
        world.Run(TimeSpan.FromSeconds(1), world.Observer, ships);
        world.Append(100, 10);
        File.Move(world.LogPath(), world.LogPath("access.log.1"));
        world.Append(110, 10);
        world.Run(TimeSpan.FromSeconds(11), world.Observer, ships);

        Assert.Equal(Numbers(0, 120), world.OnTheWay);
        Assert.Empty(world.Own.Lines);
    }

    [Fact]
    public void A_file_that_was_emptied_before_it_was_passed_over_is_no_reason_to_wait()
    {
        using var world = new ObservedWorld();
        world.Append(0, 100);
        world.StartObserver();
        var ships = world.StartShipping("one", ObservedWorld.Parsing());
        world.Observer.TakeTurn();
        ships.TakeTurn();
        File.WriteAllText(world.LogPath(), "");
        world.Append(200, 5);
        world.Run(TimeSpan.FromSeconds(40), world.Observer, ships);

        Assert.Equal(Numbers(0, 100).Concat(Numbers(200, 5)), world.Observed);
        Assert.Equal(0, world.Observer.BytesBehind);
    }

    [Fact]
    public void Who_observes_passes_over_the_last_of_it_before_it_ends()
    {
        using var world = new ObservedWorld();
        world.Append(0, 100);
        world.StartObserver();
        var ships = world.StartShipping("one", ObservedWorld.Parsing());
        world.Observer.TakeTurn();
        ships.TakeTurn();
        world.Observer.Close();
        world.Forget();
        world.StartObserver();
        world.Run(TimeSpan.FromSeconds(1), world.Observer);

        Assert.Equal(Numbers(0, 100), world.Observed);
    }

    [Fact]
    public void In_a_drain_that_waits_for_nobody_it_reads_at_once()
    {
        using var world = new ObservedWorld();
        world.Append(0, 100);
        world.StartObserver();
        world.Observer.TakeTurn();
        Assert.Empty(world.Own.Lines);

        world.Observer.Drain(waitForQuiet: false);
        world.Observer.TakeTurn();
        Assert.Equal(Numbers(0, 100), world.Own.Lines);
    }

    [Fact]
    public void Who_waits_for_others_turns_when_the_wait_is_over()
    {
        using var world = new ObservedWorld();
        world.Append(0, 100);
        world.StartObserver();
        Assert.InRange(world.Observer.TakeTurn(), TimeSpan.FromMilliseconds(1), ObservedRanges.Patience);
    }

    private static IEnumerable<string> Numbers(int from, int count) => Enumerable.Range(from, count).Select(number => $"{number:0000}");
}
