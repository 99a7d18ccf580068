using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace LogShipper.EndToEnd;

public sealed class StartTests : EndToEndTest
{
    private string AccessLog => Path.Combine(Folder, "access.log");

    [Fact]
    public async Task The_probes_answer_on_the_admin_port()
    {
        var port = Ports.Free();
        var shipper = await ShipAsync([.. Log("access", AccessLog, "main"), .. ToStdout, "Admin:Enabled=true", $"Admin:Port={port}"]);
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        // The port opens after the start is told.
        await EventuallyAsync(() => AnswersAsync(client), "the port is open");
        foreach (var path in (string[])["/livez", "/readyz"])
        {
            using var answer = await client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        using var other = await client.GetAsync(new Uri("/other", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
        await StopAsync(shipper);
    }

    [Fact]
    public async Task An_admin_port_in_use_is_a_clear_error_and_exit_code_1()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var shipper = Launch(Reading.All, [.. Log("access", AccessLog, "main"), .. ToStdout, "Admin:Enabled=true", "Admin:Address=127.0.0.1", $"Admin:Port={port}"]);
        await ExitAsync(shipper, 1, TimeSpan.FromSeconds(10));
        Assert.Contains(shipper.Messages, message => message.Contains($":{port}", StringComparison.Ordinal) && message.Contains("in use", StringComparison.Ordinal));
        Assert.DoesNotContain(shipper.Messages, message => message.Contains("   at ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_closed_stdout_is_a_clear_error_and_exit_code_1()
    {
        WriteLines(AccessLog, 0, 10);
        var start = new ProcessStartInfo("sh") { UseShellExecute = false, RedirectStandardError = true, WorkingDirectory = Folder };
        var binary = Environment.GetEnvironmentVariable("LOGSHIPPER_BINARY") is { Length: > 0 } path ? $"'{path}'" : $"dotnet '{Path.Combine(AppContext.BaseDirectory, "logshipper.dll")}'";
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"exec {binary} run --set Logs:access:Path='{AccessLog}' --set StateDirectory='{StateDirectory}' --set Sinks:out:Type=stdout --set Admin:Enabled=false >&-");
        using var shipper = Process.Start(start)!;
        var messages = await shipper.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await shipper.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, shipper.ExitCode);
        Assert.Contains("Sinks:out: standard output is closed", messages, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_invalid_configuration_is_exit_code_1_with_every_problem_listed()
    {
        var shipper = Launch(Reading.All, [.. Log("access", AccessLog, "main"), "Logs:access:Formt=main", "Sinks:es:Type=elasticsearch", "Sinks:es:Nodes:0=not-a-node", "Interval=soon", "MemoryBudget=lots"]);
        await ExitAsync(shipper, 1, TimeSpan.FromSeconds(10));
        foreach (var key in (string[])["Formt", "Nodes", "Interval", "MemoryBudget"])
        {
            Assert.Contains(shipper.Messages, message => message.Contains(key, StringComparison.Ordinal));
        }

        Assert.Equal(0, shipper.StdoutBytes);
    }

    [Fact]
    public async Task A_second_shipper_on_the_same_state_directory_is_a_clear_error_and_exit_code_1()
    {
        WriteLines(AccessLog, 0, 10);
        string[] settings = [.. Log("access", AccessLog, "main"), .. ToStdout];
        var first = await ShipAsync(settings);
        var second = Launch(Reading.All, settings);
        await ExitAsync(second, 1, TimeSpan.FromSeconds(10));
        Assert.Contains(second.Messages, message => message.Contains(StateDirectory, StringComparison.Ordinal) && message.Contains("Cannot start", StringComparison.Ordinal));
        Assert.Equal(0, second.StdoutBytes);
        await StopAsync(first);
        Assert.Equal(10, LinesOf(first.OutputPath).Count);
    }

    [Fact]
    public async Task A_log_that_does_not_exist_yet_is_waited_for_with_one_message()
    {
        var shipper = await ShipAsync([.. Log("access", AccessLog, "main"), .. ToStdout, "Interval=50ms"]);
        await EventuallyAsync(() => shipper.Says("is waited for"), "the waiting is told");
        WriteLines(AccessLog, 0, 10);
        await EventuallyAsync(() => shipper.StdoutBytes >= new FileInfo(AccessLog).Length, "its lines are on stdout");
        await StopAsync(shipper);
        Assert.Equal(1, shipper.Messages.Count(message => message.Contains("is waited for", StringComparison.Ordinal)));
        Assert.Equal(LinesOf(AccessLog), LinesOf(shipper.OutputPath));
    }

    [Fact]
    public async Task Logs_that_appear_later_under_a_glob_are_shipped_and_rotated_ones_are_no_logs_of_their_own()
    {
        var receiver = await StartReceiverAsync();
        var shipper = await ShipAsync([.. Log("sites", Path.Combine(Folder, "*.access.log"), "main"), .. ToElasticsearch(receiver)]);
        WriteLines(Path.Combine(Folder, "one.access.log"), 0, 100);
        await EventuallyAsync(() => receiver.Tally.Stored >= 100, "the first log is there");
        WriteLines(Path.Combine(Folder, "two.access.log"), 100, 100);
        File.Move(Path.Combine(Folder, "one.access.log"), Path.Combine(Folder, "one.access.log.1"));
        WriteLines(Path.Combine(Folder, "one.access.log"), 200, 100);
        await EventuallyAsync(() => receiver.Tally.Stored >= 300, "all are there");
        await StopAsync(shipper);
        Contents.AssertOnce(receiver, Enumerable.Range(0, 300).Select(Contents.Access));
        Assert.Equal(0, receiver.Tally.Conflicts);
    }

    [Fact]
    public async Task It_says_a_handful_of_lines_at_the_start_and_then_nothing()
    {
        var nginx = await StartNginxAsync();
        var receiver = await StartReceiverAsync();
        var shipper = await ShipAsync([.. Logs(nginx), .. ToElasticsearch(receiver), .. ToStdout, "Interval=50ms"]);
        var load = new Load(nginx.Port, TimeSpan.FromMilliseconds(20));
        await load.RunUntilAsync(Task.Delay(2500, TestContext.Current.CancellationToken));
        Assert.True(shipper.Messages.Count <= 5, shipper.Describe());
        await StopAsync(shipper);
    }

    private static async Task<bool> AnswersAsync(HttpClient client)
    {
        try
        {
            using var answer = await client.GetAsync(new Uri("/livez", UriKind.Relative), TestContext.Current.CancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
