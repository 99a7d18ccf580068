namespace LogShipper.EndToEnd.Faults;

/// <summary>The document is written in half an hour, by hand: what stands around its numbers must not wait for that.</summary>
public sealed class ReliabilityTextTests
{
    [Fact]
    public void The_document_begins_as_the_next_one_will()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "LogShipper.sln")))
        {
            directory = directory.Parent ?? throw new DirectoryNotFoundException("The repository is not above the tests.");
        }

        Assert.StartsWith(ReliabilityText.Beginning, File.ReadAllText(Path.Combine(directory.FullName, "docs", "reliability.md")), StringComparison.Ordinal);
    }
}
