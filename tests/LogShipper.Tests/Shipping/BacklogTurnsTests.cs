namespace LogShipper.Tests.Shipping;

/// <summary>A lane with a backlog beside others, where there is one thread for all of them.</summary>
public sealed class BacklogTurnsTests
{
    [Fact]
    public async Task Between_the_turns_of_a_backlog_others_have_theirs()
    {
        const int Lines = 500;
        using var world = new LaneWorld();
        // Each of them is a batch.
        world.Append([.. Enumerable.Range(0, Lines).Select(line => $"{line} {new string('x', 3000)}")]);
        var oneThread = new TaskFactory(new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, 1).ExclusiveScheduler);
        using var begun = new ManualResetEventSlim();
        var lane = oneThread.StartNew(
            () =>
            {
                begun.Wait(TestContext.Current.CancellationToken);
                return world.Lane.RunAsync();
            },
            TestContext.Current.CancellationToken).Unwrap();
        var other = oneThread.StartNew(() => world.Sink.Lines.Count, TestContext.Current.CancellationToken);
        begun.Set();

        Assert.InRange(await other, 1, Lines - 1);
        world.Lane.Drain(waitForQuiet: false);
        await lane;
        Assert.Equal(Lines, world.Sink.Lines.Count);
    }
}
