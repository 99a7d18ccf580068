namespace LogShipper.EndToEnd;

public sealed class StateLossTests : EndToEndTest
{
    private const string MadeAgain = "The state directory was removed or emptied; it is made again";

    private string AccessLog => Path.Combine(Folder, "access.log");

    private string Socket => Path.Combine(StateDirectory, "control.sock");

    private string Checkpoint => Path.Combine(StateDirectory, "access.stdout.json");

    [Theory]
    [InlineData("removed", 1)]
    [InlineData("emptied", 1)]
    [InlineData("without its socket", 0)]
    public async Task What_a_state_directory_has_lost_comes_back_and_is_told_once(string loss, int told)
    {
        WriteLines(AccessLog, 0, 10);
        var shipper = await ShipAsync([.. Log("access", AccessLog, "main"), .. ToStdout]);
        await EventuallyAsync(() => File.Exists(Socket) && File.Exists(Checkpoint), "the socket and the checkpoint are there");

        switch (loss)
        {
            case "removed":
                Directory.Delete(StateDirectory, recursive: true);
                break;
            case "emptied":
                Array.ForEach(Directory.GetFiles(StateDirectory), File.Delete);
                break;
            default:
                File.Delete(Socket);
                break;
        }

        await EventuallyAsync(() => File.Exists(Socket) && File.Exists(Checkpoint) && File.Exists(Path.Combine(StateDirectory, "lock")), "all of it is back");
        var status = LaunchUnder([], [], ["status", "--socket", Socket]);
        await ExitAsync(status, 0, TimeSpan.FromSeconds(20));
        Assert.Equal(told, shipper.Messages.Count(message => message.Contains(MadeAgain, StringComparison.Ordinal)));
        Assert.DoesNotContain(shipper.Messages, message => message.Contains("cannot reach this process", StringComparison.Ordinal));
        await StopAsync(shipper);
    }
}
