using CsCheck;
using LogShipper.Configuration;

namespace LogShipper.Tests.Configuration;

public sealed class DurationTests
{
    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("0s", 0)]
    [InlineData("30s", 30_000)]
    [InlineData("1m", 60_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("00:00:30", 30_000)]
    [InlineData("1:02:03", 3_723_000)]
    [InlineData("00:00:00.05", 50)]
    public void A_number_with_a_unit_or_a_clock_reading_is_a_duration(string text, long milliseconds)
    {
        Assert.True(Duration.TryParse(text, out var duration, out _));
        Assert.Equal(milliseconds, duration.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("+1s")]
    [InlineData("1.5s")]
    [InlineData("1 s")]
    [InlineData(" 1s")]
    [InlineData("1s ")]
    [InlineData("1S")]
    [InlineData("1m30s")]
    [InlineData("1d")]
    [InlineData("30 seconds")]
    [InlineData("00:30")]
    [InlineData("-00:00:30")]
    [InlineData("00:00:61")]
    [InlineData("9999999999999h")]
    [InlineData("1e3s")]
    [InlineData("٣s")]
    public void Anything_else_is_refused(string text) => Assert.False(Duration.TryParse(text, out _, out _));

    [Fact]
    public void A_bare_number_is_refused_for_its_missing_unit()
    {
        Assert.False(Duration.TryParse("30", out _, out var fault));
        Assert.Equal("a duration needs a unit", fault);
    }

    [Fact]
    public void What_is_written_reads_back() => Gen.Int[0, int.MaxValue].Sample(milliseconds =>
    {
        var duration = TimeSpan.FromMilliseconds(milliseconds);
        return Duration.TryParse(Duration.Format(duration), out var read, out _) && read == duration;
    });

    [Fact]
    public void No_text_makes_it_throw() => Gen.String.Sample(text => Duration.TryParse(text, out _, out var fault) == (fault.Length == 0));
}
