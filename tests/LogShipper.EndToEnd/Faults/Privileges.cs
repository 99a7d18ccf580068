using System.Diagnostics;

namespace LogShipper.EndToEnd.Faults;

/// <summary>What only root can do to a machine: mounts, limits, fewer rights.</summary>
internal static class Privileges
{
    private static readonly Lazy<string?> MountProblem = new(TryMount);
    private static readonly Lazy<string?> NamespaceProblem = new(() => Run("unshare", "--mount", "true").Problem);

    public static void NeedMounts() => Assert.SkipUnless(MountProblem.Value is null, $"file systems cannot be mounted here ({MountProblem.Value})");

    public static void NeedMountNamespaces() => Assert.SkipUnless(NamespaceProblem.Value is null, $"mount namespaces cannot be made here ({NamespaceProblem.Value})");

    /// <summary>A small file system of its own at this folder, until it is disposed of.</summary>
    public static Mounted Mount(string folder, string size, string more = "")
    {
        Directory.CreateDirectory(folder);
        Must("mount", "-t", "tmpfs", "-o", $"size={size}{more}", "none", folder);
        return new Mounted(folder);
    }

    public static void Must(string command, params string[] arguments)
    {
        if (Run(command, arguments).Problem is { } problem)
        {
            throw new InvalidOperationException($"{command} {string.Join(' ', arguments)}: {problem}");
        }
    }

    /// <summary>Runs a command to its end; what it complained about, or null.</summary>
    public static (string Output, string? Problem) Run(string command, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false })!;
            var output = process.StandardOutput.ReadToEnd();
            var complaint = process.StandardError.ReadToEnd().Trim();
            process.WaitForExit();
            return (output, process.ExitCode == 0 ? null : complaint.Length > 0 ? complaint : $"exit code {process.ExitCode}");
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            return ("", exception.Message);
        }
    }

    private static string? TryMount()
    {
        var folder = Directory.CreateTempSubdirectory("logshipper-mount-").FullName;
        try
        {
            using var mounted = Mount(folder, "64k");
            return null;
        }
        catch (InvalidOperationException exception)
        {
            return exception.Message;
        }
        finally
        {
            Directory.Delete(folder);
        }
    }

    internal sealed class Mounted(string folder) : IDisposable
    {
        private bool _gone;

        public void Remount(string options) => Must("mount", "-o", $"remount,{options}", folder);

        public void Dispose()
        {
            if (!_gone)
            {
                _gone = true;
                // Lazily: the shipper may have files open there.
                Must("umount", "-l", folder);
            }
        }
    }
}
