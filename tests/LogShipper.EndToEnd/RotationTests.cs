namespace LogShipper.EndToEnd;

public sealed class RotationTests : EndToEndTest
{
    [Fact]
    public async Task Nothing_is_lost_or_repeated_when_the_log_is_rotated_by_rename_and_USR1_under_load()
    {
        var nginx = await StartNginxAsync();
        var receiver = await StartReceiverAsync();
        var shipper = await ShipAsync([.. Logs(nginx), .. ToElasticsearch(receiver), .. ToStdout]);
        var load = SlowLoad(nginx);
        await load.RunUntilAsync(RotateAsync());
        await FinishAsync(nginx, shipper);

        Contents.AssertAll(receiver, load);
        Assert.Equal(0, receiver.Tally.Conflicts);
        Contents.AssertSameLines([.. LinesOf(nginx.AccessLog), .. LinesOf(nginx.ErrorLog)], LinesOf(shipper.OutputPath));

        async Task RotateAsync()
        {
            for (var rotations = 0; rotations < 4; rotations++)
            {
                await GrowAsync(nginx.AccessLog);
                Rotation.Shift(nginx.AccessLog);
                Rotation.Shift(nginx.ErrorLog);
                nginx.Reopen();
                await GrowAsync(nginx.AccessLog);
            }
        }
    }

    [Fact]
    public async Task A_log_that_was_rotated_twice_in_one_interval_and_whose_new_file_is_still_empty_is_shipped_once()
    {
        var log = Path.Combine(Folder, "access.log");
        var receiver = await StartReceiverAsync();
        WriteLines(log, 0, 100);
        var shipper = await ShipAsync([.. Log("access", log, "main"), .. ToElasticsearch(receiver), .. ToStdout]);
        await EventuallyAsync(() => receiver.Tally.Stored >= 100, "the first lines are there");
        shipper.Signal(Signals.Stop);
        Rotation.Shift(log);
        WriteLines(log, 100, 100);
        Rotation.Shift(log);
        await File.WriteAllTextAsync(log, "", TestContext.Current.CancellationToken);
        shipper.Signal(Signals.Continue);
        await EventuallyAsync(() => receiver.Tally.Stored >= 200, "the lines of the file in between are there", TimeSpan.FromSeconds(20));
        WriteLines(log, 200, 100);
        await EventuallyAsync(() => receiver.Tally.Stored >= 300, "the lines of the new file are there", TimeSpan.FromSeconds(20));
        await StopAsync(shipper);

        Contents.AssertOnce(receiver, Enumerable.Range(0, 300).Select(Contents.Access));
        Assert.Equal(LinesOf(log), LinesOf(shipper.OutputPath));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_log_that_was_rotated_while_the_shipper_was_stopped_is_continued_where_it_was(bool isCompressed)
    {
        var nginx = await StartNginxAsync();
        var receiver = await StartReceiverAsync();
        var first = await ShipAsync([.. Logs(nginx), .. ToElasticsearch(receiver), .. ToStdout]);
        var load = new Load(nginx.Port);
        await load.RunAsync(2000);
        await StopAsync(first);

        await load.RunAsync(2000);
        Rotation.Shift(nginx.AccessLog);
        nginx.Reopen();
        // By the master and both workers: who compresses a file that is still written loses lines.
        await EventuallyAsync(() => LinesOf(nginx.ErrorLog).Count(line => line.Contains("reopening logs", StringComparison.Ordinal)) >= 3, "nginx has reopened its logs");
        await load.RunAsync(2000);
        if (isCompressed)
        {
            Rotation.Compress(nginx.AccessLog + ".1");
        }

        var second = await ShipAsync([.. Logs(nginx), .. ToElasticsearch(receiver), .. ToStdout]);
        await load.RunAsync(2000);
        // Beyond RotationGrace, when what was read is let go of, and some looks more.
        await Task.Delay(TimeSpan.FromSeconds(2.5), TestContext.Current.CancellationToken);
        await FinishAsync(nginx, second);

        Contents.AssertAll(receiver, load);
        Assert.Equal(0, receiver.Tally.Conflicts);
        Contents.AssertSameLines([.. LinesOf(nginx.AccessLog), .. LinesOf(nginx.ErrorLog)], [.. LinesOf(first.OutputPath), .. LinesOf(second.OutputPath)]);
        Assert.False(second.Says("truncated"), second.Describe());
    }

    private static Load SlowLoad(Nginx nginx, int missingEvery = 20) => new(nginx.Port, TimeSpan.FromMilliseconds(20), missingEvery);

    private async Task GrowAsync(string log)
    {
        var length = Length();
        await EventuallyAsync(() => Length() > length || length > 100_000, $"{log} grows");

        long Length() => new FileInfo(log) is { Exists: true } file ? file.Length : 0;
    }

    private async Task FinishAsync(Nginx nginx, ShipperProcess shipper)
    {
        await nginx.QuitAsync();
        shipper.Signal(Signals.Terminate);
        await ExitAsync(shipper, 0);
    }
}
