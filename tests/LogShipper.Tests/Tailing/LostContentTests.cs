using System.IO.Compression;
using LogShipper.Shipping;
using LogShipper.Tailing;
using LogShipper.Tests.Shipping;

namespace LogShipper.Tests.Tailing;

/// <summary>Contents that have lost their file: what is told of them, what finds them again, and what must not be taken for them.</summary>
public sealed class LostContentTests : IDisposable
{
    private const int Bytes = 20_000;

    private readonly LaneWorld _world;
    private TroubledDirectory? _directory;

    public LostContentTests() => _world = new LaneWorld { Trouble = directory => _directory = new TroubledDirectory(directory) { Spoilt = _spoilt, Refused = _refused } };

    private string? _spoilt;
    private string? _refused;

    private long Lost => _world.Ledger.Take().Lost.Bytes;

    public void Dispose() => _world.Dispose();

    [Fact]
    public void What_was_in_flight_of_a_lost_content_is_told_to_be_lost_by_the_lane_that_goes_on()
    {
        TruncateInFlight();
        _world.Replace();
        _world.Run(TimeSpan.FromSeconds(40));
        Assert.Equal(Bytes, Lost);
        Assert.True(_world.Ledger.Take().Closes);
    }

    [Fact]
    public void What_was_in_flight_of_a_lost_content_is_told_to_be_lost_by_the_next_process()
    {
        TruncateInFlight();
        _world.Kill();
        _world.Run(TimeSpan.FromSeconds(40));
        Assert.Equal(Bytes, Lost);
    }

    [Fact]
    public void What_was_in_flight_of_a_lost_content_and_is_delivered_after_all_is_not_lost()
    {
        TruncateInFlight();
        var lost = Lost;
        _world.Sink.Judge = null;
        _world.Run(TimeSpan.FromMinutes(2));
        Assert.Equal(Bytes - lost, _world.Sink.Lines.Sum(line => line.Length + 1));
        Assert.Equal(lost, Lost);
        _world.Kill();
        _world.Run(TimeSpan.FromSeconds(40));
        Assert.Equal(lost, Lost);
    }

    [Fact]
    public void A_closed_file_that_one_look_misses_is_no_new_content_in_the_next()
    {
        _world.Append("1");
        Look();
        Rotate();
        _world.Append("2");
        _world.Run(TimeSpan.FromSeconds(60));
        Assert.Equal(1, _world.Lane.OpenFiles);

        File.Move(_world.LogPath("access.log.1"), _world.LogPath("../missed"));
        _world.Run(TimeSpan.FromSeconds(10));
        File.Move(_world.LogPath("../missed"), _world.LogPath("access.log.2"));
        Look();
        Assert.Equal(["1", "2"], _world.Sink.Lines);
    }

    [Fact]
    public void Another_logs_file_that_has_the_inode_number_of_a_closed_one_is_not_read()
    {
        _world.Append("1");
        _ = _world.Lane;
        var number = new FileIdentity(1, 4711, BirthNanoseconds: 0);
        _directory!.Identities["access.log"] = number;
        Look();
        Rotate();
        _directory.Identities.Remove("access.log");
        _directory.Identities["access.log.1"] = number;
        _world.Append("2");
        _world.Run(TimeSpan.FromSeconds(60));

        File.Delete(_world.LogPath("access.log.1"));
        _directory.Identities.Remove("access.log.1");
        _directory.Identities["other.log"] = number;
        File.WriteAllText(_world.LogPath("other.log"), "of another log\n");
        _world.Run(TimeSpan.FromSeconds(40));
        Assert.Equal(["1", "2"], _world.Sink.Lines);
        Assert.Equal(0, Lost);
    }

    [Fact]
    public void A_copy_that_has_the_inode_number_of_a_compressed_file_that_is_gone_is_not_that_files_content()
    {
        File.WriteAllText(_world.LogPath(), "2026");
        Look();
        Rotate();
        var number = new FileIdentity(1, 4711, BirthNanoseconds: 0);
        _directory!.Identities["access.log"] = new FileIdentity(1, 4712, BirthNanoseconds: 0);
        _world.Append("2026 a", "2026 b");
        _world.Run(TimeSpan.FromSeconds(60));
        Compress("access.log.1");
        var before = _directory;
        _world.Kill();
        _directory.Identities["access.log"] = before.Identities["access.log"];
        _directory.Identities["access.log.1.gz"] = number;
        _world.Run(TimeSpan.FromSeconds(60));
        Assert.Equal(["2026", "2026 a", "2026 b"], _world.Sink.Lines);

        File.Delete(_world.LogPath("access.log.1.gz"));
        File.Copy(_world.LogPath(), _world.LogPath("access.log.1"));
        _directory.Identities["access.log.1"] = number;
        _world.Run(TimeSpan.FromSeconds(60));
        Assert.Equal(["2026", "2026 a", "2026 b"], _world.Sink.Lines);
        Assert.Equal(0, Lost);
    }

