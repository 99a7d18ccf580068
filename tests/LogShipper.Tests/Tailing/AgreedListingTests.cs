using LogShipper.Tailing;

namespace LogShipper.Tests.Tailing;

public sealed class AgreedListingTests
{
    [Fact]
    public void Two_listings_that_agree_are_what_was_there()
    {
        var listings = 0;
        Assert.Single(AgreedListing.Take(() => ++listings < 4 ? [.. Enumerable.Repeat(Entry("access.log"), listings + 1)] : [Entry("access.log")]));
        Assert.Equal(5, listings);
    }

    [Theory]
    [InlineData("renamed")]
    [InlineData("made")]
    public void Where_none_agree_that_is_said_of_whatever_the_cause_is(string cause)
    {
        var listings = 0;
        var fault = Assert.Throws<IOException>(() => AgreedListing.Take(() =>
        {
            listings++;
            return cause == "made" ? [.. Enumerable.Range(0, listings).Select(number => Entry($"{number}"))] : [Entry($"access.log.{listings}")];
        }));
        Assert.Equal("files come and go in it, or are renamed, while it is listed; the next look tries again", fault.Message);
    }

    private static DirectoryEntry Entry(string name) => new(name, new FileIdentity(1, 1, 1), 0, 0);
}
