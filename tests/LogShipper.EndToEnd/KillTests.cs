namespace LogShipper.EndToEnd;

public sealed class KillTests : EndToEndTest
{
    /// <summary>What one batch to stdout holds at most.</summary>
    private const long StdoutBatchBytes = 64 * 1024;

    [Fact]
    public async Task Killed_again_and_again_under_load_it_loses_nothing_and_repeats_at_most_the_batch_on_its_way_to_stdout()
    {
        const int Kills = 4;
        var nginx = await StartNginxAsync();
        var receiver = await StartReceiverAsync();
        var outputs = new List<ShipperProcess>();
        var load = new Load(nginx.Port, TimeSpan.FromMilliseconds(20));
        await load.RunUntilAsync(KillAsync());
        await nginx.QuitAsync();
        outputs[^1].Signal(Signals.Terminate);
        await ExitAsync(outputs[^1], 0);

        Contents.AssertAll(receiver, load);
        AssertStdout(nginx.AccessLog, outputs, Kills, line => line.Contains("HTTP/1.1\" ", StringComparison.Ordinal) && !line.Contains(" [error] ", StringComparison.Ordinal));
        AssertStdout(nginx.ErrorLog, outputs, Kills, line => line.Length > 10 && line[4] == '/' && line[7] == '/');

        async Task KillAsync()
        {
            for (var kills = 0; kills <= Kills; kills++)
            {
                var shipper = await ShipAsync([.. Logs(nginx), .. ToElasticsearch(receiver), .. ToStdout]);
                outputs.Add(shipper);
                var requests = receiver.Tally.Requests;
                await EventuallyAsync(() => shipper.StdoutBytes > 100_000 && receiver.Tally.Requests > requests + 3, "it ships again");
                if (kills < Kills)
                {
                    shipper.Signal(Signals.Kill);
                    await ExitAsync(shipper, 128 + Signals.Kill);
                }
            }
        }
    }

    [Fact]
    public async Task Killed_while_the_log_is_rotated_again_and_again_it_loses_nothing_and_Elasticsearch_has_every_document_once()
    {
        const int Kills = 5;
        var nginx = await StartNginxAsync();
        var receiver = await StartReceiverAsync();
        var outputs = new List<ShipperProcess>();
        var load = new Load(nginx.Port, TimeSpan.FromMilliseconds(20));
        var rotating = true;
        await load.RunUntilAsync(Task.WhenAll(KillAsync(), RotateAsync()));
        await nginx.QuitAsync();
        outputs[^1].Signal(Signals.Terminate);
        await ExitAsync(outputs[^1], 0);

        Contents.AssertAll(receiver, load);
        AssertStdout(nginx.AccessLog, outputs, Kills, line => line.Contains("HTTP/1.1\" ", StringComparison.Ordinal) && !line.Contains(" [error] ", StringComparison.Ordinal));

        async Task KillAsync()
        {
            for (var kills = 0; kills <= Kills; kills++)
            {
                var shipper = await ShipAsync([.. Logs(nginx), .. ToElasticsearch(receiver), .. ToStdout]);
                outputs.Add(shipper);
                var requests = receiver.Tally.Requests;
                await EventuallyAsync(() => shipper.StdoutBytes > 50_000 && receiver.Tally.Requests > requests + 2, "it ships again");
                if (kills < Kills)
                {
                    shipper.Signal(Signals.Kill);
                    await ExitAsync(shipper, 128 + Signals.Kill);
                }
            }

            rotating = false;
        }

        async Task RotateAsync()
        {
            while (rotating)
            {
                await Task.Delay(150);
                Rotation.Shift(nginx.AccessLog);
                Rotation.Shift(nginx.ErrorLog);
                nginx.Reopen();
                await EventuallyAsync(() => File.Exists(nginx.AccessLog) && File.Exists(nginx.ErrorLog), "nginx has reopened its logs");
            }
        }
    }