    [Fact]
    public void A_compressed_file_that_the_disk_refuses_is_told_and_read_as_soon_as_it_gives_it()
    {
        _world.Sink.Judge = _ => Delivery.Retry("down");
        _world.Append("1", "2");
        Look();
        Compress();
        _spoilt = "access.log.1.gz";
        _world.Kill();
        _world.Sink.Judge = null;
        _world.Append("3");
        _world.Run(TimeSpan.FromSeconds(40));
        Assert.Equal(["3"], _world.Sink.Lines);
        Assert.Equal("access.log.1.gz: the disk failed", _world.Lane.Events.ReadProblem);

        _directory!.Spoilt = null;
        Look();
        Assert.Equal(["3", "1", "2"], _world.Sink.Lines);
        Assert.Equal(0, Lost);
    }

    [Fact]
    public void A_copy_is_known_as_one_where_the_clock_was_set_back_since_its_original_was_made()
    {
        _world.Append("1");
        _ = _world.Lane;
        _directory!.Identities["access.log"] = new FileIdentity(1, 1, Nanoseconds(_world.Time.GetUtcNow() + TimeSpan.FromHours(5)));
        Look();
        File.Copy(_world.LogPath(), _world.LogPath("access.log.1"));
        _directory.Identities["access.log.1"] = new FileIdentity(1, 2, Nanoseconds(_world.Time.GetUtcNow()));
        _world.Append("2");
        Look();
        Assert.Equal(["1", "2"], _world.Sink.Lines);
    }

    [Fact]
    public void A_file_that_cannot_be_read_stops_no_other_and_is_read_on_as_soon_as_it_can_be()
    {
        _world.Append("1");
        Look();
        Rotate();
        _world.Append("2");
        Look();
        File.AppendAllText(_world.LogPath("access.log.1"), "late\n");
        _spoilt = "access.log.1";
        _world.Kill();
        _world.Append("3");
        _world.Run(TimeSpan.FromSeconds(40));
        Assert.Equal(["1", "2", "3"], _world.Sink.Lines);
        Assert.Equal("access.log.1: the disk failed", _world.Lane.Events.ReadProblem);

        _directory!.Spoilt = null;
        Look();
        Assert.Equal(["1", "2", "3", "late"], _world.Sink.Lines);
        Assert.Null(_world.Lane.Events.ReadProblem);
        Assert.Equal(0, Lost);
    }

    [Fact]
    public void A_new_file_that_cannot_be_read_stops_no_other()
    {
        _spoilt = "access.log.1";
        File.WriteAllText(_world.LogPath("access.log.1"), "1\n");
        _world.Append("2");
        _world.Run(TimeSpan.FromSeconds(40));
        Assert.Equal(["2"], _world.Sink.Lines);
        Assert.Equal("access.log.1: the disk failed", _world.Lane.Events.ReadProblem);

        _directory!.Spoilt = null;
        Look();
        Assert.Equal(["2", "1"], _world.Sink.Lines);
    }

    [Fact]
    public void What_is_missing_is_not_given_up_while_a_file_cannot_be_read_that_may_hold_it()
    {
        _world.Append("1");
        Look();
        Rotate();
        _world.Append("2");
        _world.Run(TimeSpan.FromSeconds(60));

        // A copy in the inode of a file that was closed.
        File.WriteAllText(_world.LogPath("access.log.1"), "2\nnot read\n");
        File.WriteAllText(_world.LogPath(), "");
        _directory!.Spoilt = "access.log.1";
        _world.Run(TimeSpan.FromSeconds(40));
        _directory.Spoilt = null;
        _world.Append("3");
        Look();
        Assert.Equal(["1", "2", "not read", "3"], _world.Sink.Lines);
        Assert.Equal(0, Lost);
    }

