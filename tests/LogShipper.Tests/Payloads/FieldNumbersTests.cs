using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using LogShipper.Parsing;
using LogShipper.Payloads;

namespace LogShipper.Tests.Payloads;

public class FieldNumbersTests
{
    [Fact]
    public void Eight_digits_are_written_as_the_platform_writes_them()
    {
        var random = new Random(5);
        var bytes = new byte[8];
        foreach (var number in Enumerable.Range(0, 20_000).Concat(Enumerable.Range(0, 20_000).Select(_ => random.Next((int)FieldNumbers.EightDigits))).Append((int)FieldNumbers.EightDigits - 1))
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, FieldNumbers.Digits((uint)number));
            Assert.Equal(number.ToString("00000000", CultureInfo.InvariantCulture), Encoding.ASCII.GetString(bytes));
        }
    }

    [Theory]
    [InlineData("0", true)]
    [InlineData("7", true)]
    [InlineData("10", true)]
    [InlineData("1234567890123456", true)]
    [InlineData("12345678901234567", false)]
    [InlineData("123456789012345a", false)]
    [InlineData("00", false)]
    [InlineData("01", false)]
    [InlineData("", false)]
    [InlineData("-", false)]
    [InlineData("1:", false)]
    [InlineData("1/", false)]
    public void A_number_that_would_be_written_as_it_stands_is_plain(string text, bool expected)
    {
        foreach (var behind in new[] { " \"-\" \"curl\"", "00000000000000000000" })
        {
            var content = Encoding.ASCII.GetBytes($"x{text}{behind}{new string('9', 40)}");
            Assert.Equal(expected, FieldNumbers.IsPlain(content, new TextPlace(1, text.Length)));
        }
    }
}
