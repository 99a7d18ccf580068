using System.Globalization;
using LogShipper.Cli;

namespace LogShipper.Tests.Cli;

public sealed class PointInTimeTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 8, 30, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("now", "2026-11-23T08:30:00Z")]
    [InlineData("0s", "2026-11-23T08:30:00Z")]
    [InlineData("2h", "2026-11-23T06:30:00Z")]
    [InlineData("90m", "2026-11-23T07:00:00Z")]
    [InlineData("2026-11-23", "2026-11-23T00:00:00Z")]
    [InlineData("2026-11-23T08:15", "2026-11-23T08:15:00Z")]
    [InlineData("2026-11-23 08:15:07", "2026-11-23T08:15:07Z")]
    [InlineData("2026-11-23T08:15:07.5Z", "2026-11-23T08:15:07.5Z")]
    [InlineData("2026-11-23T08:15:07+02:00", "2026-11-23T06:15:07Z")]
    [InlineData("23/Nov/2026:08:15:07 +0000", "2026-11-23T08:15:07Z")]
    [InlineData("23/Nov/2026:08:15:07 -0530", "2026-11-23T13:45:07Z")]
    [InlineData("2026/11/23 08:15:07", "2026-11-23T08:15:07Z")]
    public void Ages_and_times_are_read_as_people_and_nginx_write_them(string text, string time)
    {
        Assert.True(PointInTime.TryParse(text, Now, out var read));
        Assert.Equal(DateTimeOffset.Parse(time, CultureInfo.InvariantCulture), read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("10:30:00.1.1")]
    [InlineData("yesterday")]
    [InlineData("2026-13-01")]
    [InlineData("999999999999h")]
    public void What_is_no_time_is_none(string text) => Assert.False(PointInTime.TryParse(text, Now, out _));
}