    [Fact]
    public void A_copy_is_known_as_one_though_its_original_cannot_be_opened()
    {
        _world.Append("1");
        Look();
        CopyAndTruncate();
        _refused = "access.log";
        _world.Kill();
        _world.Run(TimeSpan.FromSeconds(40));
        Assert.Equal(["1"], _world.Sink.Lines);

        _directory!.Refused = null;
        _world.Append("2");
        Look();
        Assert.Equal(["1", "2"], _world.Sink.Lines);
    }

    [Fact]
    public void A_copy_is_known_as_one_though_the_look_that_shows_it_misses_its_original()
    {
        _world.Append("1");
        Look();
        File.Copy(_world.LogPath(), _world.LogPath("access.log.1"));
        File.Move(_world.LogPath(), _world.LogPath("../missed"));
        _world.Run(TimeSpan.FromSeconds(10));
        File.Move(_world.LogPath("../missed"), _world.LogPath());
        _world.Append("2");
        Look();
        Assert.Equal(["1", "2"], _world.Sink.Lines);
        Assert.Equal(0, Lost);
    }

    [Fact]
    public void A_copy_that_could_not_be_read_is_known_as_one_though_its_emptied_original_is_gone_when_it_can_be()
    {
        _world.Append("1");
        Look();
        CopyAndTruncate();
        _spoilt = "access.log.1";
        _world.Kill();
        Look();
        File.Delete(_world.LogPath());
        _world.Run(TimeSpan.FromSeconds(60));
        _directory!.Spoilt = null;
        _world.Run(TimeSpan.FromSeconds(40));
        Assert.Equal(["1"], _world.Sink.Lines);
        Assert.Equal(0, Lost);
    }

    [Fact]
    public void A_copy_that_could_not_be_read_is_known_as_one_though_it_was_compressed_when_it_can_be()
    {
        _world.Append("1", "2");
        Look();
        CopyAndTruncate();
        _spoilt = "access.log.1";
        _world.Kill();
        Look();
        Compress("access.log.1");
        Look();
        _directory!.Spoilt = null;
        _world.Run(TimeSpan.FromSeconds(40));
        Assert.Equal(["1", "2"], _world.Sink.Lines);
        Assert.Equal(0, Lost);
    }

    [Fact]
    public void A_compressed_file_of_a_known_content_is_no_continuation_of_a_torn_line_that_it_begins_with()
    {
        _world.Append("2026 of another content");
        Look();
        Rotate();
        File.WriteAllText(_world.LogPath(), "2026");
        _world.Run(TimeSpan.FromSeconds(60));
        Compress("access.log.1");
        _world.Run(TimeSpan.FromSeconds(60));

        File.Move(_world.LogPath("access.log.1.gz"), _world.LogPath("access.log.2.gz"));
        Rotate();
        _world.Append("live");
        _world.Run(TimeSpan.FromSeconds(40));
        File.Delete(_world.LogPath("access.log.1"));
        _world.Kill();
        _world.Run(TimeSpan.FromSeconds(40));
        Assert.Equal(["2026 of another content", "2026", "live"], _world.Sink.Lines);
    }

    [Fact]
    public void One_look_that_misses_a_file_gives_nothing_up_though_none_could_be_taken_for_long()
    {
        _world.Append("1");
        Look();
        _world.Kill();
        TakeNoLooks();
        File.Move(_world.LogPath(), _world.LogPath("../missed"));
        _world.Run(TimeSpan.FromSeconds(10));
        File.Move(_world.LogPath("../missed"), _world.LogPath());
        _world.Append("2");
        Look();
        Assert.Equal(["1", "2"], _world.Sink.Lines);
        Assert.Equal(0, Lost);
    }

