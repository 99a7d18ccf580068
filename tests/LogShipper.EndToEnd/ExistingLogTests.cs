namespace LogShipper.EndToEnd;

public sealed class ExistingLogTests : EndToEndTest
{
    private const int Lines = 1_000_000;

    [Fact]
    public async Task A_log_of_a_million_lines_reaches_stdout_exactly_once_and_is_followed_and_a_second_start_prints_nothing_old()
    {
        var log = Path.Combine(Folder, "access.log");
        WriteLines(log, 0, Lines);
        var shipper = await ShipAsync([.. Log("access", log, "main"), .. ToStdout]);
        await EventuallyAsync(() => shipper.StdoutBytes >= new FileInfo(log).Length, "the existing lines are on stdout");
        WriteLines(log, Lines, 1000);
        await EventuallyAsync(() => shipper.StdoutBytes >= new FileInfo(log).Length, "the new lines are on stdout");
        await StopAsync(shipper);
        Assert.True(File.ReadAllBytes(log).AsSpan().SequenceEqual(File.ReadAllBytes(shipper.OutputPath)), "stdout is not, byte for byte, the log");

        var second = await ShipAsync([.. Log("access", log, "main"), .. ToStdout]);
        WriteLines(log, Lines + 1000, 1);
        await EventuallyAsync(() => second.StdoutBytes > 0, "the line that was written after the restart is on stdout");
        await StopAsync(second);
        Assert.Equal(LinesOf(log)[^1] + "\n", await File.ReadAllTextAsync(second.OutputPath, TestContext.Current.CancellationToken));
    }
}
