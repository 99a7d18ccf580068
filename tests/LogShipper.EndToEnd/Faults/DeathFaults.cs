using LogShipper.Demo;

namespace LogShipper.EndToEnd.Faults;

public sealed class DeathFaults : FaultTest
{
    private const string OneBatch = "ids in Elasticsearch; on stdout the batch that was being written, at most 64 KiB for each kill";
    private const int Seed = 20261123;

    private static int Kills { get; } = Scale.Of(200, 20);

    [Fact]
    public Task It_is_killed_at_random_moments_under_load() => PlayAsync(
        new(Part.Death, $"killed {Kills} times", $"`kill -9` at random moments, {Kills} times, 2,000 lines a second", OneBatch) { LinesPerSecond = 2000, StdoutRepeats = (long)Kills * StdoutBatchLines },
        async () =>
        {
            var random = new Random(Seed);
            for (var kill = 0; kill < Kills; kill++)
            {
                LaunchShipper();
                await WaitAsync(TimeSpan.FromMilliseconds(random.Next(20, kill % 4 == 0 ? 2500 : 900)));
                await KillAsync();
            }

            await StartAsync();
        });

    [Fact]
    public Task It_is_killed_while_the_log_is_renamed_all_the_time() => PlayAsync(
        new(Part.Death, $"killed {Kills / 2} times amid rotations", $"`kill -9` at random moments, {Kills / 2} times, while the log is renamed and reopened every {Scale.Of("second", "200 ms")}", "a file that a look missed because it was being renamed is still known at the next one")
        {
            LinesPerSecond = 2000,
            StdoutRepeats = (long)Kills / 2 * StdoutBatchLines,
        },
        async () =>
        {
            var random = new Random(Seed);
            var killing = KillingAsync();
            // logrotate keeps so many here.
            for (var rotations = 0; rotations < 200 && !killing.IsCompleted; rotations++)
            {
                await WaitAsync(TimeSpan.FromMilliseconds(Scale.Of(1000, 200)));
                Access.Rename();
                Access.Reopen();
            }

            await killing;
            await StartAsync();

            async Task KillingAsync()
            {
                for (var kill = 0; kill < Kills / 2; kill++)
                {
                    LaunchShipper();
                    await WaitAsync(TimeSpan.FromMilliseconds(random.Next(50, 900)));
                    await KillAsync();
                }
            }
        });

    [Fact]
    public Task It_is_killed_three_times_in_mid_flight() => PlayAsync(
        new(Part.Death, "killed three times", "`kill -9` three times, each while a request is under way, 2,000 lines a second", OneBatch) { LinesPerSecond = 2000, StdoutRepeats = 3 * StdoutBatchLines },
        async () =>
        {
            Receiver.Fault = static _ => BulkFault.Slow(TimeSpan.FromMilliseconds(50));
            Access.Write(10_000);
            for (var kill = 0; kill < 3; kill++)
            {
                await StartAsync();
                var requests = Receiver.Tally.Requests;
                await EventuallyAsync(() => Receiver.Tally.Requests > requests + 2, "requests are under way", Scale.Patience);
                await KillAsync();
                await GrowAsync(4000);
            }

            Receiver.Fault = null;
            await StartAsync();
        });

    [Fact]
    public Task It_is_killed_while_the_receiver_is_down() => PlayAsync(
        new(Part.Death, "killed while the receiver is down", "`kill -9` twice while nobody listens", OneBatch) { LinesPerSecond = 2000, StdoutRepeats = 2 * StdoutBatchLines, Listens = false },
        async () =>
        {
            for (var kill = 0; kill < 2; kill++)
            {
                await StartAsync();
                await WaitAsync(Scale.SomeLooks);
                await KillAsync();
            }

            await StartAsync();
            await WaitAsync(Scale.SomeLooks);
            await ListenAsync();
        });

    [Fact]
    public Task It_is_stopped_by_SIGTERM_under_load_again_and_again() => PlayAsync(
        new(Part.Death, "SIGTERM under load", $"stopped and started {Scale.Of(10, 3)} times while nginx goes on writing", "the drain ends at a saved position") { LinesPerSecond = 1000 },
        async () =>
        {
            for (var stops = 0; stops < Scale.Of(10, 3); stops++)
            {
                await StartAsync();
                await WaitAsync(Scale.Of(TimeSpan.FromSeconds(3), TimeSpan.FromMilliseconds(400)));
                if (stops % 2 == 0)
                {
                    await InterruptAsync();
                }
                else
                {
                    // nginx has the log open, so the drain goes on until its time is over.
                    Shipper.Signal(Signals.Terminate);
                    Assert.True(await Shipper.ExitedAsync(TimeSpan.FromSeconds(40)) is 0 or 3, Shipper.Describe());
                }
            }

            await StartAsync();
        });

    [Fact]
    public Task It_is_stopped_by_SIGTERM_with_the_receiver_down() => PlayAsync(
        new(Part.Death, "SIGTERM with the receiver down", "stopped while nobody listens: it ends within 25 s, with exit code 3; then started again", "what is left stands in the checkpoint") { Listens = false },
        async () =>
        {
            await StartAsync();
            await EventuallyAsync(() => Shipper.Says("takes nothing now"), "the outage is told", Scale.Patience);
            Shipper.Signal(Signals.Terminate);
            await ExitAsync(Shipper, 3, TimeSpan.FromSeconds(29));
            await StartAsync();
            await ListenAsync();
        });

    [Fact]
    public Task It_is_told_twice_to_stop() => PlayAsync(
        new(Part.Death, "SIGTERM twice", "the receiver keeps a stored request unanswered; the second SIGTERM ends the process at once, with exit code 3", "ids: what was stored is known") { StdoutRepeats = StdoutBatchLines },
        async () =>
        {
            Receiver.Fault = static _ => BulkFault.Slow(TimeSpan.FromMinutes(2));
            await GrowAsync(200);
            await StartAsync();
            await EventuallyAsync(() => Receiver.Tally.Requests > 0, "a request is under way", Scale.Patience);
            Shipper.Signal(Signals.Terminate);
            await WaitAsync(TimeSpan.FromSeconds(1));
            Shipper.Signal(Signals.Terminate);
            await ExitAsync(Shipper, 3, TimeSpan.FromSeconds(5));
            Receiver.Fault = null;
            await StartAsync();
        });

    [Fact]
    public Task It_is_frozen() => PlayAsync(
        new(Part.Machine, "process frozen", $"SIGSTOP for {Frozen.InWords()} under load, a rotation meanwhile", "it goes on where it was"),
        async () =>
        {
            await StartAsync();
            await CaughtUpAsync();
            Shipper.Signal(Signals.Stop);
            await WaitAsync(Frozen / 2);
            Access.Rename();
            Access.Reopen();
            await WaitAsync(Frozen / 2);
            Shipper.Signal(Signals.Continue);
        });

    private static TimeSpan Frozen { get; } = Scale.Of(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(10));
}
