using LogShipper.Shipping;
using LogShipper.Tests.Shipping;

namespace LogShipper.Tests.Tailing;

/// <summary>Lanes share looks: a file may have changed since the one that a lane goes by was taken.</summary>
public sealed class StaleLookTests : IDisposable
{
    private readonly LaneWorld _world;
    private TroubledDirectory? _directory;

    public StaleLookTests() => _world = new LaneWorld { Trouble = directory => _directory = new TroubledDirectory(directory), BatchBytes = 100 };

    public void Dispose() => _world.Dispose();

    [Fact]
    public void A_file_that_was_emptied_after_the_look_is_as_long_as_it_is_and_not_as_it_was()
    {
        string[] old = [.. Enumerable.Range(0, 100).Select(i => $"old {i:0000}")];
        _world.Sink.Judge = _ => Delivery.Retry("down");
        _world.Append(old);
        Look();
        _world.Append("seen by the look that another lane took");
        Keep("access.log");
        File.Copy(_world.LogPath(), _world.LogPath("access.log.1"));
        File.WriteAllText(_world.LogPath(), "1\n2\n");

        // It reads on before it comes to that look, and finds that the file was emptied.
        _world.Sink.Judge = null;
        _world.Run(TimeSpan.FromSeconds(5));
        Look();
        _directory!.Stale.Clear();
        Look();
        CopyAndTruncate();
        _world.Append("3");
        _world.Run(TimeSpan.FromSeconds(40));
        Assert.Equal([.. old, "seen by the look that another lane took", "1", "2", "3"], _world.Sink.Lines);
        Assert.Equal(0, _world.Ledger.Take().Lost.Bytes);
    }

    [Fact]
    public void A_file_that_is_emptied_before_its_beginning_is_taken_is_as_long_as_it_is_then()
    {
        _ = _world.Lane;
        _world.Append("never", "seen", "by", "anybody");
        _directory!.Asked = name =>
        {
            _directory.Asked = null;
            File.WriteAllText(_world.LogPath(name), "1\n");
        };
        Look();
        _directory.Asked = null;
        File.Copy(_world.LogPath(), _world.LogPath("access.log.1"));
        File.WriteAllText(_world.LogPath(), "2\n");
        _world.Run(TimeSpan.FromSeconds(40));
        Assert.Equal(["1", "2"], _world.Sink.Lines);
        Assert.Equal(0, _world.Ledger.Take().Lost.Bytes);
    }

    [Fact]
    public void What_is_missing_is_not_given_up_while_a_file_is_renamed_whenever_it_is_to_be_opened()
    {
        _world.Append("1", "2");
        Look();
        File.Copy(_world.LogPath(), _world.LogPath("access.log.1"));
        File.WriteAllText(_world.LogPath(), "3\n");
        _directory!.Renamed = "access.log.1";
        _world.Run(TimeSpan.FromSeconds(60));
        _directory.Renamed = null;
        Look();
        Assert.Equal(["1", "2", "3"], _world.Sink.Lines);
        Assert.Equal(0, _world.Ledger.Take().Lost.Bytes);
    }

    [Fact]
    public void Nobody_says_that_nothing_is_left_while_a_file_was_renamed_before_it_was_opened()
    {
        _world.Append("1");
        Look();
        File.Move(_world.LogPath(), _world.LogPath("access.log.1"));
        _world.Append("2");
        _directory!.Renamed = "access.log";
        _world.Lane.Drain(waitForQuiet: true);
        _world.Run(TimeSpan.FromSeconds(5));
        Assert.False(_world.Lane.IsDrained);

        _directory.Renamed = null;
        _world.Run(TimeSpan.FromSeconds(5));
        Assert.True(_world.Lane.IsDrained);
        Assert.Equal(["1", "2"], _world.Sink.Lines);
    }

    private void Look() => _world.Run(TimeSpan.FromSeconds(11));

    private void Keep(string name) => _directory!.Stale[name] = _directory.Look(0).Entries.Single(entry => entry.Name == name);

    private void CopyAndTruncate()
    {
        File.Move(_world.LogPath("access.log.1"), _world.LogPath("access.log.2"));
        File.Copy(_world.LogPath(), _world.LogPath("access.log.1"));
        File.WriteAllText(_world.LogPath(), "");
    }
}
