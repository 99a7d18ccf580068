using System.Collections;

namespace LogShipper.Configuration;

/// <summary>The real machine, seen by this process.</summary>
internal sealed class ProcessSurroundings : ISurroundings
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public IReadOnlyDictionary<string, string> EnvironmentVariables { get; } = Environment.GetEnvironmentVariables()
        .Cast<DictionaryEntry>()
        .ToDictionary(variable => (string)variable.Key, variable => (string?)variable.Value ?? "", StringComparer.Ordinal);

    public string HostName => Environment.MachineName;

    public string FullPath(string path) => Path.GetFullPath(path);

    public byte[] ReadFile(string path) => File.ReadAllBytes(path);

    public string? FileFault(string path)
    {
        if (Directory.Exists(path))
        {
            return "is a directory";
        }

        try
        {
            using var file = File.OpenHandle(path);
            return null;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException || path.Length == 0)
        {
            return "does not exist";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            return $"cannot be read: {PrintableText.Message(exception)}";
        }
    }

    public string? WritableDirectoryFault(string path)
    {
        // Writing is tried, not deduced: a mode says nothing of a read-only mount, a quota or a security module.
        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(path);
            }
            else
            {
                Directory.CreateDirectory(path, OwnerOnly);
            }

            var probe = Path.Combine(path, $".probe-{Environment.ProcessId}");
            using (File.OpenHandle(probe, FileMode.Create, FileAccess.Write, FileShare.None, FileOptions.DeleteOnClose))
            {
                return null;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            return $"cannot be written: {PrintableText.Message(exception)}";
        }
    }
}
