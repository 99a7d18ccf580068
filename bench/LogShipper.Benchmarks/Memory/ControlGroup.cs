using System.Globalization;

namespace LogShipper.Benchmarks.Memory;

/// <summary>A control group of its own for one process, of version 1 or 2, limited in memory and processor. Root is needed.</summary>
internal sealed class ControlGroup : IDisposable
{
    private const string Root = "/sys/fs/cgroup";
    private const int PeriodMicroseconds = 100_000;

    private static readonly string[] Events = ["memory.events", "memory.oom_control"];

    private readonly List<string> _folders = [];

    /// <param name="memoryMebibytes">0: no limit.</param>
    /// <param name="cores">0: no limit.</param>
    public ControlGroup(int memoryMebibytes, double cores)
    {
        var name = $"logshipper-memory-{Environment.ProcessId}";
        var quota = (int)(cores * PeriodMicroseconds);
        if (IsUnified)
        {
            File.WriteAllText(Path.Combine(Root, "cgroup.subtree_control"), "+memory +cpu");
            var folder = Make(Path.Combine(Root, name));
            Set(folder, "memory.max", memoryMebibytes > 0 ? Bytes(memoryMebibytes) : "max");
            Set(folder, "memory.swap.max", "0");
            Set(folder, "cpu.max", quota > 0 ? $"{quota} {PeriodMicroseconds}" : "max");
            return;
        }

        if (memoryMebibytes > 0)
        {
            Set(Make(Path.Combine(Root, "memory", name)), "memory.limit_in_bytes", Bytes(memoryMebibytes));
        }

        if (quota > 0)
        {
            var folder = Make(Path.Combine(Root, "cpu", name));
            Set(folder, "cpu.cfs_period_us", PeriodMicroseconds.ToString(CultureInfo.InvariantCulture));
            Set(folder, "cpu.cfs_quota_us", quota.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <summary>Why there can be none here; null: there can.</summary>
    public static string? Problem => !File.Exists(IsUnified ? $"{Root}/cgroup.subtree_control" : $"{Root}/memory/cgroup.procs")
        ? "no control groups under /sys/fs/cgroup"
        : Environment.UserName != "root" ? "control groups need root" : null;

    private static bool IsUnified => File.Exists($"{Root}/cgroup.controllers");

    /// <summary>What a shell does to step in, before it becomes the program.</summary>
    public string Entry => string.Concat(_folders.Select(folder => $"echo $$ > {folder}/cgroup.procs; "));

    /// <summary>How often a process in it was killed for want of memory.</summary>
    public int Kills()
    {
        var lines = _folders.SelectMany(folder => Events.Select(file => Path.Combine(folder, file))).Where(File.Exists).SelectMany(File.ReadLines);
        return lines.Where(line => line.StartsWith("oom_kill ", StringComparison.Ordinal)).Sum(line => int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture));
    }

    public void Dispose()
    {
        foreach (var folder in _folders)
        {
            // The kernel needs a moment to let its last process go.
            for (var attempt = 0; attempt < 50 && Directory.Exists(folder); attempt++)
            {
                try
                {
                    Directory.Delete(folder);
                }
                catch (IOException)
                {
                    Thread.Sleep(20);
                }
            }
        }
    }

    private static string Bytes(int mebibytes) => ((long)mebibytes << 20).ToString(CultureInfo.InvariantCulture);

    private static void Set(string folder, string file, string value)
    {
        var path = Path.Combine(folder, file);
        if (File.Exists(path))
        {
            File.WriteAllText(path, value);
        }
    }

    private string Make(string folder)
    {
        Directory.CreateDirectory(folder);
        _folders.Add(folder);
        return folder;
    }
}
