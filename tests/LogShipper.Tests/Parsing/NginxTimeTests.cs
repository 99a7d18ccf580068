using System.Text;
using LogShipper.Parsing;

namespace LogShipper.Tests.Parsing;

public class NginxTimeTests
{
    [Theory]
    [InlineData("23/Apr/2021:14:59:24 +0000", "2021-04-23T14:59:24.000Z")]
    [InlineData("29/Jul/2023:10:26:06 -0730", "2023-07-29T17:56:06.000Z")]
    [InlineData("29/Feb/2024:23:59:60 +0100", "2024-02-29T22:59:59.000Z")]
    [InlineData("2026-11-23T03:41:45+05:30", "2026-11-22T22:11:45.000Z")]
    [InlineData("2026-11-23T03:41:45.123Z", "2026-11-23T03:41:45.123Z")]
    [InlineData("1795405305.892", "2026-11-23T03:41:45.892Z")]
    [InlineData("1795405305", "2026-11-23T03:41:45.000Z")]
    [InlineData("1795405305892", "2026-11-23T03:41:45.892Z")]
    public void Each_way_to_write_a_time_is_read(string text, string expected)
    {
        var time = new NginxTime();
        Assert.True(time.TryParse(Encoding.UTF8.GetBytes(text), out var ticks));
        Assert.Equal(expected, Encoding.UTF8.GetString(time.Format(ticks)));
        Assert.True(time.TryParse(Encoding.UTF8.GetBytes(text), out var again));
        Assert.Equal(ticks, again);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("30/Feb/2021:14:59:24 +0000")]
    [InlineData("23/Foo/2021:14:59:24 +0000")]
    [InlineData("23/anF/2021:14:59:24 +0000")]
    [InlineData("23/Apr/0000:14:59:24 +0000")]
    [InlineData("01/Jan/0001:00:00:00 +0100")]
    [InlineData("31/Dec/9999:23:59:59 -0100")]
    [InlineData("23/Apr/2021:24:00:00 +0000")]
    [InlineData("99999999999999999999")]
    [InlineData("1795405305.8x")]
    [InlineData("-5")]
    public void What_is_no_time_is_refused(string text) => Assert.False(new NginxTime().TryParse(Encoding.UTF8.GetBytes(text), out _));

    [Theory]
    [InlineData("2026/03/29 01:59:59", "2026-03-29T00:59:59.000Z")]
    [InlineData("2026/03/29 02:30:00", "2026-03-29T01:30:00.000Z")] // skipped by the clock
    [InlineData("2026/03/29 03:00:00", "2026-03-29T01:00:00.000Z")]
    [InlineData("2026/10/25 02:30:00", "2026-10-25T01:30:00.000Z")] // had twice
    [InlineData("2026/07/01 12:00:00", "2026-07-01T10:00:00.000Z")]
    public void A_time_without_a_zone_takes_the_configured_one(string text, string expected)
    {
        var time = new NginxTime();
        Assert.True(time.TryParseError(Encoding.UTF8.GetBytes(text), TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"), out var ticks));
        Assert.Equal(expected, Encoding.UTF8.GetString(time.Format(ticks)));
    }
}
