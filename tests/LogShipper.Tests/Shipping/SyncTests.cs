using LogShipper.Shipping;

namespace LogShipper.Tests.Shipping;

/// <summary>How often a lane whose sink shows repeated records makes its position durable.</summary>
public sealed class SyncTests
{
    [Fact]
    public void Each_batch_is_saved_before_the_next_one_is_sent_and_only_some_saves_are_synced()
    {
        var state = new CountingState();
        using var world = new LaneWorld { State = state, BatchBytes = 256 };
        world.Append([.. Enumerable.Range(0, 1000).Select(i => $"line {i:000}")]);
        var saves = new List<int>();
        world.Sink.Judge = _ =>
        {
            saves.Add(state.Synced + state.Unsynced);
            return null;
        };
        world.Lane.TakeTurn();

        // The first is of the file that was never seen; then each batch has the former one's position on disk.
        Assert.Equal(Enumerable.Range(1, saves.Count), saves);
        Assert.True(saves.Count > 20);
        Assert.Equal(1, state.Synced);
    }

    [Fact]
    public void What_was_saved_without_being_synced_is_synced_within_a_quarter_of_a_second()
    {
        var state = new CountingState();
        using var world = new LaneWorld { State = state, BatchBytes = 256 };
        world.Append([.. Enumerable.Range(0, 100).Select(i => $"line {i:000}")]);
        var pause = world.Lane.TakeTurn();
        Assert.True(state.LastWasUnsynced);
        Assert.InRange(pause, TimeSpan.Zero, TimeSpan.FromMilliseconds(250));

        world.Time.Advance(TimeSpan.FromMilliseconds(250));
        world.Lane.TakeTurn();
        Assert.False(state.LastWasUnsynced);
        var synced = state.Synced;
        world.Run(TimeSpan.FromSeconds(5));
        Assert.Equal(synced, state.Synced);
    }

    [Fact]
    public void The_last_save_of_a_lane_is_synced()
    {
        var state = new CountingState();
        using (var world = new LaneWorld { State = state, BatchBytes = 256 })
        {
            world.Append([.. Enumerable.Range(0, 100).Select(i => $"line {i:000}")]);
            world.Lane.TakeTurn();
            Assert.True(state.LastWasUnsynced);
        }

        Assert.False(state.LastWasUnsynced);
    }

    private sealed class CountingState : IStateDirectory
    {
        public int Synced { get; private set; }

        public int Unsynced { get; private set; }

        public bool LastWasUnsynced { get; private set; }

        public byte[]? Read(string name) => null;

        public void Replace(string name, ReadOnlySpan<byte> bytes)
        {
            Synced++;
            LastWasUnsynced = false;
        }

        public void ReplaceUnsynced(string name, ReadOnlySpan<byte> bytes)
        {
            Unsynced++;
            LastWasUnsynced = true;
        }

        public void Append(string name, ReadOnlySpan<byte> bytes)
        {
        }

        public void SetAside(string name)
        {
        }
    }
}
