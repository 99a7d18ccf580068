using LogShipper.Configuration;
using LogShipper.Hosting;
using LogShipper.Tests.Shipping;
using Microsoft.Extensions.Logging;

namespace LogShipper.Tests.Hosting;

public sealed class ConfigurationReloadTests : IAsyncDisposable
{
    private readonly FleetWorld _world = new();
    private readonly RecordedMessages _messages = new();
    private ConfigurationReload? _reload;

    private string File => _world.PathOf("logshipper.json");

    private ConfigurationReload Reload => _reload!;

    public async ValueTask DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task A_changed_file_is_applied_when_two_looks_saw_the_same()
    {
        Start(Json(interval: "10s"));
        Write(Json(interval: "20s"));

        await Reload.PollAsync();
        Assert.Equal(TimeSpan.FromSeconds(10), _world.Fleet.Plan.Interval);
        await Reload.PollAsync();

        Assert.Equal(TimeSpan.FromSeconds(20), _world.Fleet.Plan.Interval);
        Assert.Equal(ConfigurationOrigin.HashOf(System.IO.File.ReadAllBytes(File)), Reload.State.AppliedHash);
        Assert.Equal(1, Reload.State.Applied);
        Assert.Single(_messages.All, message => message.Text.Contains("of the lanes 1 go on", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_that_is_still_being_written_is_left_alone()
    {
        Start(Json(interval: "10s"));
        var next = Json(interval: "20s");
        for (var length = next.Length / 2; length <= next.Length; length += next.Length / 8)
        {
            Write(next[..length]);
            await Reload.PollAsync();
        }

        Write(next);
        await Reload.PollAsync();
        await Reload.PollAsync();

        Assert.Equal(0, Reload.State.Refused);
        Assert.Equal(TimeSpan.FromSeconds(20), _world.Fleet.Plan.Interval);
    }

    [Fact]
    public async Task A_file_that_did_not_change_is_not_applied_again()
    {
        Start(Json(interval: "10s"));
        await PollAsync(5);
        Write(Json(interval: "10s"));
        await PollAsync(5);

        Assert.Equal(0, Reload.State.Applied);
        Assert.Empty(_messages.All);
    }

    [Fact]
    public async Task A_bad_file_changes_nothing_and_is_told_once_with_all_its_problems()
    {
        Start(Json(interval: "10s"));
        var lane = _world.Lane("access", "stdout");
        Write(Json(interval: "soon", more: """, "Intervall": "1s", "BatchBytes": "lots" """));
        await PollAsync(5);

        Assert.Same(lane, _world.Lane("access", "stdout"));
        Assert.Equal(TimeSpan.FromSeconds(10), _world.Fleet.Plan.Interval);
        Assert.Equal(3, Reload.State.Problems.Count);
        Assert.DoesNotContain(Reload.State.Problems, problem => problem.Contains("soon", StringComparison.Ordinal) || problem.Contains("lots", StringComparison.Ordinal));
        Assert.Equal(1, Reload.State.Refused);
        Assert.False(Reload.State.IsGood);
        Assert.Equal(4, _messages.Errors.Count());
        foreach (var key in (string[])["LogShipper:Interval = ", "LogShipper:Intervall: ", "LogShipper:BatchBytes = "])
        {
            Assert.Single(_messages.Errors, message => message.StartsWith(key, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Mending_a_bad_file_ends_its_problems()
    {
        Start(Json(interval: "10s"));
        Write("{");
        await PollAsync(2);
        Assert.False(Reload.State.IsGood);
        Write(Json(interval: "10s"));
        await PollAsync(2);

        Assert.True(Reload.State.IsGood);
        Assert.Null(Reload.State.RefusedAt);
    }

    [Fact]
    public async Task A_file_that_is_gone_is_told_and_changes_nothing()
    {
        Start(Json(interval: "10s"));
        System.IO.File.Delete(File);
        await PollAsync(4);

        Assert.Single(Reload.State.Problems);
        Assert.Equal(1, Reload.State.Refused);
        Assert.Single(_world.Fleet.Lanes);
    }

    [Fact]
    public async Task A_ConfigMap_that_swaps_its_symbolic_link_is_seen()
    {
        Directory.CreateDirectory(_world.PathOf("..2026_01"));
        Directory.CreateDirectory(_world.PathOf("..2026_02"));
        System.IO.File.WriteAllText(_world.PathOf("..2026_01/logshipper.json"), Json(interval: "10s"));
        System.IO.File.WriteAllText(_world.PathOf("..2026_02/logshipper.json"), Json(interval: "20s"));
        System.IO.File.CreateSymbolicLink(_world.PathOf("..data"), "..2026_01");
        System.IO.File.CreateSymbolicLink(File, "..data/logshipper.json");
        Start(json: null);
        await PollAsync(2);
        Assert.Equal(0, Reload.State.Applied);

        // The kubelet renames a new link over it; between two looks that is the same.
        Directory.Delete(_world.PathOf("..data"));
        System.IO.File.CreateSymbolicLink(_world.PathOf("..data"), "..2026_02");
        Directory.Delete(_world.PathOf("..2026_01"), recursive: true);
        await PollAsync(2);

        Assert.Equal(TimeSpan.FromSeconds(20), _world.Fleet.Plan.Interval);
    }

    [Fact]
    public async Task What_takes_effect_at_the_next_start_is_told_once_and_the_rest_is_applied()
    {
        Start(Json(interval: "10s"));
        Write(Json(interval: "20s", more: """, "Admin": { "Port": 9700 }, "Diagnostics": { "Format": "text", "Level": "Debug" } """));
        Plan? applied = null;
        Reload.Applied = plan => applied = plan;
        await PollAsync(2);
        Write(Json(interval: "30s", more: """, "Admin": { "Port": 9700 }, "Diagnostics": { "Format": "text", "Level": "Debug" } """));
        await PollAsync(2);

        Assert.Equal(["LogShipper:Admin", "LogShipper:Diagnostics:Format"], Reload.State.WaitingForNextStart);
        Assert.Equal(2, _messages.All.Count(message => message.Level == LogLevel.Warning && message.Text.Contains("at the next start", StringComparison.Ordinal)));
        Assert.Equal(TimeSpan.FromSeconds(30), _world.Fleet.Plan.Interval);
        Assert.Equal(9600, applied!.Admin.Port);
        Assert.Equal(Serilog.Events.LogEventLevel.Debug, applied.Diagnostics.Level);
    }

    [Fact]
    public async Task A_request_loads_at_once_whatever_the_looks_say()
    {
        Start(Json(interval: "10s"));
        using var ending = new CancellationTokenSource();
        var running = Reload.RunAsync(ending.Token);
        Write(Json(interval: "20s"));
        Reload.Request();
        for (var round = 0; Reload.State.Applied == 0 && round < 5000; round++)
        {
            // The clock stands still: only the request can be the cause.
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        Assert.Equal(TimeSpan.FromSeconds(20), _world.Fleet.Plan.Interval);
        await ending.CancelAsync();
        await running;
    }

    [Fact]
    public async Task The_file_is_polled()
    {
        Start(Json(interval: "10s"));
        using var ending = new CancellationTokenSource();
        var running = Reload.RunAsync(ending.Token);
        Write(Json(interval: "20s"));
        await _world.UntilAsync(() => Reload.State.Applied == 1);
        await ending.CancelAsync();
        await running;
    }

    [Fact]
    public async Task A_sink_that_cannot_be_made_is_a_problem_that_does_not_quote_why()
    {
        Start(Json(interval: "10s"));
        _world.Make = _ => throw new ArgumentException("the password");
        Write(Json(interval: "10s", sinks: """{ "other": { "Type": "stdout" } }"""));
        await PollAsync(2);

        Assert.Equal(["cannot be applied: ArgumentException"], Reload.State.Problems);
        Assert.Equal("stdout", Assert.Single(_world.Fleet.Lanes).Sink);
    }

    [Fact]
    public async Task A_pipe_in_the_place_of_the_file_is_refused_and_not_waited_for()
    {
        Start(Json(interval: "10s"));
        System.IO.File.Delete(File);
        using (var made = System.Diagnostics.Process.Start("mkfifo", [File]))
        {
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await Task.Run(() => PollAsync(2), TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Contains("is not a regular file (a pipe, a socket or a device)", Assert.Single(Reload.State.Problems), StringComparison.Ordinal);

        System.IO.File.Delete(File);
        Write(Json(interval: "20s"));
        await PollAsync(2);
        Assert.Equal(TimeSpan.FromSeconds(20), _world.Fleet.Plan.Interval);
    }

    [Theory]
    [InlineData("/dev/fd/63")]
    [InlineData("/proc/self/fd/63")]
    [InlineData("/dev/stdin")]
    public void What_the_shell_pipes_in_is_read_once(string file) =>
        Assert.Null(new ConfigurationOrigin(new ProcessSurroundings(), new ConfigurationSources(file, [])).File);

    private void Start(string? json)
    {
        if (json is not null)
        {
            Write(json);
        }

        var origin = new ConfigurationOrigin(new ProcessSurroundings(), new ConfigurationSources(File, []));
        var loaded = origin.Load();
        Assert.Empty(loaded.Problems);
        _world.Start(loaded.Plan!);
        _reload = new ConfigurationReload(origin, loaded, _world.Fleet, _world.Time, _messages);
    }

    private async Task PollAsync(int times)
    {
        for (var time = 0; time < times; time++)
        {
            await Reload.PollAsync();
        }
    }

    private void Write(string json) => System.IO.File.WriteAllText(File, json);

    private string Json(string interval, string more = "", string sinks = """{ "stdout": {} }""") => $$"""
        { "LogShipper": {
            "Interval": "{{interval}}", "StateDirectory": "{{_world.PathOf("state")}}",
            "Logs": { "access": { "Path": "{{_world.LogPath("access.log")}}", "Format": "main" } },
            "Sinks": {{sinks}}{{more}} } }
        """;
}
