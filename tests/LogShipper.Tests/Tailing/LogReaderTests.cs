using LogShipper.Tests.Shipping;

namespace LogShipper.Tests.Tailing;

/// <summary>What a lane reads of real files that are rotated and truncated under it.</summary>
public sealed class LogReaderTests : IDisposable
{
    private readonly LaneWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public void A_file_that_was_truncated_and_has_grown_past_the_old_place_with_the_same_first_line_is_read_from_its_beginning()
    {
        _world.Append("same", "old 1");
        Look();
        using (var file = new FileStream(_world.LogPath(), FileMode.Truncate))
        {
            file.Write("same\nnew 1\nnew 2\nnew 3\n"u8);
        }

        Look();
        Assert.Equal(["same", "old 1", "same", "new 1", "new 2", "new 3"], _world.Sink.Lines);
        Assert.Equal(1, _world.Lane.Events.Truncations);
        Assert.Equal(0, _world.Ledger.Take().Lost.Bytes);
    }

    [Fact]
    public void What_was_seen_of_a_truncated_file_and_not_read_is_lost_and_counted()
    {
        _world.Sink.Judge = _ => LogShipper.Shipping.Delivery.Retry("down");
        _world.Append([.. Enumerable.Range(0, 2000).Select(i => $"line {i:0000}")]);
        Look();
        File.WriteAllText(_world.LogPath(), "");
        _world.Run(TimeSpan.FromSeconds(40));
        var lost = _world.Ledger.Take().LostByReason[(int)LogShipper.Tailing.LossReason.Truncated];
        Assert.Equal(20_000 - _world.Ledger.Take().InFlight.Bytes, lost.Bytes);
    }

    [Fact]
    public void The_older_file_is_read_before_the_newer_one()
    {
        _world.Append("1", "2");
        Rotate();
        _world.Append("3");
        Look();
        Assert.Equal(["1", "2", "3"], _world.Sink.Lines);
    }

    [Fact]
    public void Lines_that_come_late_in_a_rotated_file_are_shipped_and_counted_as_late()
    {
        _world.Append("1");
        Look();
        Rotate();
        _world.Append("2");
        Look();
        File.AppendAllText(_world.LogPath("access.log.1"), "late\n");
        Look();
        Assert.Equal(["1", "2", "late"], _world.Sink.Lines);
        Assert.Equal(1, _world.Ledger.Take().LateRecords);
    }

    [Fact]
    public void A_file_that_is_removed_before_it_was_read_is_read_through_its_handle()
    {
        _world.Sink.Judge = _ => LogShipper.Shipping.Delivery.Retry("down");
        _world.Append([.. Enumerable.Range(0, 2000).Select(i => $"line {i:0000}")]);
        Look();
        File.Delete(_world.LogPath());
        Look();
        _world.Sink.Judge = null;
        _world.Run(TimeSpan.FromMinutes(2));
        Assert.Equal(2000, _world.Sink.Lines.Count);
        Assert.Equal(0, _world.Ledger.Take().Lost.Bytes);
    }

    [Fact]
    public void A_copy_under_a_rotated_name_is_not_shipped_for_itself()
    {
        _world.Append("1");
        Look();
        File.Copy(_world.LogPath(), _world.LogPath("access.log.1"));
        _world.Append("2");
        Look();
        Assert.Equal(["1", "2"], _world.Sink.Lines);
    }

    [Fact]
    public void An_open_file_that_one_look_misses_because_it_is_renamed_meanwhile_is_no_new_content_in_the_next()
    {
        _world.Append("1");
        Look();
        Rotate();
        _world.Append("2");
        Look();
        File.Move(_world.LogPath("access.log.1"), _world.LogPath("../missed"));
        _world.Run(TimeSpan.FromSeconds(10));
        File.Move(_world.LogPath("../missed"), _world.LogPath("access.log.2"));
        Look();
        Assert.Equal(["1", "2"], _world.Sink.Lines);
        Assert.Equal(0, _world.Ledger.Take().Lost.Bytes);
    }

    private void Look() => _world.Run(TimeSpan.FromSeconds(11));

    private void Rotate() => File.Move(_world.LogPath(), _world.LogPath("access.log.1"));
}
