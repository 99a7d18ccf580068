using System.Text;
using LogShipper.Signals;

namespace LogShipper.Tests.Signals;

public sealed class SignalNumbersTests
{
    [Theory]
    [InlineData("0.123", 123)]
    [InlineData("0.000", 0)]
    [InlineData("9999.999", 9_999_999)]
    [InlineData("86400.000", 86_400_000)]
    [InlineData("86400.001", -1)]
    [InlineData("12.5", 12_500)]
    [InlineData("7", 7000)]
    [InlineData("0.0015", 2)]
    [InlineData("-", -1)]
    [InlineData("-0.5", -1)]
    [InlineData("0.12x", -1)]
    [InlineData("1.2.345", -1)]
    [InlineData("", -1)]
    public void A_duration_is_whole_milliseconds_of_a_day_at_most(string seconds, int milliseconds) =>
        Assert.Equal(milliseconds, SignalNumbers.MillisecondsOf(Encoding.ASCII.GetBytes(seconds)));

    [Theory]
    [InlineData("0", 0)]
    [InlineData("612", 612)]
    [InlineData("999999999999999999", 999_999_999_999_999_999)]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("9223372036854775808", 0)]
    [InlineData("-5", 0)]
    [InlineData("5a", 0)]
    [InlineData("-", 0)]
    [InlineData("", 0)]
    public void A_number_that_is_none_counts_nothing(string digits, long number) => Assert.Equal(number, SignalNumbers.WholeOf(Encoding.ASCII.GetBytes(digits)));
}