    [Fact]
    public async Task Stopped_and_started_again_and_again_under_load_it_repeats_nothing_at_all()
    {
        var nginx = await StartNginxAsync();
        var receiver = await StartReceiverAsync();
        var outputs = new List<ShipperProcess>();
        var load = new Load(nginx.Port, TimeSpan.FromMilliseconds(20));
        await load.RunUntilAsync(RestartAsync());
        await nginx.QuitAsync();
        outputs[^1].Signal(Signals.Terminate);
        await ExitAsync(outputs[^1], 0);

        Contents.AssertAll(receiver, load);
        Assert.Equal(0, receiver.Tally.Conflicts);
        Contents.AssertSameLines([.. LinesOf(nginx.AccessLog), .. LinesOf(nginx.ErrorLog)], outputs.SelectMany(output => LinesOf(output.OutputPath)));

        async Task RestartAsync()
        {
            for (var restarts = 0; restarts <= 3; restarts++)
            {
                var shipper = await ShipAsync([.. Logs(nginx), .. ToElasticsearch(receiver), .. ToStdout]);
                outputs.Add(shipper);
                await EventuallyAsync(() => shipper.StdoutBytes > 50_000, "it ships again");
                if (restarts < 3)
                {
                    shipper.Signal(Signals.Interrupt);
                    // Lines that come while it ends may be left for the next one.
                    Assert.True(await shipper.ExitedAsync(TimeSpan.FromSeconds(20)) is 0 or 3, shipper.Describe());
                }
            }
        }
    }

    [Fact]
    public async Task After_the_state_directory_is_lost_Elasticsearch_has_every_document_once()
    {
        var nginx = await StartNginxAsync();
        var receiver = await StartReceiverAsync();
        var load = new Load(nginx.Port);
        var first = await ShipAsync([.. Logs(nginx), .. ToElasticsearch(receiver)]);
        await load.RunAsync(5000);
        await EventuallyAsync(() => receiver.Tally.Stored > 1000, "documents arrive");
        first.Signal(Signals.Kill);
        await ExitAsync(first, 128 + Signals.Kill);
        Directory.Delete(StateDirectory, recursive: true);

        var second = await ShipAsync([.. Logs(nginx), .. ToElasticsearch(receiver)]);
        await load.RunAsync(1000);
        await nginx.QuitAsync();
        second.Signal(Signals.Terminate);
        await ExitAsync(second, 0);

        Contents.AssertAll(receiver, load);
        Assert.True(receiver.Tally.Conflicts > 1000, "the log was not read again from its beginning");
    }

    /// <summary>The lines of one log on the stdouts of processes of which all but the last were killed: each is there, in order but for what was repeated.</summary>
    private static void AssertStdout(string log, List<ShipperProcess> outputs, int kills, Func<string, bool> isOfLog)
    {
        var printed = new List<string>();
        foreach (var output in outputs)
        {
            var text = File.ReadAllText(output.OutputPath, System.Text.Encoding.Latin1);
            // A kill can tear the last line; it comes again whole.
            printed.AddRange(text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(isOfLog));
        }

        var expected = LinesOf(log);
        var first = new Dictionary<string, int>(StringComparer.Ordinal);
        long repeatedBytes = 0;
        foreach (var line in printed)
        {
            if (!first.TryAdd(line, first.Count))
            {
                repeatedBytes += line.Length + 1;
            }
        }

        var lost = expected.Where(line => !first.ContainsKey(line)).ToList();
        Assert.True(lost.Count == 0, $"{lost.Count} of {expected.Count} lines of {log} lost on stdout, such as {lost.FirstOrDefault()}");
        Assert.Empty(first.Keys.Except(expected).Take(5));
        // Lines that are alike (nginx's notices) count as repeated, too; there are few of them.
        var alike = expected.GroupBy(line => line, StringComparer.Ordinal).Sum(group => (group.Count() - 1L) * (group.Key.Length + 1));
        Assert.True(repeatedBytes - alike <= kills * StdoutBatchBytes, $"{repeatedBytes - alike} bytes of {log} are on stdout twice after {kills} kills");
    }
}
