using LogShipper.Sinks.Elasticsearch;

namespace LogShipper.Tests.Sinks.Elasticsearch;

public sealed class IndexNameTests
{
    private static readonly long Time = new DateTime(2026, 3, 4, 5, 59, 59, DateTimeKind.Utc).Ticks;

    [Theory]
    [InlineData("nginx", "nginx", "nginx")]
    [InlineData("nginx-{0:yyyy.MM.dd}", "nginx-2026.03.04", "nginx-*")]
    [InlineData("nginx-{0:yy-MM}-web", "nginx-26-03-web", "nginx-*-web")]
    [InlineData("nginx-{0:yyyyMMddHH}", "nginx-2026030405", "nginx-*")]
    [InlineData("a{0:yyyy}b{0:MM}", "a2026b03", "a*")]
    public void A_name_takes_the_records_date(string text, string expected, string wildcard)
    {
        Assert.True(IndexName.TryParse(text, out var name, out _));
        Assert.Equal(expected, name.For(Time));
        Assert.Equal(wildcard, name.Wildcard);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("Nginx", "lower case")]
    [InlineData("_nginx", "begin with '_'")]
    [InlineData("-nginx", "begin with '-'")]
    [InlineData("..", "'.'")]
    [InlineData("a b", "contain ' '")]
    [InlineData("a/b", "contain '/'")]
    [InlineData("a*", "contain '*'")]
    [InlineData("a:b", "contain ':'")]
    [InlineData("a\"b", "contain '\"'")]
    [InlineData("a\nb", "U+000A")]
    [InlineData("nginx-{yyyy}", "{0:yyyy.MM.dd}")]
    [InlineData("nginx-{0:yyyy", "{0:yyyy.MM.dd}")]
    [InlineData("nginx-}", "{0:yyyy.MM.dd}")]
    [InlineData("nginx-{0:}", "empty")]
    [InlineData("nginx-{0:ww}", "'ww'")]
    [InlineData("nginx-{0:dd/MM}", "contain '/'")]
    public void What_Elasticsearch_forbids_is_told(string text, string part)
    {
        Assert.False(IndexName.TryParse(text, out _, out var problem));
        Assert.Contains(part, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_over_255_bytes_is_told()
    {
        Assert.True(IndexName.TryParse(new string('a', 255), out _, out _));
        Assert.False(IndexName.TryParse(new string('a', 256), out _, out _));
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    public void A_time_out_of_range_still_gives_a_name(long ticks)
    {
        Assert.True(IndexName.TryParse("n-{0:yyyy}", out var name, out _));
        Assert.Equal(6, name.For(ticks).Length);
    }
}
