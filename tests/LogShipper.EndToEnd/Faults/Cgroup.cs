using System.Globalization;

namespace LogShipper.EndToEnd.Faults;

/// <summary>A control group with a limit of memory, of version 2 or 1.</summary>
internal sealed class Cgroup : IDisposable
{
    private static int _made;

    private readonly string _folder;
    private readonly bool _isUnified;

    private Cgroup(string folder, bool isUnified)
    {
        _folder = folder;
        _isUnified = isUnified;
    }

    /// <summary>A command that becomes another one inside of the group.</summary>
    public string[] Under => ["sh", "-c", $"echo $$ > '{_folder}/cgroup.procs' && exec \"$0\" \"$@\""];

    /// <summary>Processes that the kernel killed for their memory.</summary>
    public long Kills =>
        File.ReadLines(Path.Combine(_folder, _isUnified ? "memory.events" : "memory.oom_control"))
            .Where(static line => line.StartsWith("oom_kill ", StringComparison.Ordinal))
            .Sum(static line => long.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture));

    public static Cgroup Make(string limit)
    {
        var isUnified = File.Exists("/sys/fs/cgroup/cgroup.controllers");
        var root = isUnified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory";
        var folder = Path.Combine(root, $"logshipper-{Environment.ProcessId}-{Interlocked.Increment(ref _made)}");
        try
        {
            Directory.CreateDirectory(folder);
            var group = new Cgroup(folder, isUnified);
            File.WriteAllText(Path.Combine(folder, isUnified ? "memory.max" : "memory.limit_in_bytes"), limit);
            return group;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder);
            }

            Assert.Skip($"control groups with a limit of memory cannot be made here ({exception.Message})");
            throw;
        }
    }

    /// <summary>Lowers the limit to a little more than nothing.</summary>
    public void Squeeze()
    {
        try
        {
            File.WriteAllText(Path.Combine(_folder, _isUnified ? "memory.max" : "memory.limit_in_bytes"), "4M");
        }
        catch (IOException)
        {
            // Version 1 refuses what cannot be reclaimed: a little less at a time, until the process asks for more.
            var used = long.Parse(File.ReadAllText(Path.Combine(_folder, "memory.usage_in_bytes")), CultureInfo.InvariantCulture);
            try
            {
                File.WriteAllText(Path.Combine(_folder, "memory.limit_in_bytes"), (used + 4096).ToString(CultureInfo.InvariantCulture));
            }
            catch (IOException)
            {
                // It has grown meanwhile: at the next try.
            }
        }
    }

    public void Dispose()
    {
        for (var tries = 0; tries < 50; tries++)
        {
            try
            {
                Directory.Delete(_folder);
                return;
            }
            catch (IOException)
            {
                // A process in it is still ending.
                Thread.Sleep(100);
            }
        }
    }
}
