namespace LogShipper.EndToEnd;

public sealed class ReloadTests : EndToEndTest
{
    private string AccessLog => Path.Combine(Folder, "access.log");

    private string ErrorLog => Path.Combine(Folder, "error.log");

    [Fact]
    public async Task A_SIGHUP_applies_a_changed_file_and_nothing_is_lost_or_repeated()
    {
        var receiver = await StartReceiverAsync();
        WriteConfiguration(Stdout);
        WriteLines(AccessLog, 0, 1000);
        var shipper = await ShipAsync();
        await EventuallyAsync(() => shipper.StdoutBytes >= new FileInfo(AccessLog).Length, "the first lines are on stdout");

        WriteConfiguration($$"""{{Stdout}}, "es": { "Type": "elasticsearch", "Nodes": ["{{receiver.Address}}"] }""");
        shipper.Signal(Signals.Hangup);
        WriteLines(AccessLog, 1000, 1000);
        await EventuallyAsync(() => receiver.Tally.Stored == 2000, "the new sink has everything");
        WriteConfiguration($$"""{{Stdout}}, "es": { "Type": "elasticsearch", "Nodes": ["{{receiver.Address}}"], "Compression": "none" }""");
        shipper.Signal(Signals.Hangup);
        WriteLines(AccessLog, 2000, 1000);
        await EventuallyAsync(() => receiver.Tally.Stored == 3000 && shipper.Says("1 replaced"), "the sink in its place has the rest");
        await StopAsync(shipper);

        Contents.AssertOnce(receiver, Enumerable.Range(0, 3000).Select(Contents.Access));
        Assert.Equal(0, receiver.Tally.Conflicts);
        Assert.Equal(LinesOf(AccessLog), LinesOf(shipper.OutputPath));
    }

    [Fact]
    public async Task A_file_that_changes_is_applied_without_a_signal()
    {
        WriteConfiguration(Stdout);
        WriteLines(ErrorLog, 0, 10);
        var shipper = await ShipAsync();
        WriteConfiguration(Stdout, $$""", "error": { "Path": "{{ErrorLog}}", "Format": "main" }""");
        await EventuallyAsync(() => shipper.StdoutBytes >= new FileInfo(ErrorLog).Length, "the new log is on stdout");
        await StopAsync(shipper);
        Assert.Equal(LinesOf(ErrorLog), LinesOf(shipper.OutputPath));
    }

    [Fact]
    public async Task A_bad_file_is_told_with_all_its_problems_and_shipping_goes_on()
    {
        WriteConfiguration(Stdout);
        var shipper = await ShipAsync();
        WriteConfiguration("""
            "stdout": { "Typ": "stdout", "Layout": "xml" }
            """);
        shipper.Signal(Signals.Hangup);
        await EventuallyAsync(() => shipper.Says("Typ") && shipper.Says("xml"), "both problems are told");
        WriteLines(AccessLog, 0, 100);
        await EventuallyAsync(() => shipper.StdoutBytes >= new FileInfo(AccessLog).Length, "the lines are on stdout");
        await StopAsync(shipper);
        Assert.Equal(LinesOf(AccessLog), LinesOf(shipper.OutputPath));
    }

    private const string Stdout = """ "stdout": { "Type": "stdout" } """;

    private void WriteConfiguration(string sinks, string logs = "")
    {
        ConfigurationFile = Path.Combine(Folder, "logshipper.json");
        File.WriteAllText(ConfigurationFile, $$"""
            { "LogShipper": {
                "Logs": { "access": { "Path": "{{AccessLog}}", "Format": "main" }{{logs}} },
                "Sinks": { {{sinks}} } } }
            """);
    }
}
