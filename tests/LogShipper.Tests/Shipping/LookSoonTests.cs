namespace LogShipper.Tests.Shipping;

/// <summary>Hints that a log has changed; the interval is ten seconds.</summary>
public sealed class LookSoonTests : IDisposable
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    private readonly LaneWorld _world = new();

    public LookSoonTests()
    {
        Write("{\"n\":1}");
        _world.Lane.TakeTurn();
    }

    public void Dispose() => _world.Dispose();

    [Fact]
    public void A_hint_has_the_lane_look_at_its_next_turn_which_comes_now()
    {
        Write("{\"n\":2}");
        _world.Lane.TakeTurn();
        Assert.Single(_world.Sink.Lines);

        _world.Lane.LookSoon(_world.Time.GetTimestamp());
        Assert.True(_world.Lane.WasWoken());
        _world.Lane.TakeTurn();
        Assert.Equal(2, _world.Sink.Lines.Count);
    }

    [Fact]
    public void The_looks_at_the_interval_stay_where_they_were()
    {
        _world.Time.Advance(TimeSpan.FromSeconds(4));
        _world.Lane.LookSoon(_world.Time.GetTimestamp());
        _world.Lane.TakeTurn();
        Write("{\"n\":2}");
        _world.Time.Advance(_world.Lane.TakeTurn());
        _world.Time.Advance(TimeSpan.FromSeconds(10));
        _world.Lane.TakeTurn();
        Assert.Equal(2, _world.Sink.Lines.Count);
    }

    [Fact]
    public void Of_hints_that_come_within_the_rest_one_look_is_made_at_its_end()
    {
        Write("{\"n\":2}");
        Hint();
        Assert.Equal(2, _world.Sink.Lines.Count);

        Write("{\"n\":3}");
        Hint();
        Assert.True(_world.Lane.WasWoken());
        Write("{\"n\":4}");
        Hint();
        Assert.False(_world.Lane.WasWoken());
        Assert.Equal(2, _world.Sink.Lines.Count);

        _world.Time.Advance(Rest * 0.9);
        Assert.InRange(_world.Lane.TakeTurn(), TimeSpan.FromTicks(1), Rest * 0.1);
        Assert.Equal(2, _world.Sink.Lines.Count);
        _world.Time.Advance(Rest * 0.1);
        _world.Lane.TakeTurn();
        Assert.Equal(4, _world.Sink.Lines.Count);
    }

    private void Write(string line)
    {
        _world.Append(line);
        _world.Time.Advance(TimeSpan.FromMilliseconds(1));
    }

    private void Hint()
    {
        _world.Lane.LookSoon(_world.Time.GetTimestamp(), Rest);
        _world.Lane.TakeTurn();
    }
}
