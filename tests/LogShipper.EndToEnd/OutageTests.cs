using LogShipper.Demo;

namespace LogShipper.EndToEnd;

public sealed class OutageTests : EndToEndTest
{
    [Fact]
    public async Task While_Elasticsearch_cannot_be_reached_stdout_goes_on_and_afterwards_everything_is_there_once()
    {
        var port = Ports.Free();
        var nginx = await StartNginxAsync();
        var shipper = await ShipAsync([.. Logs(nginx), .. ToElasticsearch(new Uri($"http://127.0.0.1:{port}")), .. ToStdout]);
        var load = new Load(nginx.Port, TimeSpan.FromMilliseconds(20));
        BulkReceiver? receiver = null;
        await load.RunUntilAsync(OutageAsync());
        await EventuallyAsync(() => receiver!.Tally.Stored >= load.Answered, "what was written during the outage is there");
        await nginx.QuitAsync();
        shipper.Signal(Signals.Terminate);
        await ExitAsync(shipper, 0);

        Contents.AssertAll(receiver!, load);
        Contents.AssertSameLines([.. LinesOf(nginx.AccessLog), .. LinesOf(nginx.ErrorLog)], LinesOf(shipper.OutputPath));
        Assert.Equal(1, shipper.Messages.Count(message => message.Contains("takes nothing now", StringComparison.Ordinal)));
        Assert.Equal(1, shipper.Messages.Count(message => message.Contains("takes records again", StringComparison.Ordinal)));

        async Task OutageAsync()
        {
            await Task.Delay(TimeSpan.FromSeconds(5));
            Assert.True(shipper.StdoutBytes > 100_000, "stdout waited for Elasticsearch");
            receiver = await StartReceiverAsync(new() { Port = port });
            await EventuallyAsync(() => receiver.Tally.Stored > 0, "the sink is found again");
        }
    }

    [Fact]
    public async Task When_the_receiver_goes_down_under_load_and_comes_back_everything_is_there_once()
    {
        var nginx = await StartNginxAsync();
        var receiver = await StartReceiverAsync();
        var shipper = await ShipAsync([.. Logs(nginx), .. ToElasticsearch(receiver)]);
        var load = new Load(nginx.Port, TimeSpan.FromMilliseconds(20));
        await load.RunUntilAsync(OutageAsync());
        await nginx.QuitAsync();
        shipper.Signal(Signals.Terminate);
        await ExitAsync(shipper, 0);

        Contents.AssertAll(receiver, load);

        async Task OutageAsync()
        {
            await EventuallyAsync(() => receiver.Tally.Stored > 500, "documents arrive");
            receiver.Fault = static _ => BulkFault.DropUnread;
            await EventuallyAsync(() => shipper.Says("takes nothing now"), "the outage is told");
            await Task.Delay(TimeSpan.FromSeconds(4));
            receiver.Fault = null;
            await EventuallyAsync(() => shipper.Says("takes records again"), "the recovery is told");
        }
    }
}
