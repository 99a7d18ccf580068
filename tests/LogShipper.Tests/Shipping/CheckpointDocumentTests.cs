using System.IO.Hashing;
using System.Text;
using LogShipper.Shipping;

namespace LogShipper.Tests.Shipping;

public sealed class CheckpointDocumentTests
{
    private const string Whole = """
        {"version":1,"path":"/l","entries":[{"device":1,"inode":2,"birth":3,"name":"access.log","fingerprint":4,"fingerprintLength":5,"generation":0,"base":0,"offset":10,"anchor":7,"anchorLength":10,"skipping":false,"time":0,"length":20,"finished":false}],"forgotten":[]}
        """;

    [Fact]
    public void What_was_written_is_read() => Assert.Equal(10, Assert.Single(CheckpointDocument.Parse(Hashed(Whole), out _)!.Entries).Offset);

    [Theory]
    [InlineData("\"path\":\"/l\"", "\"path\":null")]
    [InlineData("\"forgotten\":[]", "\"forgotten\":null")]
    [InlineData("\"forgotten\":[]", "\"forgotten\":[null]")]
    [InlineData("\"entries\":[", "\"entries\":[null,")]
    [InlineData("\"name\":\"access.log\"", "\"name\":null")]
    [InlineData("\"offset\":10", "\"offset\":-1")]
    [InlineData("\"anchorLength\":10", "\"anchorLength\":-1")]
    [InlineData("\"generation\":0", "\"generation\":-1")]
    public void What_is_never_written_is_not_read_even_with_its_hash(string text, string other)
    {
        Assert.Contains(text, Whole, StringComparison.Ordinal);
        Assert.Null(CheckpointDocument.Parse(Hashed(Whole.Replace(text, other, StringComparison.Ordinal)), out var problem));
        Assert.NotEmpty(problem);
    }

    [Fact]
    public void Entries_that_are_null_are_not_read() =>
        Assert.Null(CheckpointDocument.Parse(Hashed("""{"version":1,"path":"/l","entries":null,"forgotten":[]}"""), out _));

    private static byte[] Hashed(string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json.Trim());
        return [.. bytes, (byte)'\n', .. Encoding.ASCII.GetBytes(XxHash3.HashToUInt64(bytes).ToString("x16")), (byte)'\n'];
    }
}