    [Fact]
    public void A_closed_file_that_is_missed_before_and_after_an_outage_is_no_new_content()
    {
        _world.Append("1");
        Look();
        Rotate();
        _world.Append("2");
        _world.Run(TimeSpan.FromSeconds(60));

        File.Move(_world.LogPath("access.log.1"), _world.LogPath("../missed"));
        _world.Run(TimeSpan.FromSeconds(10));
        TakeNoLooks();
        _world.Run(TimeSpan.FromSeconds(10));
        File.Move(_world.LogPath("../missed"), _world.LogPath("access.log.2"));
        Look();
        Assert.Equal(["1", "2"], _world.Sink.Lines);
        Assert.Equal(0, Lost);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_file_with_two_names_that_was_emptied_and_has_grown_again_is_the_live_one_and_has_its_copy(bool linkIsFirst)
    {
        _world.Append("old");
        Look();
        _directory!.Link = ("access.log.2", "access.log", linkIsFirst);
        File.WriteAllText(_world.LogPath(), "new 1\n");
        File.Copy(_world.LogPath(), _world.LogPath("access.log.1"));
        _world.Append("new 2");
        Look();
        Assert.Equal(["old", "new 1", "new 2"], _world.Sink.Lines);
        Assert.Equal(0, _world.Lane.Events.Rotations);
    }

    private static long Nanoseconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks * 100;

    /// <summary>The sink is down, a batch is in flight, and what it was read from is gone for longer than the grace.</summary>
    [Fact]
    public void A_copy_is_kept_until_all_it_has_is_settled_where_nobody_can_see_what_became_of_its_original()
    {
        _world.Sink.Judge = _ => Delivery.Retry("down");
        string[] lines = [.. Enumerable.Range(0, Bytes / 10).Select(i => $"line {i:0000}")];
        _world.Append(lines);
        Look();
        File.Copy(_world.LogPath(), _world.LogPath("access.log.1"));
        Look();
        _directory!.Spoilt = "access.log";
        string[] others = [.. lines.Select(line => $"other {line}")];
        File.WriteAllLines(_world.LogPath(), others);
        Look();
        File.Delete(_world.LogPath("access.log.1"));
        _world.Run(TimeSpan.FromSeconds(60));

        _directory.Spoilt = null;
        _world.Sink.Judge = null;
        _world.Run(TimeSpan.FromMinutes(2));
        Assert.Equal([.. lines, .. others], _world.Sink.Lines);
        Assert.Equal(0, Lost);
    }

    private void TruncateInFlight()
    {
        _world.Sink.Judge = _ => Delivery.Retry("down");
        _world.Append([.. Enumerable.Range(0, Bytes / 10).Select(i => $"line {i:0000}")]);
        Look();
        File.WriteAllText(_world.LogPath(), "");
        _world.Run(TimeSpan.FromSeconds(40));
        Assert.InRange(Lost, 1, Bytes - 1);
    }

    private void Look() => _world.Run(TimeSpan.FromSeconds(11));

    [Fact]
    public void A_copy_is_known_as_one_though_the_first_look_of_a_process_misses_its_original()
    {
        _world.Append("1");
        Look();
        CopyAndTruncate();
        File.Move(_world.LogPath(), _world.LogPath("../missed"));
        _world.Kill();
        _world.Run(TimeSpan.FromSeconds(9));
        File.Move(_world.LogPath("../missed"), _world.LogPath());
        _world.Append("2");
        Look();
        Assert.Equal(["1", "2"], _world.Sink.Lines);
        Assert.Equal(0, Lost);
    }

    [Fact]
    public void A_file_that_may_be_a_copy_and_gets_the_live_name_is_read()
    {
        _world.Append("1");
        Look();
        File.WriteAllText(_world.LogPath("access.log.1"), "1\n");
        File.Delete(_world.LogPath());
        _world.Kill();
        Look();
        Assert.Equal(["1"], _world.Sink.Lines);

        // The look before has missed this name of it.
        File.Move(_world.LogPath("access.log.1"), _world.LogPath());
        _world.Append("2");
        _world.Run(TimeSpan.FromMinutes(2));
        Assert.Equal(["1", "1", "2"], _world.Sink.Lines);
        Assert.Equal(0, Lost);
    }

    [Fact]
    public void A_file_that_begins_as_a_content_does_that_is_in_a_compressed_file_is_read_after_a_restart()
    {
        _world.Sink.Judge = _ => Delivery.Retry("down");
        _world.Append("the same", "1", "2");
        Look();
        Compress();
        _world.Kill();
        _world.Sink.Judge = null;
        Look();
        Assert.Equal(["the same", "1", "2"], _world.Sink.Lines);

        File.Move(_world.LogPath("access.log.1.gz"), _world.LogPath("access.log.2.gz"));
        File.WriteAllText(_world.LogPath("access.log.1"), "the same\n3\n");
        _world.Kill();
        _world.Append("live");
        _world.Run(TimeSpan.FromSeconds(60));
        Assert.Equal(["the same", "1", "2", "live", "the same", "3"], _world.Sink.Lines);
        Assert.Equal(0, Lost);
    }

    [Fact]
    public void A_copy_that_is_shorter_than_what_was_read_is_found_once_and_closed()
    {
        _world.Append("1", "2", "3");
        Look();
        File.WriteAllText(_world.LogPath("access.log.1"), "1\n2\n");
        File.WriteAllText(_world.LogPath(), "");
        _world.Run(TimeSpan.FromMinutes(10));
        Assert.Equal(1, _world.Lane.Events.Truncations);
        Assert.Equal(1, _world.Lane.OpenFiles);
        Assert.Equal(["1", "2", "3"], _world.Sink.Lines);
    }

    [Fact]
    public void A_copy_that_waited_and_is_removed_when_all_it_had_was_read_is_not_lost()
    {
        _world.Append("1");
        Look();
        _directory!.Spoilt = "access.log";
        File.Copy(_world.LogPath(), _world.LogPath("access.log.1"));
        Look();
        _directory.Spoilt = null;
        _world.Run(TimeSpan.FromSeconds(60));
        File.WriteAllText(_world.LogPath(), "");
        Look();
        File.Delete(_world.LogPath("access.log.1"));
        _world.Run(TimeSpan.FromSeconds(60));
        Assert.Equal(["1"], _world.Sink.Lines);
        Assert.Equal(0, Lost);
    }

    [Fact]
    public void A_copy_of_a_live_file_that_was_never_opened_waits_until_it_can_be()
    {
        _refused = "access.log";
        _ = _world.Lane;
        _world.Append("1");
        File.Copy(_world.LogPath(), _world.LogPath("access.log.1"));
        BornIn(("access.log", 1), ("access.log.1", 2));
        _world.Run(TimeSpan.FromSeconds(40));
        Assert.Empty(_world.Sink.Lines);

        _directory!.Refused = null;
        _world.Append("2");
        Look();
        Assert.Equal(["1", "2"], _world.Sink.Lines);
        Assert.Equal(0, Lost);
    }

    [Fact]
    public void A_rotated_file_does_not_wait_for_a_live_file_that_cannot_be_opened_and_is_younger()
    {
        _refused = "access.log";
        _ = _world.Lane;
        _world.Append("2");
        File.WriteAllText(_world.LogPath("access.log.1"), "1\n");
        BornIn(("access.log.1", 1), ("access.log", 2));
        _world.Run(TimeSpan.FromSeconds(40));
        Assert.Equal(["1"], _world.Sink.Lines);
    }

    [Fact]
    public void A_copy_that_was_made_and_its_original_emptied_before_that_had_an_id_is_read()
    {
        _world.Append();
        Look();
        // The look that shows the copy is taken as the first line is written.
        _directory!.Stale["access.log"] = _directory.Look(0).Entries.Single();
        _world.Append("1");
        File.Copy(_world.LogPath(), _world.LogPath("access.log.1"));
        Look();
        _directory.Stale.Clear();
        File.WriteAllText(_world.LogPath(), "");
        _world.Run(TimeSpan.FromSeconds(60));
        Assert.Equal(["1"], _world.Sink.Lines);
        Assert.Equal(0, Lost);
    }

    [Fact]
    public void What_went_missing_between_two_looks_is_not_given_up_by_the_first_that_misses_it()
    {
        using var world = new LaneWorld { Interval = TimeSpan.FromSeconds(30) };
        string[] lines = [.. Enumerable.Range(0, Bytes / 10).Select(i => $"line {i:0000}")];
        world.Append(lines);
        world.Sink.Judge = _ => Delivery.Retry("down");
        world.Run(TimeSpan.FromSeconds(1));
        File.Copy(world.LogPath(), world.LogPath("../missed"));
        File.WriteAllText(world.LogPath(), "");
        world.Sink.Judge = null;
        world.Run(TimeSpan.FromSeconds(30));
        File.Move(world.LogPath("../missed"), world.LogPath("access.log.1"));
        world.Run(TimeSpan.FromSeconds(60));
        Assert.Equal(lines, world.Sink.Lines);
        Assert.Equal(0, world.Ledger.Take().Lost.Bytes);
    }

    [Fact]
    public void A_copy_is_known_as_one_though_its_emptied_original_could_only_be_listed_before_it_was_gone()
    {
        _world.Append("1");
        Look();
        CopyAndTruncate();
        _refused = "access.log";
        _world.Kill();
        Look();
        File.Delete(_world.LogPath());
        _world.Run(TimeSpan.FromSeconds(60));
        Assert.Equal(["1"], _world.Sink.Lines);
        Assert.Equal(0, Lost);
    }

    [Fact]
    public void What_may_be_a_copy_waits_until_the_missing_content_is_found_or_given_up()
    {
        _world.Append("1");
        Look();
        File.Copy(_world.LogPath(), _world.LogPath("access.log.1"));
        File.WriteAllText(_world.LogPath(), "2 of another content\n");
        File.Move(_world.LogPath(), _world.LogPath("access.log.2"));
        _spoilt = "access.log.2";
        _world.Kill();
        _world.Run(TimeSpan.FromSeconds(40));

        // A look that sees neither, long after the restart.
        File.Move(_world.LogPath("access.log.1"), _world.LogPath("../copy"));
        File.Move(_world.LogPath("access.log.2"), _world.LogPath("../original"));
        _world.Run(TimeSpan.FromSeconds(10));
        File.Move(_world.LogPath("../copy"), _world.LogPath("access.log.1"));
        File.Move(_world.LogPath("../original"), _world.LogPath("access.log.2"));
        _directory!.Spoilt = null;
        _world.Run(TimeSpan.FromSeconds(40));
        Assert.Equal(["1", "2 of another content"], _world.Sink.Lines);
        Assert.Equal(0, Lost);
    }

    [Fact]
    public void A_copy_is_known_as_one_though_its_emptied_original_was_rotated_and_cannot_be_read()
    {
        _world.Append("1", "2");
        Look();
        _directory!.Spoilt = "access.log";
        File.Copy(_world.LogPath(), _world.LogPath("access.log.2"));
        File.WriteAllText(_world.LogPath(), "another content\n");
        Rotate();
        _world.Append();
        Look();
        Assert.Equal(["1", "2"], _world.Sink.Lines);

        _directory.Spoilt = null;
        _world.Run(TimeSpan.FromSeconds(40));
        Assert.Equal(["1", "2", "another content"], _world.Sink.Lines);
        Assert.Equal(0, Lost);
    }

    [Fact]
    public void A_copy_is_known_as_one_though_its_original_could_not_be_read_before_it_was_emptied_and_has_grown_beyond_what_was_read()
    {
        _world.Append("1");
        Look();
        _directory!.Spoilt = "access.log";
        _world.Append("2", "3", "4");
        Look();
        File.Copy(_world.LogPath(), _world.LogPath("access.log.1"));
        File.WriteAllText(_world.LogPath(), "5 6\n");
        Look();
        Assert.Equal(["1"], _world.Sink.Lines);

        _directory.Spoilt = null;
        _world.Run(TimeSpan.FromSeconds(40));
        Assert.Equal(["1", "2", "3", "4", "5 6"], _world.Sink.Lines);
        Assert.Equal(0, Lost);
    }

    [Fact]
    public void A_removed_file_that_holds_another_content_of_the_same_length_is_read()
    {
        _world.Append("1");
        Look();
        File.WriteAllText(_world.LogPath(), "2\n");
        File.Delete(_world.LogPath());
        _world.Run(TimeSpan.FromSeconds(40));
        Assert.Equal(["1", "2"], _world.Sink.Lines);
        Assert.Equal(0, Lost);
    }

    private void BornIn(params (string Name, int Hour)[] files)
    {
        foreach (var (name, hour) in files)
        {
            _directory!.Identities[name] = new FileIdentity(1, (ulong)hour, Nanoseconds(_world.Time.GetUtcNow() - TimeSpan.FromHours(24 - hour)));
        }
    }

    private void TakeNoLooks()
    {
        var logs = Path.GetDirectoryName(_world.LogPath())!;
        Directory.Move(logs, $"{logs}.away");
        _world.Run(TimeSpan.FromSeconds(40));
        Directory.Move($"{logs}.away", logs);
    }

    private void CopyAndTruncate()
    {
        File.Copy(_world.LogPath(), _world.LogPath("access.log.1"));
        File.WriteAllText(_world.LogPath(), "");
    }

    private void Rotate() => File.Move(_world.LogPath(), _world.LogPath("access.log.1"));

    private void Compress(string name = "access.log")
    {
        using (var output = new GZipStream(File.Create(_world.LogPath("access.log.1.gz")), CompressionLevel.Fastest))
        {
            output.Write(File.ReadAllBytes(_world.LogPath(name)));
        }

        File.Delete(_world.LogPath(name));
    }
}
