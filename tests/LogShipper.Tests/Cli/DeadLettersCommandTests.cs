using LogShipper.Cli;
using LogShipper.Configuration;
using LogShipper.Shipping;
using LogShipper.Tests.Control;
using LogShipper.Tests.Shipping;

namespace LogShipper.Tests.Cli;

public sealed class DeadLettersCommandTests
{
    [Fact]
    public async Task They_are_listed_with_their_lines_and_nothing_that_moves_a_cursor()
    {
        await using var fleet = new RunningFleet();
        fleet.World.Make = _ => new FakeSink { Answer = _ => Task.FromResult(Delivery.Answered([new ItemOutcome(0, ItemFate.Rejected, "mapper_parsing_exception", "field [x]\u001b[1m")])) };
        fleet.World.Append("access.log", "refused \u001b[31mline");
        fleet.Start();
        await fleet.World.UntilAsync(() => fleet.World.Lane("access", "out").Ledger.Take().DeadLettered.Records == 1);

        Assert.Equal(ExitCode.Success, await ListAsync(fleet));
        Assert.Matches(@"^2026-01-01T00:00:\d\dZ access to out \S{27} mapper_parsing_exception at 0 of \S+access\.log\n  field \[x\]\\u001b\[1m\n  refused \\u001b\[31mline\n$", fleet.Output.ToString());
        Assert.Contains("1 dead letter", fleet.Error.ToString(), StringComparison.Ordinal);

        Assert.Equal(ExitCode.Success, await ListAsync(fleet, "--log", "error"));
        Assert.Contains("0 dead letters", fleet.Error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--log", "acces", "there is no log \"acces\"; there are access, error")]
    [InlineData("--sink", "es", "there is no sink \"es\"; there are stdout")]
    public async Task Of_a_log_or_sink_that_is_not_there_nothing_is_said_to_be_well(string option, string name, string words)
    {
        await using var fleet = new RunningFleet();
        fleet.Start();
        Assert.Equal(ExitCode.Problems, await ListAsync(fleet, option, name));
        Assert.Contains(words, fleet.Error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{\"id\":1}")]
    [InlineData("{\"id\":\"a\",\"log\":\"b\",\"sink\":\"c\",\"path\":\"d\",\"file\":\"e\",\"offset\":\"f\",\"time\":1,\"reason\":\"\",\"line\":\"\"}")]
    [InlineData("{\"id\":\"a\",\"log\":\"b\",\"sink\":\"c\",\"path\":\"d\",\"file\":\"e\",\"offset\":1,\"time\":\"2026-01-01T00:00:00Z\",\"reason\":\"\",\"line_base64\":\"?\"}")]
    public void What_is_none_is_left_out(string line) => Assert.Empty(DeadLetter.ReadAll(System.Text.Encoding.UTF8.GetBytes(line + "\n")));

    private static Task<int> ListAsync(RunningFleet fleet, params string[] arguments)
    {
        var setup = new CommandSetup(new ProcessSurroundings(), TimeProvider.System, (_, _, _) => Task.FromResult(ExitCode.Left), _ => null);
        return CommandLine.InvokeAsync(
            ["deadletters", "list", "--set", $"StateDirectory={Path.GetDirectoryName(fleet.Socket)}", .. arguments], setup, fleet.Output, fleet.Error, TestContext.Current.CancellationToken);
    }
}
