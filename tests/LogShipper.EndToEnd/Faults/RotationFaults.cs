namespace LogShipper.EndToEnd.Faults;

public sealed class RotationFaults : FaultTest
{
    private const string Inode = "a renamed file is followed by its inode and proved by its content, until it leaves the directory";
    private const string CopyIsProved = "the copy is proved by its content and carries on what the live file has lost";

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(10)]
    public Task The_log_is_renamed_and_reopened_later(int seconds) => PlayAsync(
        new(Part.Rename, $"renamed, {seconds} s of late lines", $"renamed under load and reopened after {seconds} s, {Scale.Of(3, 2)} times", Inode) { LinesPerSecond = 1000 },
        async () =>
        {
            await StartAsync();
            for (var rotations = 0; rotations < Scale.Of(3, 2); rotations++)
            {
                await RotateAsync(TimeSpan.FromSeconds(seconds));
                await WaitAsync(Scale.SomeLooks);
            }
        });

    [Fact]
    public Task The_log_is_renamed_while_the_receiver_is_down() => PlayAsync(
        new(Part.Rename, "renamed while the receiver is down", "renamed twice with 1 s of late lines while nobody listens", Inode) { LinesPerSecond = 2000, Listens = false },
        async () =>
        {
            await StartAsync();
            await WaitAsync(Scale.SomeLooks);
            await RotateAsync(TimeSpan.FromSeconds(1));
            await WaitAsync(Scale.SomeLooks);
            await RotateAsync(TimeSpan.FromSeconds(1));
            await WaitAsync(Scale.SomeLooks);
            await ListenAsync();
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task The_log_is_renamed_while_the_shipper_is_away(bool isKilled) => PlayAsync(
        new(Part.Rename, isKilled ? "renamed while down" : "renamed while stopped", $"{(isKilled ? "`kill -9`" : "stopped")}, renamed twice with 1 s of late lines, started again", Inode)
        {
            LinesPerSecond = 1000,
            StdoutRepeats = isKilled ? StdoutBatchLines : 0,
        },
        async () =>
        {
            await StartAsync();
            await CaughtUpAsync();
            await (isKilled ? KillAsync() : InterruptAsync());
            await GrowAsync(500);
            await RotateAsync(TimeSpan.FromSeconds(1));
            await RotateAsync(TimeSpan.FromSeconds(1));
            await StartAsync();
        });

    [Fact]
    public Task The_log_is_renamed_three_times_in_one_interval() => PlayAsync(
        new(Part.Rename, "three times in one interval", "renamed and reopened three times between two looks", "every file in the directory is read by its place in the rotation") { LinesPerSecond = 1000 },
        async () =>
        {
            await StartAsync();
            await CaughtUpAsync();
            Shipper.Signal(Signals.Stop);
            for (var rotations = 0; rotations < 3; rotations++)
            {
                await RotateAsync(TimeSpan.Zero);
            }

            Shipper.Signal(Signals.Continue);
        });

    [Fact]
    public Task The_log_is_copied_and_truncated() => PlayAsync(
        new(Part.CopyTruncate, "copytruncate", "copied and truncated under load, three times", CopyIsProved) { LinesPerSecond = 1000 },
        async () =>
        {
            await StartAsync();
            for (var rotations = 0; rotations < 3; rotations++)
            {
                await GrowAsync(1000);
                Access.CopyTruncate();
                await WaitAsync(Scale.SomeLooks);
            }
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task The_log_is_copied_and_truncated_while_the_shipper_is_away(bool isKilled) => PlayAsync(
        new(Part.CopyTruncate, isKilled ? "copytruncate while down" : "copytruncate while stopped", $"{(isKilled ? "`kill -9`" : "stopped")}, copied and truncated, started again", CopyIsProved)
        {
            LinesPerSecond = 1000,
            StdoutRepeats = isKilled ? StdoutBatchLines : 0,
        },
        async () =>
        {
            await StartAsync();
            await CaughtUpAsync();
            await (isKilled ? KillAsync() : InterruptAsync());
            await GrowAsync(1000);
            Access.CopyTruncate();
            await GrowAsync(300);
            await StartAsync();
        });

    [Fact]
    public Task The_log_is_truncated_and_grows_past_its_old_length_between_two_looks() => PlayAsync(
        new(Part.CopyTruncate, "grown past the old length", "copied, truncated and grown past the old length between two looks", "each read proves the bytes before its place; " + CopyIsProved) { LinesPerSecond = 1000 },
        async () =>
        {
            await StartAsync();
            await CaughtUpAsync();
            Shipper.Signal(Signals.Stop);
            await GrowAsync(500);
            var lines = Access.Written;
            Access.CopyTruncate();
            Access.Write(lines * 2);
            Shipper.Signal(Signals.Continue);
        });

    private async Task RotateAsync(TimeSpan late)
    {
        await GrowAsync(500);
        Access.Rename();
        await WaitAsync(late);
        Access.Reopen();
        await GrowAsync(500);
    }
}
