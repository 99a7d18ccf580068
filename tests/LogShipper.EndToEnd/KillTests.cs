namespace LogShipper.EndToEnd;

public sealed class KillTests : EndToEndTest
{
    /// <summary>What one batch to stdout holds at most.</summary>
    private const long StdoutBatchBytes = 64 * 1024;

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
