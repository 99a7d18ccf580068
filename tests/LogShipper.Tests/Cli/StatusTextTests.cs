using System.Text;
using System.Text.Json.Nodes;
using LogShipper.Cli;
using LogShipper.Diagnostics;

namespace LogShipper.Tests.Cli;

public sealed class StatusTextTests
{
    private static readonly AmountStatus None = new(0, 0);

    [Fact]
    public void The_headline_says_well_only_while_nothing_is_wrong()
    {
        Assert.Contains(", well;", StatusText.Heading(Status([Lane(LaneState.Current), Lane(LaneState.Behind, 20)])), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http 503", "closed")]
    [InlineData(null, "open")]
    [InlineData(null, "half_open")]
    public void The_headline_says_that_a_sink_is_failing(string? failure, string breaker)
    {
        Assert.Contains(", 1 sink failing;", StatusText.Heading(Status([Lane(LaneState.Failing), Lane(LaneState.Failing)], new SinkStatus("out", breaker, failure, 0, 0))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(LaneState.Failing, 0, "2 lanes failing")]
    [InlineData(LaneState.Blocked, 0, "2 lanes blocked")]
    [InlineData(LaneState.Ended, 0, "2 lanes ended")]
    [InlineData(LaneState.Behind, 100, "2 lanes behind")]
    public void The_headline_says_how_many_lanes_are_worst(string state, double secondsBehind, string expected)
    {
        Assert.Contains($", {expected};", StatusText.Heading(Status([Lane(state, secondsBehind), Lane(state, secondsBehind), Lane(LaneState.Current)])), StringComparison.Ordinal);
    }

    [Fact]
    public void The_headline_says_the_worst_of_several()
    {
        Assert.Contains(", 1 lane blocked;", StatusText.Heading(Status([Lane(LaneState.Behind, 1000), Lane(LaneState.Failing), Lane(LaneState.Blocked)], new SinkStatus("es", "open", "timeout", 0, 0))), StringComparison.Ordinal);
    }

    [Fact]
    public void The_report_of_an_older_shipper_which_tells_of_no_refused_logs_can_be_shown()
    {
        var json = JsonNode.Parse(Status([Lane(LaneState.Current)]).ToJson())!.AsObject();
        Assert.True(json.Remove("refusedLogs"));
        var status = StatusReport.Parse(Encoding.UTF8.GetBytes(json.ToJsonString()))!;
        Assert.Empty(status.RefusedLogs);
        Assert.Contains(", well;", StatusText.Heading(status), StringComparison.Ordinal);
        Assert.Empty(StatusText.Faults(status));
    }

    private static StatusReport Status(LaneStatus[] lanes, params SinkStatus[] sinks) =>
        new("1", "test", DateTimeOffset.UnixEpoch, 100, Ready: true, Alive: true, 10, lanes, sinks, 0, 0);

    private static LaneStatus Lane(string state, double secondsBehind = 0)
    {
        var ledger = new LedgerStatus(None, None, None, None, None, new Dictionary<string, AmountStatus>(), None, 0, 0);
        return new LaneStatus("access", "out", "/a", state, 0, secondsBehind, null, 0, 0, 0, [], 0, 0, 0, 0, [], null, ledger);
    }
}
