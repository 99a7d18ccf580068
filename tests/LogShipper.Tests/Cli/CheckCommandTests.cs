using System.Diagnostics;
using LogShipper.Cli;
using LogShipper.Configuration;
using LogShipper.Payloads;
using LogShipper.Shipping;
using LogShipper.Tailing;
using LogShipper.Tests.Configuration;

namespace LogShipper.Tests.Cli;

public sealed class CheckCommandTests : IDisposable
{
    private const string Line = "127.0.0.1 - - [10/Oct/2023:13:55:36 +0000] \"GET / HTTP/1.1\" 200 612 \"-\" \"curl/8\"\n";

    private string? _adminFault;
    private readonly TemporaryDirectory _directory = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();
    private readonly FakeSurroundings _surroundings = new();
    private Func<SinkPlan, ISink?> _createSink = _ => null;

    public void Dispose()
    {
        _directory.Dispose();
        _output.Dispose();
        _error.Dispose();
    }

    [Fact]
    public async Task The_plan_is_printed_with_its_lanes_and_memory()
    {
        await CheckAsync([$"Logs:access:Path={_directory.Join("a.log")}", $"Logs:error:Path={_directory.Join("e.log")}", .. Es]);
        var text = _output.ToString();
        Assert.Contains("  state directory  /var/lib/logshipper", text, StringComparison.Ordinal);
        Assert.Matches(@"  access +-> es", text);
        Assert.Matches(@"  error +-> stdout", text);
        Assert.Contains("16MiB, shared by 2 sinks, 8MiB each", text, StringComparison.Ordinal);
        Assert.Contains("8MiB for each sink: one line at a time, 8 x MaxLineBytes (1MiB)", text, StringComparison.Ordinal);
        Assert.Contains("/var/lib/logshipper: can be written", text, StringComparison.Ordinal);
        Assert.Contains("35MiB at most", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_variable_that_nginx_does_not_have_is_noted_with_the_one_that_was_probably_meant_and_is_no_problem()
    {
        await CheckAsync([$"Logs:access:Path={_directory.Join("a.log")}", "Logs:access:Format=$remote_adr $status $http_x_mine $hostname $tenant_of_ours"]);
        var text = _output.ToString();
        Assert.Contains("$remote_adr in its format is no variable of nginx's own and is shipped as nginx.access.remote_adr; did you mean $remote_addr?", text, StringComparison.Ordinal);
        Assert.Contains("shipped as nginx.access.tenant_of_ours\n", text, StringComparison.Ordinal);
        Assert.Equal(2, text.Split("no variable of nginx's own").Length - 1);
        Assert.Contains("No problems.", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ApiKeyFile=hunter2")]
    [InlineData("BearerTokenFile=hunter2")]
    [InlineData("PasswordFile=hunter2", "Username=me")]
    [InlineData("Username=me:hunter2", "Password=hunter2")]
    public async Task A_secret_in_the_place_of_its_file_is_not_printed(params string[] settings)
    {
        await CheckAsync([.. Es, .. settings.Select(setting => $"Sinks:es:{setting}"), $"Logs:access:Path={_directory.Join("a.log")}"]);
        Assert.DoesNotContain("hunter2", _output.ToString() + _error, StringComparison.Ordinal);
        Assert.Contains($"LogShipper:Sinks:es:{settings[0].Split('=')[0]} = (not shown)", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secrets_are_not_printed()
    {
        await CheckAsync([.. Es, "Sinks:es:ApiKey=hunter2", $"Logs:access:Path={_directory.Join("a.log")}"]);
        Assert.DoesNotContain("hunter2", _output.ToString() + _error, StringComparison.Ordinal);
        Assert.Contains("API key", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_that_does_not_exist_yet_is_no_problem()
    {
        Assert.Equal(ExitCode.Success, await CheckAsync($"Logs:access:Path={_directory.Join("a.log")}"));
        Assert.Contains("a.log: does not exist yet; it is waited for", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("No problems.", _output.ToString(), StringComparison.Ordinal);
        Assert.Empty(_error.ToString());
    }

    [Fact]
    public async Task A_missing_directory_is_a_problem()
    {
        Assert.Equal(ExitCode.Problems, await CheckAsync($"Logs:access:Path={_directory.Join("none/a.log")}"));
        Assert.Contains("there is no directory", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_to_stdout_is_explained()
    {
        File.CreateSymbolicLink(_directory.Join("access.log"), "/dev/stdout");
        Assert.Equal(ExitCode.Problems, await CheckAsync($"Logs:access:Path={_directory.Join("access.log")}"));
        Assert.Contains("is a link to /dev/stdout, as in nginx's image", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains($"mount an emptyDir over {_directory.Path}", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_glob_that_matches_nothing_but_a_link_is_a_problem()
    {
        File.CreateSymbolicLink(_directory.Join("a.log"), "/dev/stdout");
        Assert.Equal(ExitCode.Problems, await CheckAsync($"Logs:access:Path={_directory.Join("*.log")}"));
        Assert.Contains("no file matches: a.log is a symbolic link, which is not followed", _error.ToString(), StringComparison.Ordinal);

        _directory.Write("b.log", Line);
        Assert.Equal(ExitCode.Success, await CheckAsync($"Logs:access:Path={_directory.Join("*.log")}"));
    }

    [Fact]
    public async Task A_link_a_directory_and_a_pipe_are_problems_each()
    {
        File.CreateSymbolicLink(_directory.Join("l.log"), "/nowhere/at/all");
        Directory.CreateDirectory(_directory.Join("d.log"));
        using (var mkfifo = Process.Start("mkfifo", _directory.Join("p.log")))
        {
            await mkfifo.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(ExitCode.Problems, await CheckAsync([.. Log("l"), .. Log("d"), .. Log("p")]));
        Assert.Collection(
            Lines(_error),
            line => Assert.EndsWith("d.log\": is a directory", line, StringComparison.Ordinal),
            line => Assert.EndsWith("l.log\": is a symbolic link to /nowhere/at/all, which is not followed; give the path of the file itself, or set FollowSymlinks if you trust whoever writes there", line, StringComparison.Ordinal),
            line => Assert.EndsWith("p.log\": is not a regular file (a pipe, a socket or a device)", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_that_our_user_may_not_read_is_a_problem_that_names_user_and_mode()
    {
        Assert.SkipWhen(NativeFile.EffectiveUserId() == 0, "root may read everything");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_directory.Write("a.log", Line), UnixFileMode.None);
        }

        Assert.Equal(ExitCode.Problems, await CheckAsync($"Logs:access:Path={_directory.Join("a.log")}"));
        Assert.Contains($", we are {NativeFile.EffectiveUserId()}:", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains("with mode ---------", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_admin_port_that_cannot_be_listened_on_is_a_problem()
    {
        _directory.Write("a.log", Line);
        _adminFault = "LogShipper:Admin:Port = \"9600\": in use";
        Assert.Equal(ExitCode.Problems, await CheckAsync([.. Log("a"), "Admin:Enabled=true", $"StateDirectory={_directory.Join("state")}"]));
        Assert.Contains(_adminFault, Lines(_error));
        Assert.Contains("0.0.0.0:9600: cannot be listened on", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_admin_port_that_the_running_shipper_listens_on_is_none()
    {
        _directory.Write("a.log", Line);
        _adminFault = "in use";
        using var running = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
        Directory.CreateDirectory(_directory.Join("state"));
        running.Bind(LogShipper.Control.ControlAddress.EndPointOf(LogShipper.Control.ControlAddress.In(_directory.Join("state"))));
        running.Listen(1);
        await CheckAsync([.. Log("a"), "Admin:Enabled=true", $"StateDirectory={_directory.Join("state")}"]);
        Assert.Contains("in use, with a shipper running on this state directory", _output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("in use", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_matches_of_a_glob_are_listed()
    {
        _directory.Write("a.access.log", "");
        _directory.Write("b.access.log", "");
        _directory.Write("b.other.log", "");
        Assert.Equal(ExitCode.Success, await CheckAsync($"Logs:access:Path={_directory.Join("*.access.log")}"));
        var text = _output.ToString();
        Assert.Contains("a.access.log: 0 bytes, no whole line yet", text, StringComparison.Ordinal);
        Assert.Contains("b.access.log: 0 bytes", text, StringComparison.Ordinal);
        Assert.DoesNotContain("b.other.log", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_glob_without_a_match_is_waited_for()
    {
        Assert.Equal(ExitCode.Success, await CheckAsync($"Logs:access:Path={_directory.Join("*/x.log")}"));
        Assert.Contains("no file matches yet", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lines_none_of_which_fits_are_a_problem_that_shows_one_escaped()
    {
        _directory.Write("a.log", "not\u001b[2J an access line\n");
        Assert.Equal(ExitCode.Problems, await CheckAsync($"Logs:access:Path={_directory.Join("a.log")}"));
        Assert.Contains("its only record does not fit the format: \"not\\u001b[2J an access line\"", _error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', _output.ToString() + _error);
    }

    [Fact]
    public async Task Every_sink_is_contacted_and_what_it_says_is_told()
    {
        _createSink = plan => new FakeSink(_ => plan.Name == "es" ? "http 401" : null);
        Assert.Equal(ExitCode.Problems, await CheckAsync([.. Es, $"Logs:access:Path={_directory.Join("a.log")}"]));
        Assert.Matches("  es +http 401", _output.ToString());
        Assert.Matches("  stdout +reached", _output.ToString());
        Assert.Equal("LogShipper:Sinks:es: http 401", Assert.Single(Lines(_error)));
    }

    [Fact]
    public async Task A_sink_that_throws_is_a_problem_without_its_message()
    {
        _createSink = _ => new FakeSink(_ => throw new FormatException("hunter2"));
        Assert.Equal(ExitCode.Problems, await CheckAsync($"Logs:access:Path={_directory.Join("a.log")}"));
        Assert.Equal("LogShipper:Sinks:stdout: cannot be contacted: FormatException", Assert.Single(Lines(_error)));
    }

    [Fact]
    public async Task Problems_of_the_configuration_come_together_with_those_of_the_files_and_sinks()
    {
        _createSink = _ => new FakeSink(_ => "refused");
        Assert.Equal(ExitCode.Problems, await CheckAsync([.. Es, "Interval=30", "Sinks:es:MaxInFlight=0", $"Logs:access:Path={_directory.Join("none/a.log")}"]));
        Assert.Collection(
            Lines(_error),
            line => Assert.StartsWith("LogShipper:Interval = ", line, StringComparison.Ordinal),
            line => Assert.StartsWith("LogShipper:Sinks:es:MaxInFlight = ", line, StringComparison.Ordinal),
            line => Assert.StartsWith("LogShipper:Logs:access = ", line, StringComparison.Ordinal),
            line => Assert.Equal("LogShipper:Sinks:stdout: refused", line));
        Assert.Contains("not contacted: its configuration has problems", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("4 problems.", _output.ToString(), StringComparison.Ordinal);
    }

    private static string[] Es => ["Sinks:es:Type=elasticsearch", "Sinks:es:Nodes:0=https://es:9200", "Sinks:stdout:Enabled=true"];

    private static string[] Lines(StringWriter writer) => writer.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);

    private string[] Log(string name) => [$"Logs:{name}:Path={_directory.Join(name + ".log")}", $"Logs:{name}:Format=combined"];

    private Task<int> CheckAsync(params string[] settings)
    {
        string[] arguments = ["check", .. settings.SelectMany(setting => new[] { "--set", setting })];
        var setup = new CommandSetup(_surroundings, TimeProvider.System, (_, _, _) => throw new NotSupportedException(), plan => _createSink(plan)) { FindAdminFault = _ => _adminFault };
        return CommandLine.InvokeAsync(arguments, setup, _output, _error, TestContext.Current.CancellationToken);
    }

    private sealed class FakeSink(Func<CancellationToken, string?> contact) : ISink
    {
        public int MaxInFlight => 1;

        public int MaxBatchBytes => 0;

        public TimeSpan? AttemptTimeout => null;

        public TimeSpan CheckpointInterval => TimeSpan.Zero;

        public IRecordWriter CreateWriter(SinkLog log) => throw new NotSupportedException();

        public ValueTask<Delivery> SendAsync(Payload payload, CancellationToken cancellation) => throw new NotSupportedException();

        public ValueTask<string?> ContactAsync(CancellationToken cancellation) => ValueTask.FromResult(contact(cancellation));

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
