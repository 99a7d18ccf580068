using CsCheck;
using LogShipper.Configuration;

namespace LogShipper.Tests.Configuration;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("4096", 4096)]
    [InlineData("4096B", 4096)]
    [InlineData("256KiB", 262_144)]
    [InlineData("256kib", 262_144)]
    [InlineData("1MiB", 1_048_576)]
    [InlineData("16Mi", 16_777_216)]
    [InlineData("2GiB", 2_147_483_648)]
    [InlineData("16kB", 16_000)]
    [InlineData("16MB", 16_000_000)]
    [InlineData("1GB", 1_000_000_000)]
    public void A_whole_number_of_bytes_may_have_a_unit(string text, long expected)
    {
        Assert.True(ByteSize.TryParse(text, out var bytes, out _));
        Assert.Equal(expected, bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("MiB")]
    [InlineData("-1")]
    [InlineData("1.5MiB")]
    [InlineData("1 MiB")]
    [InlineData("1M")]
    [InlineData("1TiB")]
    [InlineData("0x10")]
    [InlineData("9999999999GiB")]
    [InlineData("99999999999999999999")]
    public void Anything_else_is_refused(string text) => Assert.False(ByteSize.TryParse(text, out _, out _));

    [Fact]
    public void What_is_written_reads_back() => Gen.Long[0, long.MaxValue / 16].Sample(
        bytes => ByteSize.TryParse(ByteSize.Format(bytes), out var read, out _) && read == bytes);

    [Fact]
    public void No_text_makes_it_throw() => Gen.String.Sample(text => ByteSize.TryParse(text, out _, out var fault) == (fault.Length == 0));
}
