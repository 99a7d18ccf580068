using System.Globalization;
using LogShipper.Demo;

namespace LogShipper.EndToEnd.Faults;

public sealed class MachineFaults : FaultTest
{
    private static readonly string[] FakeTime =
        ["/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1", "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1"];

    [Theory]
    [InlineData(-1, "back")]
    [InlineData(1, "forward")]
    public Task The_clock_is_set_by_a_day(int days, string where) => PlayAsync(
        new(Part.Machine, $"clock set {where} by a day", $"the wall clock jumps {where} by a day under load, while requests are refused, and again to where it was; a rotation after each jump", "positions know no time; pauses are measured by the monotonic clock"),
        async () =>
        {
            var library = Array.Find(FakeTime, File.Exists);
            Assert.SkipUnless(library is not null, "libfaketime is not installed (apt-get install libfaketime)");
            var clock = Path.Combine(Folder, "clock");
            await File.WriteAllTextAsync(clock, "+0\n");
            Surroundings.AddRange([("LD_PRELOAD", library!), ("FAKETIME_TIMESTAMP_FILE", clock), ("FAKETIME_NO_CACHE", "1"), ("FAKETIME_DONT_FAKE_MONOTONIC", "1"), ("FAKETIME_DONT_RESET", "1")]);
            await StartAsync();
            await CaughtUpAsync();
            foreach (var offset in (string[])[$"{days:+0;-0}d", "+0"])
            {
                Receiver.Fault = BulkFault.EveryNth(2, BulkFault.Status(503));
                await GrowAsync(200);
                await File.WriteAllTextAsync(clock, offset + "\n");
                await GrowAsync(200);
                Access.Rename();
                Access.Reopen();
                await WaitAsync(Scale.SomeLooks);
                Receiver.Fault = null;
                await CaughtUpAsync();
            }

            var today = DateTimeOffset.UtcNow.AddDays(days).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            Note(Shipper.Messages.Any(message => message.Contains(today, StringComparison.Ordinal)) ? "the process saw the other day" : "");
            Assert.True(Shipper.Messages.Any(message => message.Contains(today, StringComparison.Ordinal)), $"the process has not seen {today}\n{Describe()}");
        });

    [Fact]
    public Task It_runs_out_of_file_descriptors() => PlayAsync(
        new(Part.Machine, "out of file descriptors", $"the process may open no more files for {Scale.Outage.InWords()}, its connections are closed and the log is renamed meanwhile", "it is told, and tried again"),
        async () =>
        {
            Assert.SkipUnless(Privileges.Run("prlimit", "--version").Problem is null, "prlimit is not there");
            await StartAsync();
            await CaughtUpAsync();
            Limit("0:4096");
            Receiver.Fault = static _ => BulkFault.DropUnread;
            await WaitAsync(Scale.Outage / 2);
            Access.Rename();
            Access.Reopen();
            await WaitAsync(Scale.Outage / 2);
            Receiver.Fault = null;
            await WaitAsync(Scale.Outage / 2);
            Limit("4096:4096");
            await GrowAsync(500);

            void Limit(string soft) => Privileges.Must("prlimit", $"--pid={Shipper.Id}", $"--nofile={soft}");
        });

    [Fact]
    public Task It_catches_up_within_the_memory_of_the_Pod() => PlayAsync(
        new(Part.Machine, "memory limit of the Pod", $"a cgroup of 128 MiB, as in `k8s/webserver-pod.yaml`: the receiver is down, {Scale.Of(400_000, 40_000):N0} lines wait, then all of them go out at once", "MemoryBudget bounds what is held, however much waits") { Listens = false },
        async () =>
        {
            using var group = Cgroup.Make("128M");
            Under = group.Under;
            Access.Write(Scale.Of(400_000, 40_000));
            await StartAsync();
            await WaitAsync(Scale.Outage);
            await ListenAsync();
            await CaughtUpAsync();
            Note($"peak memory of the process {ReceiverFaults.PeakMegabytes(Shipper.Id)} MB, its memory limit hit {group.Kills} times");
            Assert.Equal(0, group.Kills);
            await EndAsync();
        });

    [Fact]
    public Task It_is_killed_for_its_memory() => PlayAsync(
        new(Part.Machine, "memory limit reached", $"the limit falls under what the process needs, {Scale.Of(5, 2)} times: the kernel kills it; started again", "as `kill -9`: on stdout the batch that was being written")
        {
            LinesPerSecond = 2000,
            StdoutRepeats = Scale.Of(5, 2) * StdoutBatchLines,
        },
        async () =>
        {
            for (var kills = 0; kills < Scale.Of(5, 2); kills++)
            {
                using var group = Cgroup.Make("128M");
                Under = group.Under;
                var shipper = await StartAsync();
                await GrowAsync(1000);
                // What it has is taken away, too: the kernel cannot reclaim it, there is no swap, and something has to give.
                group.Squeeze();
                await EventuallyAsync(
                    () =>
                    {
                        group.Squeeze();
                        return shipper.HasExited;
                    },
                    "the kernel kills the process",
                    Scale.Patience);
                await ExitAsync(shipper, 128 + Signals.Kill);
            }

            Under = [];
            await StartAsync();
        });
}
