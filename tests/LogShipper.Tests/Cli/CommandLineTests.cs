using LogShipper.Cli;
using LogShipper.Configuration;
using LogShipper.Tests.Configuration;

namespace LogShipper.Tests.Cli;

public sealed class CommandLineTests : IDisposable
{
    private readonly FakeSurroundings _surroundings = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();
    private Plan? _ran;

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    [Theory]
    [InlineData]
    [InlineData("run")]
    [InlineData("run", "--set", "DrainTimeout=1s")]
    [InlineData("--set", "DrainTimeout=1s")]
    public async Task Run_is_what_happens_with_and_without_its_name(params string[] arguments)
    {
        Assert.Equal(ExitCode.Left, await InvokeAsync(arguments));
        Assert.NotNull(_ran);
        Assert.Empty(_output.ToString() + _error);
    }

    [Theory]
    [InlineData("--config", "/c.json", "--set", "Interval=1s", "--set", "Instance=a=b c")]
    [InlineData("run", "--config", "/c.json", "--set", "Interval=1s", "--set", "Instance=a=b c")]
    [InlineData("run", "--set=Interval=1s", "--config=/c.json", "--set=Instance=a=b c")]
    [InlineData("--config", "/c.json", "run", "--set", "Interval=1s", "--set", "Instance=a=b c")]
    public async Task The_file_and_the_settings_reach_the_configuration(params string[] arguments)
    {
        _surroundings.Files["/c.json"] = """{"LogShipper":{"DrainTimeout":"3s","Interval":"9s"}}"""u8.ToArray();
        Assert.Equal(ExitCode.Left, await InvokeAsync(arguments));
        Assert.Equal((3, 1, "a=b c"), (_ran!.DrainTimeout.Seconds, _ran.Interval.Seconds, _ran.Instance));
    }

    [Fact]
    public async Task Problems_of_the_configuration_are_listed_on_stderr_one_a_line_and_nothing_runs()
    {
        Assert.Equal(ExitCode.Problems, await InvokeAsync("run", "--set", "Interval=30", "--set", "Colour=red"));
        Assert.Null(_ran);
        Assert.Empty(_output.ToString());
        Assert.Collection(
            Lines(_error),
            line => Assert.StartsWith("LogShipper:Interval = \"30\"", line, StringComparison.Ordinal),
            line => Assert.StartsWith("LogShipper:Colour: unknown key", line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--nonsense")]
    [InlineData("walk")]
    [InlineData("run", "--config")]
    [InlineData("run", "--set")]
    [InlineData("run", "--set", "Interval")]
    [InlineData("run", "--set", "=1s")]
    [InlineData("demo", "--seconds", "0")]
    [InlineData("demo", "--seconds", "many")]
    [InlineData("demo", "--config", "x")]
    [InlineData("top", "--interval", "0s")]
    [InlineData("top", "--interval", "soon")]
    [InlineData("replay", "--from", "2h")]
    [InlineData("replay", "--sink", "es")]
    [InlineData("replay", "--sink", "es", "--from", "yesterday")]
    [InlineData("replay", "--sink", "es", "--from", "1h", "--to", "2h")]
    [InlineData("replay", "--sink", "es", "--from", "1h", "--to", "10:30")]
    public async Task A_command_line_that_cannot_be_understood_exits_with_2(params string[] arguments)
    {
        Assert.Equal(ExitCode.Usage, await InvokeAsync(arguments));
        Assert.Null(_ran);
        Assert.NotEmpty(_error.ToString());
        Assert.Empty(_output.ToString());
    }

    [Fact]
    public async Task A_setting_without_a_key_is_not_shown()
    {
        Assert.Equal(ExitCode.Usage, await InvokeAsync("--set", "Interval=1s", "--set", "hunter2"));
        Assert.Contains("--set number 2 is not of the form KEY=VALUE", _error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help", "run check demo status top tap try reset replay deadletters --config --set --version")]
    [InlineData("status --help", "--json --max-lag --socket Example:")]
    [InlineData("tap --help", "--log --sink --where --format --limit --socket Example:")]
    [InlineData("try --help", "--log --sink Example:")]
    [InlineData("reset --help", "--log --sink --to --yes Example:")]
    [InlineData("top --help", "--interval --once --socket Example:")]
    [InlineData("replay --help", "--log --sink --from --to --yes --socket Example:")]
    [InlineData("deadletters retry --help", "--log --sink --id --socket Example:")]
    [InlineData("deadletters list --help", "--log --sink Example:")]
    [InlineData("run --help", "--config --set")]
    [InlineData("check --help", "--config --set")]
    [InlineData("demo --help", "--seconds --nginx")]
    public async Task Help_names_all_that_there_is(string arguments, string words)
    {
        Assert.Equal(ExitCode.Success, await InvokeAsync(arguments.Split(' ')));
        foreach (var word in words.Split(' '))
        {
            Assert.Contains(word, _output.ToString(), StringComparison.Ordinal);
        }

        Assert.Empty(_error.ToString());
        Assert.Null(_ran);
    }

    [Fact]
    public async Task The_version_is_told()
    {
        Assert.Equal(ExitCode.Success, await InvokeAsync("--version"));
        Assert.Matches(@"^\d+\.\d+\.\d+", _output.ToString());
    }

    private static string[] Lines(StringWriter writer) => writer.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);

    private Task<int> InvokeAsync(params string[] arguments)
    {
        var setup = new CommandSetup(
            _surroundings,
            TimeProvider.System,
            (loaded, _, _) =>
            {
                _ran = loaded.Plan;
                return Task.FromResult(ExitCode.Left);
            },
            _ => null);
        return CommandLine.InvokeAsync(arguments, setup, _output, _error, TestContext.Current.CancellationToken);
    }
}
