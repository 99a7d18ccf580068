namespace LogShipper.EndToEnd.Faults;

public sealed class StateFaults : FaultTest
{
    private const string WholeLog = "ids make reading again harmless; stdout repeats what stands in the log";

    [Fact]
    public Task The_state_directory_is_lost_while_down() => PlayAsync(
        new(Part.State, "lost while down", "`kill -9`, the state directory is deleted, started again", WholeLog) { StdoutRepeats = int.MaxValue },
        async () =>
        {
            await StartAsync();
            await CaughtUpAsync();
            await KillAsync();
            Directory.Delete(StateDirectory, recursive: true);
            await StartAsync();
        });

    [Fact]
    public Task The_state_directory_is_lost_while_running() => PlayAsync(
        new(Part.State, "lost while running", "the state directory is deleted under the running process, which is killed later on", "it is made anew with all positions") { StdoutRepeats = StdoutBatchLines },
        async () =>
        {
            await StartAsync();
            await CaughtUpAsync();
            await EventuallyAsync(TryDelete, "the state directory is deleted");
            await WaitAsync(Scale.SomeLooks);
            await CaughtUpAsync();
            await KillAsync();
            await StartAsync();
        });

    [Fact]
    public Task The_state_directory_becomes_read_only() => PlayAsync(
        new(Part.State, "read-only", $"its file system becomes read-only under load for {Scale.SomeLooks.InWords()}, then writable again; `kill -9` at the end", "positions in memory until it can be written") { StdoutRepeats = StdoutBatchLines },
        async () =>
        {
            Privileges.NeedMounts();
            using var mounted = Privileges.Mount(StateDirectory, "1m");
            await StartAsync();
            await CaughtUpAsync();
            // What is open for writing there keeps it from becoming read-only: a bind mount has a flag of its own.
            Privileges.Must("mount", "--bind", StateDirectory, StateDirectory);
            Privileges.Must("mount", "-o", "remount,bind,ro", StateDirectory);
            try
            {
                await WaitAsync(Scale.SomeLooks);
                await EventuallyAsync(() => Shipper.Says("cannot be written"), "the problem is told", Scale.Patience);
                await CaughtUpAsync();
            }
            finally
            {
                Privileges.Must("umount", "-l", StateDirectory);
            }

            await EventuallyAsync(() => Times("is written again") == Times("cannot be written"), "the recovery is told", Scale.Patience);
            await KillAsync();
            await StartAsync();
            await EndAsync();
        });

    [Fact]
    public Task The_state_directory_is_full() => PlayAsync(
        new(Part.State, "full", $"its file system is full under load for {Scale.SomeLooks.InWords()}, then has room; `kill -9` at the end", "positions in memory until it can be written") { StdoutRepeats = StdoutBatchLines },
        async () =>
        {
            Privileges.NeedMounts();
            using var mounted = Privileges.Mount(StateDirectory, "64k");
            await StartAsync();
            await CaughtUpAsync();
            var filler = Path.Combine(StateDirectory, "filler");
            Fill(filler);
            await EventuallyAsync(() => Shipper.Says("cannot be written"), "the problem is told", Scale.Patience);
            await WaitAsync(Scale.SomeLooks);
            await CaughtUpAsync();
            File.Delete(filler);
            await EventuallyAsync(() => Times("is written again") == Times("cannot be written"), "the recovery is told", Scale.Patience);
            await KillAsync();
            await StartAsync();
            await EndAsync();
        });

    [Fact]
    public Task The_checkpoints_are_corrupted_byte_by_byte() => PlayAsync(
        new(Part.State, "corrupted byte by byte", $"{Scale.Of(100, 6)} starts, each with another byte of both checkpoints changed", "a hash shows it; the checkpoint is set aside. " + WholeLog) { StdoutRepeats = int.MaxValue, Loads = false },
        async () =>
        {
            Access.Write(50);
            await StartAsync();
            await CaughtUpAsync();
            await InterruptAsync();
            var starts = Scale.Of(100, 6);
            for (var start = 0; start < starts; start++)
            {
                foreach (var path in Directory.GetFiles(StateDirectory, "*.json"))
                {
                    var bytes = await File.ReadAllBytesAsync(path);
                    bytes[(int)((long)start * bytes.Length / starts)] ^= (byte)(1 << (start % 8));
                    await File.WriteAllBytesAsync(path, bytes);
                }

                Access.Write(2);
                await StartAsync();
                await CaughtUpAsync();
                await InterruptAsync();
                Assert.True(Shipper.Says("checkpoint cannot be used"), Shipper.Describe());
            }

            await StartAsync();
        });

    /// <summary>False: the shipper has just written something there.</summary>
    private bool TryDelete()
    {
        try
        {
            Directory.Delete(StateDirectory, recursive: true);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private int Times(string what) => Shipper.Messages.Count(message => message.Contains(what, StringComparison.Ordinal));

    internal static void Fill(string path)
    {
        using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        var block = new byte[4096];
        try
        {
            while (file.Length < 64_000_000)
            {
                file.Write(block);
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }
}
