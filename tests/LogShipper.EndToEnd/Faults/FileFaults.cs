using System.Text;

namespace LogShipper.EndToEnd.Faults;

public sealed class FileFaults : FaultTest
{
    [Fact]
    public Task The_log_is_deleted_while_it_is_written() => PlayAsync(
        new(Part.Files, "deleted", $"the log is deleted, nginx writes on into it for {Scale.SomeLooks.InWords()} and reopens it then", "the open handle is read to its end") { LinesPerSecond = 1000 },
        async () =>
        {
            await StartAsync();
            await CaughtUpAsync();
            File.Delete(Access.FilePath);
            await WaitAsync(Scale.SomeLooks);
            Access.Reopen();
            await GrowAsync(500);
        });

    [Fact]
    public Task The_log_is_deleted_while_the_shipper_is_away_and_what_is_gone_is_counted() => PlayAsync(
        new(Part.Files, "deleted while down, unread", "written, seen but not taken by the receiver, `kill -9`, deleted: what nobody can read any more is counted and told", "the loss is the deletion's; it is in the ledger, in the log and in `/status`, and an alert fires")
        {
            StdoutRepeats = StdoutBatchLines,
            Loads = false,
            Listens = false,
            LedgerLoses = "gone",
        },
        async () =>
        {
            Access.Write(2000);
            Access.Close();
            await StartAsync();
            await EventuallyAsync(() => Shipper.StdoutBytes >= new FileInfo(Access.FilePath).Length, "stdout has them", Scale.Patience);
            await WaitAsync(Scale.SomeLooks);
            var bytes = new FileInfo(Access.FilePath).Length;
            await KillAsync();
            File.Delete(Access.FilePath);
            Access.Forget(0, 2000);
            Access.Write(1000);
            await ListenAsync();
            var shipper = await StartAsync();
            await EventuallyAsync(() => shipper.Says($"bytes 0 to {bytes} of"), "the loss is told with its range", Scale.Patience);
            Note($"{bytes:N0} bytes were gone, and so many were told");
        });

    [Fact]
    public Task The_inode_of_a_deleted_log_is_used_again() => PlayAsync(
        new(Part.Files, "inode reuse", "stopped; the log is deleted and a longer one made that has its inode number; started again", "birth time, fingerprint and anchor tell contents apart, not numbers") { Loads = false },
        async () =>
        {
            Access.Write(1000);
            await StartAsync();
            await CaughtUpAsync();
            await InterruptAsync();
            var inode = InodeOf(Access.FilePath);
            Access.Close();
            File.Delete(Access.FilePath);
            var spare = new List<string>();
            var same = false;
            for (var tries = 0; tries < 2000 && !same; tries++)
            {
                var candidate = Path.Combine(LogDirectory, $"candidate{tries}");
                await File.WriteAllTextAsync(candidate, "");
                same = InodeOf(candidate) == inode;
                if (same)
                {
                    File.Move(candidate, Access.FilePath);
                }
                else
                {
                    spare.Add(candidate);
                }
            }

            spare.ForEach(File.Delete);
            Note(same ? "the number was the same" : "this file system did not give the number again");
            Access.Write(3000);
            await StartAsync();
            await CaughtUpAsync();
        });

    [Fact]
    public Task Two_logs_begin_with_one_line() => PlayAsync(
        new(Part.Files, "two logs with one first line", "two logs, and each of their rotated files, begin with the same line of over 1 KB", "the log's name and a generation are part of the id") { Loads = false },
        async () =>
        {
            var first = Encoding.ASCII.GetBytes($"192.0.2.9 - - [01/Jan/2026:00:00:00 +0000] \"GET /same HTTP/1.1\" 200 1 \"-\" \"{new string('s', 1500)}\" \"-\"\n");
            Other = new NumberedLog(Path.Combine(LogDirectory, "other.log"), "m", 0);
            for (var rotations = 0; rotations < 3; rotations++)
            {
                foreach (var log in (NumberedLog[])[Access, Other])
                {
                    log.WriteBytes(first);
                    log.Write(300);
                }

                if (rotations == 0)
                {
                    await StartAsync();
                }

                await CaughtUpAsync();
                if (rotations < 2)
                {
                    Access.Rename();
                    Access.Reopen();
                    Other.Rename();
                    Other.Reopen();
                }
            }

            await EventuallyAsync(() => Receiver.Tally.Stored == (2 * 3 * 301), "the line that begins all six is there six times", Scale.Patience);
        });

    private static string InodeOf(string path) => Privileges.Run("stat", "-c", "%i", path).Output.Trim();
}
