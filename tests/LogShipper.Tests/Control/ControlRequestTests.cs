using LogShipper.Control;

namespace LogShipper.Tests.Control;

public sealed class ControlRequestTests
{
    [Fact]
    public void What_is_absent_is_empty_and_never_null()
    {
        var request = ControlRequest.Parse("""{"command":"tap"}"""u8)!;
        Assert.Equal(("", "", "", "", "", ""), (request.Log, request.Sink, request.Where, request.Format, request.From, request.To));
        Assert.Empty(request.Ids);
        Assert.Equal(request.ToLine(), ControlRequest.Parse(request.ToLine().AsSpan()[..^1])!.ToLine());
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"command":null}""")]
    [InlineData("""{"command":"tap","log":null}""")]
    [InlineData("""{"command":"tap","limit":1e99}""")]
    public void What_is_no_request_is_none(string line) => Assert.Null(ControlRequest.Parse(System.Text.Encoding.UTF8.GetBytes(line)));
}
