using System.Collections;
using System.Runtime.InteropServices;
using LogShipper.Tailing;

namespace LogShipper.Configuration;

/// <summary>The real machine, seen by this process.</summary>
internal sealed class ProcessSurroundings : ISurroundings
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Of a configuration, a secret or a certificate: far more than any has.</summary>
    public const int LargestFile = 4 << 20;

    public IReadOnlyDictionary<string, string> EnvironmentVariables { get; } = Environment.GetEnvironmentVariables()
        .Cast<DictionaryEntry>()
        .ToDictionary(variable => (string)variable.Key, variable => (string?)variable.Value ?? "", StringComparer.Ordinal);

    public string HostName => Environment.MachineName;

    public string FullPath(string path) => Path.GetFullPath(path);

    public byte[] ReadFile(string path)
    {
        if (PipeFault(path) is { } fault)
        {
            throw new IOException(fault);
        }

        // Its length says nothing where it is a pipe: read until it ends or is too much.
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var bytes = new MemoryStream();
        var buffer = new byte[16 << 10];
        while (file.Read(buffer) is > 0 and var read)
        {
            if (bytes.Length + read > LargestFile)
            {
                throw new IOException($"it has more than {ByteSize.Format(LargestFile)}");
            }

            bytes.Write(buffer, 0, read);
        }

        return bytes.ToArray();
    }

    public string? FileFault(string path)
    {
        if (Directory.Exists(path))
        {
            return "is a directory";
        }

        if (PipeFault(path) is { } fault)
        {
            return fault;
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
            return $"cannot be read: {ReasonOf(exception)}";
        }
    }

    /// <summary>Why a file cannot be read, without its path, which may be a secret that was typed in its place.</summary>
    public static string ReasonOf(Exception exception) => exception switch
    {
        FileNotFoundException or DirectoryNotFoundException => "it does not exist",
        UnauthorizedAccessException => "permission denied",
        PathTooLongException => "the path is too long",
        IOException { HResult: > 0 and var error } => PrintableText.Escape(Marshal.GetPInvokeErrorMessage(error)),
        IOException => PrintableText.Message(exception),
        _ => "that is no path",
    };

    /// <summary>What the shell makes of <c>&lt;(…)</c>: it has a writer, holds something once, and never changes.</summary>
    public static bool IsStreamOfShell(string path) => path.StartsWith("/dev/", StringComparison.Ordinal) || path.StartsWith("/proc/", StringComparison.Ordinal);

    /// <summary>Opening a pipe waits for somebody to write into it, for ever if nobody does.</summary>
    private static string? PipeFault(string path) =>
        !IsStreamOfShell(path) && UnixFile.Look(path, followLink: true) is { Type: UnixFileType.Other } other ? UnixFile.FaultOf(other.Type) : null;

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

            // What lies there was left by a death; a link is removed, not written through.
            File.Delete(probe);
            using (File.OpenHandle(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.DeleteOnClose))
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
