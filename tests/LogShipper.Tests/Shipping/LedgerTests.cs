using LogShipper.Shipping;
using LogShipper.Tailing;

namespace LogShipper.Tests.Shipping;

public sealed class LedgerTests
{
    private readonly Ledger _ledger = new();

    [Fact]
    public void It_closes_whatever_becomes_of_a_batch()
    {
        _ledger.Read(new Amount(100, 10));
        _ledger.Settled(new Amount(40, 4), new Amount(20, 2), new Amount(10, 1));
        _ledger.LostInFlight(LossReason.LineTooLong, new Amount(5, 0));
        _ledger.LostUnread(LossReason.Truncated, new Amount(1000, 0));
        _ledger.LostDeadLetters(new Amount(10, 1));
        Assert.True(_ledger.Take().Closes);
        Assert.True(_ledger.Closes(new Amount(25, 3), out _));

        _ledger.GaveBack(new Amount(25, 3));
        Assert.True(_ledger.Closes(default, out _));
        var reading = _ledger.Take();
        Assert.True(reading.Closes);
        Assert.Equal((new Amount(1075, 7), new Amount(25, 3)), (reading.Read, reading.GivenBack));
        Assert.Equal(new Amount(1015, 1), reading.Lost);
    }

    [Fact]
    public void It_says_by_how_much_it_does_not_close_with_what_is_really_in_flight()
    {
        _ledger.Read(new Amount(100, 10));
        Assert.False(_ledger.Closes(new Amount(60, 6), out var mismatch));
        Assert.Equal(new Amount(40, 4), mismatch);
    }

    [Fact]
    public void A_ledger_that_does_not_close_is_told_once_with_its_numbers_and_counted()
    {
        var messages = new Messages();
        using var world = new LaneWorld { Logger = messages };
        world.Append("{}");
        world.Run(TimeSpan.FromSeconds(11));
        Assert.Equal(default, world.Lane.Events.LedgerMismatch);

        // As if a batch had been read that no window has.
        world.Ledger.Read(new Amount(7, 1));
        world.Run(TimeSpan.FromSeconds(31));
        Assert.Equal(new Amount(7, 1), world.Lane.Events.LedgerMismatch);
        Assert.Contains("7 bytes and 1 records are missing", Assert.Single(messages.Errors), StringComparison.Ordinal);

        world.Ledger.Settled(new Amount(7, 1), default, default);
        world.Run(TimeSpan.FromSeconds(11));
        Assert.Equal(default, world.Lane.Events.LedgerMismatch);
    }

    [Fact]
    public void The_rest_of_a_line_that_was_cut_is_told_with_its_range_and_counted()
    {
        var messages = new Messages();
        using var world = new LaneWorld { Logger = messages, BatchBytes = 256, MaxLineBytes = 100 };
        world.Append(new string('x', 150), "{}");
        world.Run(TimeSpan.FromSeconds(11));

        Assert.Contains("bytes 100 to 151", Assert.Single(messages.Errors), StringComparison.Ordinal);
        Assert.Equal(new Amount(51, 0), world.Ledger.Take().LostByReason[(int)LossReason.LineTooLong]);
        Assert.Equal([new string('x', 100), "{}"], world.Sink.Lines);
    }

    [Fact]
    public void The_rest_of_a_line_that_fills_many_batches_is_told_once_when_it_ends()
    {
        var messages = new Messages();
        using var world = new LaneWorld { Logger = messages, BatchBytes = 256, MaxLineBytes = 100 };
        world.Append("{}", new string('x', 5000), new string('y', 3000), "{}");
        world.Run(TimeSpan.FromSeconds(11));

        Assert.Equal(["bytes 103 to 5004", "bytes 5104 to 8005"], messages.Errors.Select(message => message[message.IndexOf("bytes", StringComparison.Ordinal)..message.IndexOf(" of ", StringComparison.Ordinal)]));
        Assert.Equal(new Amount(4901 + 2901, 0), world.Ledger.Take().LostByReason[(int)LossReason.LineTooLong]);
        Assert.Equal(["{}", new string('x', 100), new string('y', 100), "{}"], world.Sink.Lines);
    }
}
