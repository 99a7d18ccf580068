using LogShipper.Tailing;

namespace LogShipper.Tests.Tailing;

public sealed class RotatedNameTests
{
    [Theory]
    [InlineData("access.log.1")]
    [InlineData("access.log.12")]
    [InlineData("access.log.2.gz")]
    [InlineData("access.log-20260101")]
    [InlineData("access.log-20260101.gz")]
    [InlineData("access.log-2026-01-01")]
    [InlineData("access.log.20260101-1530")]
    [InlineData("access.1.log")]
    [InlineData("access-20260101.log")]
    [InlineData("access.log.old")]
    [InlineData("access.log.gz")]
    public void Names_that_rotation_gives_belong_to_the_log(string name)
    {
        var rotated = RotatedName.Parse("access.log", name);
        Assert.NotNull(rotated);
        Assert.False(rotated.Value.IsLive);
        Assert.Equal(name.EndsWith(".gz", StringComparison.Ordinal), rotated.Value.IsCompressed);
    }

    [Theory]
    [InlineData("error.log")]
    [InlineData("access.log.txt")]
    [InlineData("access.logs")]
    [InlineData("access.log.")]
    [InlineData("access.log-")]
    [InlineData("other-access.log")]
    [InlineData("access.vhost.log")]
    [InlineData("access.log.new1")]
    public void Other_names_do_not(string name) => Assert.Null(RotatedName.Parse("access.log", name));

    [Fact]
    public void They_sort_oldest_first_with_the_live_name_last()
    {
        string[] names = ["access.log", "access.log.1", "access.log-20260102", "access.log.10", "access.log.2.gz", "access.log-20260101"];
        var sorted = names.Select(name => (Name: name, Rank: RotatedName.Parse("access.log", name)!.Value)).OrderBy(pair => pair.Rank).Select(pair => pair.Name);
        Assert.Equal(["access.log-20260101", "access.log-20260102", "access.log.10", "access.log.2.gz", "access.log.1", "access.log"], sorted);
    }

    [Fact]
    public void A_file_without_a_name_is_older_than_all_others() =>
        Assert.True(RotatedName.Gone < RotatedName.Parse("access.log", "access.log-20000101")!.Value);
}
