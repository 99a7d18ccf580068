using System.Text.RegularExpressions;

namespace LogShipper.Tests.Configuration;

public sealed class SecurityDocumentTests
{
    [Fact]
    public void Every_test_that_a_claim_rests_on_is_there()
    {
        var root = DocumentationTests.RepositoryRoot();
        var sources = Directory.EnumerateFiles(Path.Combine(root, "tests"), "*Tests.cs", SearchOption.AllDirectories).ToLookup(path => Path.GetFileNameWithoutExtension(path), File.ReadAllText);
        var named = Regex.Matches(File.ReadAllText(Path.Combine(root, "docs", "security.md")), "`(?<type>[A-Za-z]+Tests)\\.(?<test>[A-Za-z0-9_]+)`", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(10));
        Assert.True(named.Count > 40);
        Assert.All(named, name => Assert.Contains(sources[name.Groups["type"].Value], source => source.Contains($" {name.Groups["test"].Value}(", StringComparison.Ordinal)));
    }
}
