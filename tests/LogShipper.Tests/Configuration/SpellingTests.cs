using LogShipper.Configuration;

namespace LogShipper.Tests.Configuration;

public sealed class SpellingTests
{
    private static readonly string[] Candidates = ["Interval", "Instance", "BatchBytes", "Index"];

    [Theory]
    [InlineData("Intervall", "Interval")]
    [InlineData("Itnerval", "Interval")]
    [InlineData("instanc", "Instance")]
    [InlineData("BATCHBYTE", "BatchBytes")]
    [InlineData("batch", "BatchBytes")]
    [InlineData("Idx", null)]
    [InlineData("Colour", null)]
    [InlineData("", null)]
    public void A_slip_finds_its_word_and_a_different_word_none(string written, string? meant) =>
        Assert.Equal(meant, Spelling.Nearest(written, Candidates));

    [Fact]
    public void A_swap_of_neighbours_is_one_edit() => Assert.Equal(1, Spelling.Edits("ab", "ba"));

    [Fact]
    public void A_key_of_absurd_length_is_no_slip() => Assert.Null(Spelling.Nearest(new string('x', 100_000), Candidates));
}
