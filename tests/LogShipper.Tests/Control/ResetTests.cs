using LogShipper.Cli;
using LogShipper.Tailing;
using LogShipper.Tests.Shipping;
using static LogShipper.Tests.Shipping.FleetWorld;

namespace LogShipper.Tests.Control;

public sealed class ResetTests
{
    [Fact]
    public async Task To_the_beginning_sends_all_of_it_again_once_that_was_confirmed()
    {
        await using var fleet = await ShippedAsync();
        string[] reset = ["reset", "--log", "access", "--sink", "out", "--to", "beginning"];
        Assert.Equal(ExitCode.Problems, await fleet.World.UntilDoneAsync(fleet.RunAsync(reset)));
        Assert.Contains("8 bytes of lines would be repeated on out; nothing was done", fleet.Error.ToString(), StringComparison.Ordinal);

        var other = fleet.World.Lane("access", "es");
        Assert.Equal(ExitCode.Success, await fleet.World.UntilDoneAsync(fleet.RunAsync([.. reset, "--yes"])));
        Assert.Contains("access to out stands at the beginning of 1 file now: 8 bytes are sent again", fleet.Error.ToString(), StringComparison.Ordinal);
        await fleet.World.UntilAsync(() => fleet.World.Sink("out").Lines.Count == 4);
        fleet.World.Append("access.log", "new");
        await fleet.World.UntilAsync(() => fleet.World.Sink("out").Lines.Count == 5 && fleet.World.Sink("es").Lines.Count == 3);

        Assert.Equal(["one", "two", "one", "two", "new"], fleet.World.Sink("out").Lines);
        Assert.Equal(["one", "two", "new"], fleet.World.Sink("es").Lines);
        Assert.Same(other, fleet.World.Lane("access", "es"));
        Assert.True(fleet.World.Lane("access", "out").Ledger.Take().Closes);
    }

    [Fact]
    public async Task A_sink_that_knows_the_ids_needs_no_confirmation()
    {
        await using var fleet = await ShippedAsync();
        Assert.Equal(ExitCode.Success, await fleet.World.UntilDoneAsync(fleet.RunAsync("reset", "--log", "access", "--sink", "es")));
        await fleet.World.UntilAsync(() => fleet.World.Sink("es").Lines.Count == 4);
    }

    [Fact]
    public async Task Rotated_files_that_were_closed_are_read_again_as_well()
    {
        await using var fleet = await ShippedAsync();
        File.Move(fleet.World.LogPath("access.log"), fleet.World.LogPath("access.log.1"));
        fleet.World.Append("access.log", "three");
        await fleet.World.UntilAsync(() => fleet.World.Sink("es").Lines.Count == 3);
        await fleet.World.UntilAsync(() => fleet.World.Lane("access", "es").OpenFiles == 1);

        Assert.Equal(ExitCode.Success, await fleet.World.UntilDoneAsync(fleet.RunAsync("reset", "--log", "access", "--sink", "es")));
        await fleet.World.UntilAsync(() => fleet.World.Sink("es").Lines.Count == 6);
        Assert.Equal(["one", "two", "three"], fleet.World.Sink("es").Lines.Skip(3));
    }

    [Fact]
    public async Task To_the_end_skips_what_is_left_and_counts_it()
    {
        await using var fleet = new RunningFleet();
        fleet.World.Make = _ => new FakeSink { Answer = FakeSink.HangAsync };
        fleet.World.Append("access.log", "one", "two");
        fleet.Start();
        await fleet.World.UntilAsync(() => fleet.World.Sink("out").Attempts == 1);
        File.AppendAllText(fleet.World.LogPath("access.log"), "three\ntorn");

        string[] reset = ["reset", "--log", "access", "--sink", "out", "--to", "end"];
        Assert.Equal(ExitCode.Problems, await fleet.World.UntilDoneAsync(fleet.RunAsync(reset)));
        Assert.Contains("would never be sent", fleet.Error.ToString(), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Success, await fleet.World.UntilDoneAsync(fleet.RunAsync([.. reset, "--yes"])));

        var ledger = fleet.World.Lane("access", "out").Ledger.Take();
        Assert.Equal("one\ntwo\nthree\n".Length, ledger.LostByReason[(int)LossReason.Skipped].Bytes);
        Assert.True(ledger.Closes);
        fleet.World.Sink("out").Answer = null;
        File.AppendAllText(fleet.World.LogPath("access.log"), " no more\n");
        await fleet.World.UntilAsync(() => fleet.World.Sink("out").Lines.Count == 1);
        Assert.Equal(["torn no more"], fleet.World.Sink("out").Lines);
    }


    [Fact]
    public async Task A_reset_to_the_end_with_nothing_to_skip_says_that_it_stands_there_already()
    {
        await using var fleet = await ShippedAsync();
        Assert.Equal(ExitCode.Success, await fleet.World.UntilDoneAsync(fleet.RunAsync("reset", "--log", "access", "--sink", "out", "--to", "end")));
        Assert.Contains("access to out stands at the end already", fleet.Error.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Two lines that both sinks have taken.</summary>
    private static async Task<RunningFleet> ShippedAsync()
    {
        var fleet = new RunningFleet();
        fleet.World.Append("access.log", "one", "two");
        fleet.Start(fleet.World.Plan(sinks: [Stdout("out"), Elasticsearch("es")]));
        await fleet.World.UntilAsync(() => fleet.World.Fleet.Lanes.All(lane => lane.Ledger.Take().Acknowledged.Records == 2 && lane.BytesBehind == 0));
        return fleet;
    }
}
