using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using LogShipper.Demo;

namespace LogShipper.EndToEnd;

public sealed class StopTests : EndToEndTest
{
    private const int Lines = 1000;

    private string AccessLog => Path.Combine(Folder, "access.log");

    [Fact]
    public async Task The_line_of_a_download_that_runs_when_nginx_and_the_shipper_are_told_to_stop_arrives()
    {
        await File.WriteAllTextAsync(TerminationMessage, "", TestContext.Current.CancellationToken);
        var nginx = await StartNginxAsync();
        var receiver = await StartReceiverAsync();
        var shipper = await ShipAsync([.. Logs(nginx), .. ToElasticsearch(receiver), .. ToStdout]);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, nginx.Port, TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes("GET /slow/file HTTP/1.1\r\nHost: pod.test\r\nConnection: close\r\n\r\n"), TestContext.Current.CancellationToken);
        await stream.ReadExactlyAsync(new byte[100], TestContext.Current.CancellationToken);
        nginx.Quit();
        shipper.Signal(Signals.Terminate);
        await stream.CopyToAsync(Stream.Null, TestContext.Current.CancellationToken);
        await ExitAsync(shipper, 0, TimeSpan.FromSeconds(15));

        Contents.AssertOnce(receiver, [Contents.Access("/slow/file")]);
        Assert.Equal(1, LinesOf(shipper.OutputPath).Count(line => line.Contains("GET /slow/file HTTP/1.1\" 200 200000 ", StringComparison.Ordinal)));
        Assert.Contains("delivered ", await File.ReadAllTextAsync(TerminationMessage, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_the_sink_down_a_stop_ends_within_DrainTimeout_with_3_and_the_next_start_delivers_the_rest()
    {
        await File.WriteAllTextAsync(TerminationMessage, "", TestContext.Current.CancellationToken);
        var port = Ports.Free();
        WriteLines(AccessLog, 0, Lines);
        string[] settings = [.. Log("access", AccessLog, "main"), .. ToElasticsearch(new Uri($"http://127.0.0.1:{port}")), "DrainTimeout=2s"];
        var first = await ShipAsync(settings);
        await EventuallyAsync(() => first.Says("takes nothing now"), "the failure is told");
        first.Signal(Signals.Terminate);
        await ExitAsync(first, 3, TimeSpan.FromSeconds(5));
        var message = await File.ReadAllTextAsync(TerminationMessage, TestContext.Current.CancellationToken);
        Assert.Contains(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"left {new FileInfo(AccessLog).Length:N0} bytes"), message, StringComparison.Ordinal);
        Assert.Contains("access to es", message, StringComparison.Ordinal);

        var receiver = await StartReceiverAsync(new() { Port = port });
        var second = await ShipAsync(settings);
        await EventuallyAsync(() => receiver.Tally.Stored >= Lines, "the rest arrives");
        second.Signal(Signals.Terminate);
        await ExitAsync(second, 0, TimeSpan.FromSeconds(5));
        Contents.AssertOnce(receiver, Enumerable.Range(0, Lines).Select(Contents.Access));
    }

    [Fact]
    public async Task SIGINT_ships_what_is_there_and_does_not_wait_for_nginx_to_end()
    {
        var nginx = await StartNginxAsync();
        var receiver = await StartReceiverAsync();
        var shipper = await ShipAsync([.. Logs(nginx), .. ToElasticsearch(receiver), "Interval=1h"]);
        var load = new Load(nginx.Port);
        await load.RunAsync(Lines);
        // A connection learns of its answer before nginx writes the line.
        await EventuallyAsync(() => LinesOf(nginx.AccessLog).Count == load.Answered, "nginx has written the lines");
        shipper.Signal(Signals.Interrupt);
        await ExitAsync(shipper, 0, TimeSpan.FromSeconds(5));
        Contents.AssertAll(receiver, load);
    }

    [Fact]
    public async Task A_second_signal_ends_the_stop_at_once()
    {
        var receiver = await StartReceiverAsync();
        receiver.Fault = static _ => BulkFault.Slow(TimeSpan.FromMinutes(1));
        WriteLines(AccessLog, 0, Lines);
        var shipper = await ShipAsync([.. Log("access", AccessLog, "main"), .. ToElasticsearch(receiver), "DrainTimeout=50s"]);
        await EventuallyAsync(() => receiver.Tally.Requests > 0, "a request is under way");
        shipper.Signal(Signals.Terminate);
        await EventuallyAsync(() => shipper.Says("Stopping"), "it stops");
        Assert.False(shipper.HasExited);
        await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, TestContext.Current.CancellationToken); // sooner it would be the first one's echo
        var since = Stopwatch.GetTimestamp();
        shipper.Signal(Signals.Terminate);
        await ExitAsync(shipper, 3, TimeSpan.FromSeconds(10));
        Assert.True(Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(3), "it went on waiting");
    }

    [Fact]
    public async Task With_a_configuration_file_and_an_interval_of_30_seconds_a_stop_of_both_ships_everything_at_once()
    {
        var nginx = await StartNginxAsync();
        var configuration = Path.Combine(Folder, "logshipper.json");
        await File.WriteAllTextAsync(
            configuration,
            $$"""
            { "LogShipper": {
                "Interval": "30s", "StateDirectory": "{{StateDirectory}}", "Admin": { "Enabled": false },
                "Logs": {
                  "access": { "Path": "{{nginx.AccessLog}}" }, // a comment, and its format is the default
                  "error": { "Path": "{{nginx.ErrorLog}}" } },
                "Sinks": { "stdout": { "Type": "stdout", "Layout": "raw" }, } } }
            """,
            TestContext.Current.CancellationToken);
        var shipper = await ShipWithAsync(configuration);
        var load = new Load(nginx.Port);
        await load.RunAsync(Lines);
        nginx.Quit();
        shipper.Signal(Signals.Terminate);
        await ExitAsync(shipper, 0, TimeSpan.FromSeconds(10));
        Contents.AssertSameLines([.. LinesOf(nginx.AccessLog), .. LinesOf(nginx.ErrorLog)], LinesOf(shipper.OutputPath));
        Assert.Equal(load.Answered, LinesOf(nginx.AccessLog).Count);
    }
}
