using LogShipper.Shipping;

namespace LogShipper.Tests.Shipping;

/// <summary>What becomes of a batch between its first attempt and the last.</summary>
public sealed class CourierTests : IDisposable
{
    private readonly LaneWorld _world = new();
    private readonly List<(TimeSpan At, string[] Lines)> _attempts = [];
    private readonly Queue<Delivery> _answers = [];
    private readonly DateTimeOffset _start;

    public CourierTests()
    {
        _start = _world.Time.GetUtcNow();
        _world.Sink.Judge = lines =>
        {
            _attempts.Add((_world.Time.GetUtcNow() - _start, lines));
            return _answers.TryDequeue(out var answer) ? answer : null;
        };
    }

    public void Dispose() => _world.Dispose();

    [Theory]
    [InlineData(60, 60)]
    [InlineData(3600, 300)]
    [InlineData(0, 0.5)]
    public void The_pause_that_a_sink_wishes_for_is_kept_within_bounds(double wish, double expected)
    {
        Ship([Delivery.Retry("http 429", TimeSpan.FromSeconds(wish), sinkDown: false)], TimeSpan.FromMinutes(6), "one");
        Assert.Equal(2, _attempts.Count);
        Assert.InRange(_attempts[1].At.TotalSeconds, expected, expected + 0.5);
    }

    [Fact]
    public void Pauses_grow_to_half_a_minute_and_the_batch_is_never_given_up()
    {
        Ship([.. Enumerable.Repeat(Delivery.Retry("http 503", sinkDown: false), 100)], TimeSpan.FromHours(2), "one");
        var pauses = _attempts.Zip(_attempts.Skip(1), (one, other) => (other.At - one.At).TotalSeconds).ToArray();
        Assert.Equal(100, pauses.Length);
        Assert.InRange(pauses[0], 0.37, 0.9);
        Assert.InRange(pauses[3], 3.0, 5.3);
        Assert.All(pauses[8..], pause => Assert.InRange(pause, 22.5, 37.8));
        Assert.Equal(["one"], _world.Sink.Lines);
    }

    [Fact]
    public void Only_the_items_that_the_sink_could_not_take_are_sent_again()
    {
        Ship([Delivery.Answered([new ItemOutcome(1, ItemFate.Retry, "429")])], TimeSpan.FromSeconds(5), "one", "two", "three");
        Assert.Equal(["two"], _attempts[1].Lines);
        Assert.Equal(new Amount(14, 3), _world.Ledger.Take().Acknowledged);
    }

    [Fact]
    public void A_rejected_item_is_a_dead_letter_and_the_others_are_delivered()
    {
        Ship([Delivery.Answered([new ItemOutcome(0, ItemFate.Rejected, "document_parsing_exception", "it says why")])], TimeSpan.FromSeconds(5), "one", "two");
        Assert.Single(_attempts);
        Assert.Equal((new Amount(4, 1), new Amount(4, 1)), (_world.Ledger.Take().DeadLettered, _world.Ledger.Take().Acknowledged));
        Assert.Contains("it says why", File.ReadAllText(_world.StatePath("access.sink.deadletters.ndjson")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_request_that_is_refused_is_halved_first_half_first_until_the_record_at_fault_stands_alone_and_is_refused_twice()
    {
        _world.Sink.Judge = lines =>
        {
            _attempts.Add((default, lines));
            return lines.Contains("3") ? Delivery.Refused("http 400") : null;
        };
        _world.Append("1", "2", "3", "4");
        _world.Run(TimeSpan.FromSeconds(5));
        Assert.Equal(["1 2 3 4", "1 2", "3 4", "3", "3", "4"], _attempts.Select(attempt => string.Join(' ', attempt.Lines)));
        Assert.Equal(new Amount(2, 1), _world.Ledger.Take().DeadLettered);
    }

    [Fact]
    public void A_pause_ends_when_the_lane_drains()
    {
        Ship([Delivery.Retry("http 429", TimeSpan.FromMinutes(5), sinkDown: false)], TimeSpan.FromSeconds(5), "one");
        Assert.Single(_attempts);
        _world.Lane.Drain(waitForQuiet: false);
        _world.Run(TimeSpan.FromSeconds(1));
        Assert.Equal(["one"], _world.Sink.Lines);
        Assert.True(_world.Lane.IsDrained);
    }

    [Fact]
    public void A_dead_letter_for_which_there_is_no_room_stops_the_lane_and_is_told_once()
    {
        var messages = new Messages();
        using var world = new LaneWorld { Logger = messages, DeadLetters = new(200, LogShipper.Configuration.WhenFull.Stop) };
        world.Sink.Judge = lines => Delivery.Answered([.. lines.Select((_, i) => new ItemOutcome(i, ItemFate.Rejected, "fault"))]);
        world.Append("one", "two");
        world.Run(TimeSpan.FromMinutes(2));
        Assert.Equal(8, world.Lane.BytesBehind);
        Assert.Equal(0, world.Ledger.Take().DeadLettered.Records);
        Assert.Single(messages.Errors);
    }

    [Fact]
    public void Dead_letters_that_may_drop_the_oldest_make_room_and_are_counted_lost()
    {
        var messages = new Messages();
        using var world = new LaneWorld { Logger = messages, DeadLetters = new(1500, LogShipper.Configuration.WhenFull.DropOldest) };
        world.Sink.Judge = lines => Delivery.Answered([.. lines.Select((_, i) => new ItemOutcome(i, ItemFate.Rejected, "fault"))]);
        for (var i = 0; i < 10; i++)
        {
            world.Append($"line {i}");
            world.Run(TimeSpan.FromSeconds(11));
        }

        var ledger = world.Ledger.Take();
        Assert.Equal(0, world.Lane.BytesBehind);
        Assert.True(ledger.Closes);
        Assert.Equal(10, ledger.DeadLettered.Records + ledger.Lost.Records);
        Assert.True(ledger.Lost.Records > 0);
        Assert.Contains("line 9", File.ReadAllText(world.StatePath("access.sink.deadletters.ndjson")), StringComparison.Ordinal);
        Assert.NotEmpty(messages.Errors);
    }

    private void Ship(Delivery[] answers, TimeSpan span, params string[] lines)
    {
        Array.ForEach(answers, _answers.Enqueue);
        _world.Append(lines);
        _world.Run(span);
    }
}
