using LogShipper.Demo;

namespace LogShipper.EndToEnd;

public sealed class StateModeTests : EndToEndTest
{
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    [Fact]
    public async Task Nothing_in_the_state_directory_is_for_others_even_where_the_umask_takes_nothing()
    {
        var receiver = await StartReceiverAsync(new BulkReceiverOptions());
        receiver.ItemFault = BulkItemFault.Where(item => item.Number == 5, BulkItemFault.Unparsable);
        var log = Path.Combine(Folder, "access.log");
        WriteLines(log, 0, 100);
        string[] settings =
        [
            $"StateDirectory={StateDirectory}", "Interval=100ms", "Instance=pod", "Admin:Enabled=false", "Logs:error:Enabled=false", .. Log("access", log, "main"), .. ToElasticsearch(receiver),
        ];
        var shipper = LaunchUnder(["sh", "-c", "umask 000; exec \"$@\"", "sh"], [], [.. settings.SelectMany(setting => (string[])["--set", setting])]);
        var lettersFile = Path.Combine(StateDirectory, "access.es.deadletters.ndjson");
        await EventuallyAsync(() => receiver.Tally.Stored >= 99 && File.Exists(lettersFile) && File.Exists(Path.Combine(StateDirectory, "access.es.json")), "lines are stored and one is kept");

        // The names of other files come and go.
        string[] names = ["", "lock", "access.es.json", "access.es.deadletters.ndjson", .. Directory.GetFileSystemEntries(StateDirectory, "*.sock").Select(Path.GetFileName)!];
        Assert.True(names.Length > 4, "the control socket is there");
        Assert.All(names, name => Assert.Equal((UnixFileMode)0, File.GetUnixFileMode(Path.Combine(StateDirectory, name)) & Others));
        await StopAsync(shipper);
    }
}
