namespace LogShipper.EndToEnd.Faults;

public sealed class LogDirectoryFaults : FaultTest
{
    /// <summary>Longer than RotationGrace, after which what is gone is given up.</summary>
    private static TimeSpan Absence { get; } = Scale.Of(TimeSpan.FromSeconds(65), TimeSpan.FromSeconds(4));

    [Fact]
    public Task The_log_directory_is_full() => PlayAsync(
        new(Part.LogDirectory, "full", $"no room for nginx's lines for {Scale.SomeLooks.InWords()}, then there is some", "lines that nginx could not write are in no file; the line that it tore is shipped with the one that follows it") { Loads = false },
        async () =>
        {
            Privileges.NeedMounts();
            using var mounted = Privileges.Mount(LogDirectory, "32m");
            Access.Start();
            await StartAsync();
            await GrowAsync(500);
            var filler = Path.Combine(LogDirectory, "filler");
            StateFaults.Fill(filler);
            await WaitAsync(Scale.SomeLooks);
            File.Delete(filler);
            await GrowAsync(1000);
            await EndAsync();
        });

    [Fact]
    public Task The_log_cannot_be_read() => PlayAsync(
        new(Part.LogDirectory, "unreadable", $"the log is renamed, and neither the new one nor the directory may be read for {Scale.SomeLooks.InWords()}", "it is told, and waited for"),
        async () =>
        {
            if (Environment.IsPrivilegedProcess)
            {
                Under = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"];
                Assert.SkipUnless(Privileges.Run("setpriv", [.. Under[1..], "true"]).Problem is null, "rights cannot be given up here (setpriv)");
            }

            await StartAsync();
            await CaughtUpAsync();
            Access.Rename();
            Access.Reopen();
            File.SetUnixFileMode(Access.FilePath, UnixFileMode.None);
            await WaitAsync(Scale.SomeLooks);
            File.SetUnixFileMode(LogDirectory, UnixFileMode.None);
            await WaitAsync(Scale.SomeLooks);
            File.SetUnixFileMode(LogDirectory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.SetUnixFileMode(Access.FilePath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            await GrowAsync(500);
        });

    [Fact]
    public Task The_log_directory_is_gone_and_comes_back() => PlayAsync(
        new(Part.LogDirectory, "gone and back", $"the directory is moved away for {Absence.InWords()} while nginx writes on into its log, and moved back", "open files are read on; what is in the directory is proved again"),
        async () =>
        {
            await StartAsync();
            await CaughtUpAsync();
            Directory.Move(LogDirectory, LogDirectory + ".away");
            await WaitAsync(Absence);
            Directory.Move(LogDirectory + ".away", LogDirectory);
            await GrowAsync(500);
        });

    [Fact]
    public Task The_log_directory_is_unmounted_and_mounted_again() => PlayAsync(
        new(Part.LogDirectory, "remounted", $"its file system is unmounted for {Absence.InWords()}, while nginx writes on into its open log, and mounted again", "open files are read on; a file is known by device, inode, birth and content") { Loads = false },
        async () =>
        {
            Privileges.NeedMounts();
            var volume = Path.Combine(Folder, "volume");
            using var mounted = Privileges.Mount(volume, "64m");
            Privileges.Must("mount", "--bind", volume, LogDirectory);
            try
            {
                Access.Start();
                await StartAsync();
                await CaughtUpAsync();
                Privileges.Must("umount", "-l", LogDirectory);
                await WaitAsync(Absence);
                Privileges.Must("mount", "--bind", volume, LogDirectory);
                await EndAsync();
            }
            finally
            {
                Privileges.Run("umount", "-l", LogDirectory);
            }
        });
}
