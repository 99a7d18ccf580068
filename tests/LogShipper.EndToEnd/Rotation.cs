using System.IO.Compression;

namespace LogShipper.EndToEnd;

/// <summary>What logrotate does.</summary>
internal static class Rotation
{
    /// <summary>The log is moved to .1, the older ones one further.</summary>
    public static void Shift(string log)
    {
        for (var age = 200; age > 0; age--)
        {
            if (File.Exists($"{log}.{age}"))
            {
                File.Move($"{log}.{age}", $"{log}.{age + 1}");
            }
        }

        File.Move(log, $"{log}.1");
    }

    public static void Compress(string path)
    {
        using (var source = File.OpenRead(path))
        using (var target = new GZipStream(File.Create(path + ".gz"), CompressionLevel.Fastest))
        {
            source.CopyTo(target);
        }

        File.Delete(path);
    }
}
