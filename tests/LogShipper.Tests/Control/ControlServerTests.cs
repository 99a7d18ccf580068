using System.Net.Sockets;
using System.Text;
using LogShipper.Cli;
using LogShipper.Control;
using LogShipper.Diagnostics;
using LogShipper.Shipping;
using LogShipper.Tailing;
using LogShipper.Tests.Shipping;

namespace LogShipper.Tests.Control;

public sealed class ControlServerTests
{
    private const string Secret = "GET /secret-content";

    [Fact]
    public async Task The_socket_is_for_its_owner_alone()
    {
        await using var fleet = new RunningFleet();
        fleet.Start();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(fleet.Socket));
    }

    [Fact]
    public async Task A_socket_that_a_killed_process_left_is_replaced_and_ours_is_removed_at_the_end()
    {
        await using var fleet = new RunningFleet();
        using (var killed = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            killed.Bind(new UnixDomainSocketEndPoint(fleet.Socket + ".old"));
            File.Move(fleet.Socket + ".old", fleet.Socket);
        }

        Assert.True(File.Exists(fleet.Socket));
        Assert.Equal(ExitCode.Problems, await fleet.RunAsync("status"));
        Assert.Contains("was left by one that was killed", fleet.Error.ToString(), StringComparison.Ordinal);

        fleet.Start();
        Assert.Equal(ExitCode.Success, await fleet.RunAsync("status"));
        await fleet.StopListeningAsync();
        Assert.False(File.Exists(fleet.Socket));
    }

    [Fact]
    public async Task A_socket_that_was_removed_is_made_again_and_one_that_is_there_is_left()
    {
        await using var fleet = new RunningFleet();
        fleet.Start();
        var made = IdentityOf(fleet.Socket);
        fleet.ListenAgainIfGone();
        Assert.Equal(made, IdentityOf(fleet.Socket));

        for (var loss = 0; loss < 2; loss++)
        {
            File.Delete(fleet.Socket);
            Assert.Equal(ExitCode.Problems, await fleet.RunAsync("status"));
            fleet.ListenAgainIfGone();
            Assert.Equal(ExitCode.Success, await fleet.RunAsync("status"));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(fleet.Socket));
        }

        Assert.Equal(2, fleet.Messages.Count("was removed"));
        Assert.Equal(2, fleet.Messages.All.Count);
    }

    [Fact]
    public async Task A_socket_that_cannot_be_made_is_told_once_and_made_when_it_can_be()
    {
        // No fleet: it would make the directory again.
        using var folder = new TemporaryFolder();
        var messages = new Messages();
        var state = Directory.CreateDirectory(folder["state"]).FullName;
        var socket = Path.Combine(state, ControlAddress.FileName);
        await using (var server = new ControlServer(socket, new Dictionary<string, ControlCommand>(), TimeProvider.System, messages))
        {
            server.Start();
            Directory.Delete(state, recursive: true);
            server.ListenAgainIfGone();
            server.ListenAgainIfGone();
            Assert.Contains("cannot reach this process", Assert.Single(messages.All), StringComparison.Ordinal);

            Directory.CreateDirectory(state);
            server.ListenAgainIfGone();
            using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await client.ConnectAsync(new UnixDomainSocketEndPoint(socket), TestContext.Current.CancellationToken);
        }

        Assert.False(File.Exists(socket));
    }

    [Fact]
    public async Task Where_no_shipper_runs_that_is_said()
    {
        await using var fleet = new RunningFleet();
        Assert.Equal(ExitCode.Problems, await fleet.RunAsync("status"));
        Assert.Contains("no shipper runs there", fleet.Error.ToString(), StringComparison.Ordinal);
        Assert.Empty(fleet.Output.ToString());
    }

    [Fact]
    public async Task The_socket_is_found_by_the_state_directory_of_the_configuration()
    {
        await using var fleet = new RunningFleet();
        fleet.Start();
        var setup = new CommandSetup(new LogShipper.Configuration.ProcessSurroundings(), TimeProvider.System, (_, _, _) => Task.FromResult(ExitCode.Left), _ => null);
        string[] arguments = ["status", "--set", $"StateDirectory={Path.GetDirectoryName(fleet.Socket)}", "--set", "Interval=nonsense"];
        Assert.Equal(ExitCode.Success, await CommandLine.InvokeAsync(arguments, setup, fleet.Output, fleet.Error, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Status_shows_each_lane_and_never_a_line_or_a_secret()
    {
        await using var fleet = new RunningFleet();
        fleet.World.Make = _ => new FakeSink { Answer = _ => Task.FromResult(Delivery.Answered([new ItemOutcome(0, ItemFate.Rejected, "mapper_parsing_exception", Secret)])) };
        fleet.World.Append("access.log", Secret);
        fleet.Start(fleet.World.Plan() with { Interval = TimeSpan.FromSeconds(1) });
        await fleet.World.UntilAsync(() => fleet.World.Lane("access", "out").Ledger.Take().DeadLettered.Records == 1);

        Assert.Equal(ExitCode.Success, await fleet.RunAsync("status"));
        Assert.Matches(@"(?m)^access +out +\w+", fleet.Output.ToString());
        Assert.Equal(ExitCode.Success, await fleet.RunAsync("status", "--json"));
        Assert.DoesNotContain("secret-content", fleet.Output.ToString() + fleet.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("5", ExitCode.Problems)]
    [InlineData("1KiB", ExitCode.Success)]
    [InlineData("10s", ExitCode.Problems)]
    [InlineData("1h", ExitCode.Success)]
    public async Task A_lane_that_is_too_far_behind_exits_with_1(string maxLag, int expected)
    {
        await using var fleet = new RunningFleet();
        fleet.World.Make = _ => new FakeSink { Answer = _ => Task.FromResult(Delivery.Retry("http 503")) };
        fleet.World.Append("access.log", "one", "two");
        fleet.Start();
        await fleet.World.UntilAsync(() => fleet.World.Lane("access", "out").BytesBehind == 8);
        fleet.World.Time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(expected, await fleet.RunAsync("status", "--max-lag", maxLag));
        Assert.Equal(expected == ExitCode.Problems, fleet.Error.ToString().Contains("access to out is", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{\"command\":\"nonsense\"}\n", "does not know the command")]
    [InlineData("{\"command\":null}\n", null)]
    [InlineData("rubbish\n", null)]
    [InlineData("\n", null)]
    public async Task Rubbish_is_answered_or_hung_up_on_and_the_next_is_served(string request, string? answer)
    {
        await using var fleet = new RunningFleet();
        fleet.Start();
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(fleet.Socket), TestContext.Current.CancellationToken);
            await socket.SendAsync(Encoding.UTF8.GetBytes(request), TestContext.Current.CancellationToken);
            using var received = new MemoryStream();
            await using var stream = new NetworkStream(socket);
            await stream.CopyToAsync(received, TestContext.Current.CancellationToken);
            Assert.Contains(answer ?? "", Encoding.UTF8.GetString(received.ToArray()), StringComparison.Ordinal);
        }

        Assert.Equal(ExitCode.Success, await fleet.RunAsync("status"));
    }

    [Fact]
    public async Task Idle_connections_are_bounded_and_end_with_the_server()
    {
        await using var fleet = new RunningFleet();
        fleet.Start();
        var sockets = new List<Socket>();
        for (var i = 0; i < ControlServer.MaxConnections; i++)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(fleet.Socket), TestContext.Current.CancellationToken);
            sockets.Add(socket);
        }

        await fleet.StopListeningAsync();
        foreach (var socket in sockets)
        {
            await HungUpAsync(socket);
            socket.Dispose();
        }
    }

    /// <summary>Closed, or reset where it still waited for its turn.</summary>
    private static async Task HungUpAsync(Socket socket)
    {
        try
        {
            Assert.Equal(0, await socket.ReceiveAsync(new byte[1], TestContext.Current.CancellationToken));
        }
        catch (SocketException exception)
        {
            Assert.Equal(SocketError.ConnectionReset, exception.SocketErrorCode);
        }
    }

    [Fact]
    public void A_status_reads_back_as_it_was_written()
    {
        var status = new StatusReport("1.0.0", "pod", DateTimeOffset.UnixEpoch, 5, Ready: true, Alive: true, 30, [], [], 1, 0);
        Assert.Equal(status.ToJson(), StatusReport.Parse(status.ToJson())!.ToJson());
    }

    private static FileIdentity IdentityOf(string path)
    {
        Assert.Equal(0, NativeFile.TryStatus(path, out var status));
        return status.Identity;
    }
}
