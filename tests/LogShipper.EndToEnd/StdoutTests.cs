namespace LogShipper.EndToEnd;

public sealed class StdoutTests : EndToEndTest
{
    private const int Lines = 20_000;

    private string AccessLog => Path.Combine(Folder, "access.log");

    [Fact]
    public async Task When_the_reader_of_stdout_is_gone_and_there_is_no_other_sink_it_ends_with_3_at_once()
    {
        WriteLines(AccessLog, 0, Lines);
        var shipper = await ShipAsync(Reading.Nothing, [.. Log("access", AccessLog, "main"), .. ToStdout]);
        shipper.CloseStdout();
        await ExitAsync(shipper, 3, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task When_the_reader_of_stdout_is_gone_the_other_sink_goes_on()
    {
        var receiver = await StartReceiverAsync();
        WriteLines(AccessLog, 0, Lines);
        var shipper = await ShipAsync(Reading.Nothing, [.. Log("access", AccessLog, "main"), .. ToElasticsearch(receiver), .. ToStdout]);
        shipper.CloseStdout();
        await EventuallyAsync(() => shipper.Says("its reader is gone"), "the end of stdout is told");
        WriteLines(AccessLog, Lines, 10);
        await EventuallyAsync(() => receiver.Tally.Stored >= Lines + 10, "the other sink goes on");
        await StopAsync(shipper, expected: 3);
        Contents.AssertOnce(receiver, Enumerable.Range(0, Lines + 10).Select(Contents.Access));
    }

    [Fact]
    public async Task A_stdout_that_nobody_reads_stops_neither_the_other_sink_nor_the_probes_nor_the_end()
    {
        var port = Ports.Free();
        var receiver = await StartReceiverAsync();
        WriteLines(AccessLog, 0, Lines);
        var shipper = await ShipAsync(
            Reading.Nothing, [.. Log("access", AccessLog, "main"), .. ToElasticsearch(receiver), .. ToStdout, "Admin:Enabled=true", $"Admin:Port={port}", "Admin:Address=127.0.0.1", "DrainTimeout=2s"]);
        await EventuallyAsync(() => receiver.Tally.Stored >= Lines, "the other sink has everything");
        WriteLines(AccessLog, Lines, 10);
        await EventuallyAsync(() => receiver.Tally.Stored >= Lines + 10, "the other sink goes on");
        using var client = new HttpClient();
        Assert.Equal("alive\n", await client.GetStringAsync(new Uri($"http://127.0.0.1:{port}/livez"), TestContext.Current.CancellationToken));
        Assert.Equal("ready\n", await client.GetStringAsync(new Uri($"http://127.0.0.1:{port}/readyz"), TestContext.Current.CancellationToken));
        shipper.Signal(Signals.Terminate);
        await ExitAsync(shipper, 3, TimeSpan.FromSeconds(5));
        Contents.AssertOnce(receiver, Enumerable.Range(0, Lines + 10).Select(Contents.Access));
    }

    [Fact]
    public async Task A_reader_of_stdout_that_comes_late_finds_every_line_once_and_in_order()
    {
        var receiver = await StartReceiverAsync();
        WriteLines(AccessLog, 0, Lines);
        var shipper = await ShipAsync(Reading.Nothing, [.. Log("access", AccessLog, "main"), .. ToElasticsearch(receiver), .. ToStdout]);
        await EventuallyAsync(() => receiver.Tally.Stored >= Lines, "the other sink has everything");
        shipper.ReadStdout();
        await EventuallyAsync(() => shipper.StdoutBytes >= new FileInfo(AccessLog).Length, "everything is on stdout");
        await StopAsync(shipper);
        Assert.Equal(LinesOf(AccessLog), LinesOf(shipper.OutputPath));
    }
}
