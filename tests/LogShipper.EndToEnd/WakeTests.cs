namespace LogShipper.EndToEnd;

/// <summary>The kernel wakes the shipper: with an interval of an hour nothing else does.</summary>
public sealed class WakeTests : EndToEndTest
{
    [Fact]
    public async Task Lines_before_in_and_after_a_rotation_are_delivered_long_before_the_interval_is_over()
    {
        var nginx = await StartNginxAsync();
        var receiver = await StartReceiverAsync();
        var shipper = await ShipAsync(
            [.. Log("access", nginx.AccessLog, "main"), .. ToElasticsearch(receiver), "Interval=1h", "Logs:access:Wake=inotify"]);
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{nginx.Port}") };
        var requests = 0;
        for (var round = 0; round < 3; round++)
        {
            await RequestAsync();
            await DeliveredAsync();
            Rotation.Shift(nginx.AccessLog);

            // Written into the file that was renamed.
            await RequestAsync();
            nginx.Reopen();
            await EventuallyAsync(() => File.Exists(nginx.AccessLog), "nginx opens its log anew");
            await RequestAsync();
            await DeliveredAsync();
        }

        await StopAsync(shipper);
        Assert.Equal((9, 0), ((int)receiver.Tally.Stored, (int)receiver.Tally.Conflicts));

        async Task RequestAsync()
        {
            using var answer = await client.GetAsync(new Uri($"/n/{requests++}", UriKind.Relative), TestContext.Current.CancellationToken);
            answer.EnsureSuccessStatusCode();
        }

        Task DeliveredAsync() => EventuallyAsync(() => receiver.Tally.Stored >= requests, $"{requests} lines are delivered");
    }

    [Fact]
    public async Task A_log_that_appears_where_a_glob_looks_is_delivered_long_before_the_interval_is_over()
    {
        var receiver = await StartReceiverAsync();
        var shipper = await ShipAsync(
            [.. Log("sites", Path.Combine(Folder, "sites/*/access.log"), "main"), .. ToElasticsearch(receiver), "Interval=1h", "Logs:sites:Wake=inotify"]);
        Directory.CreateDirectory(Path.Combine(Folder, "sites/shop"));
        WriteLines(Path.Combine(Folder, "sites/shop/access.log"), 0, 10);
        await EventuallyAsync(() => receiver.Tally.Stored >= 10, "the lines of the new site are delivered");
        await StopAsync(shipper);
        Contents.AssertOnce(receiver, Enumerable.Range(0, 10).Select(Contents.Access));
    }
}
