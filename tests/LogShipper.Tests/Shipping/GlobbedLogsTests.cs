using LogShipper.Shipping;

namespace LogShipper.Tests.Shipping;

public sealed class GlobbedLogsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static IReadOnlyList<string> Expand(string path) => GlobbedLogs.Expand(path, followsLinks: false, out _);

    [Fact]
    public void Each_match_is_named_relative_to_the_folder_before_the_first_wildcard()
    {
        Touch("a.access.log", "b.access.log", "error.log", "shop/c.access.log");
        Assert.Equal(["a.access.log", "b.access.log"], Expand(_folder["*.access.log"]));
        Assert.Equal(["shop/c.access.log"], Expand(_folder["*/*.access.log"]));
        Assert.Equal(["a.access.log", "b.access.log", "shop/c.access.log"], Expand(_folder["**/*.access.log"]));
    }

    [Fact]
    public void Rotated_files_of_a_match_are_no_logs()
    {
        Touch("access.log", "access.log.1", "access.log.2.gz", "access.log-20260101", "access.logbook");
        Assert.Equal(["access.log", "access.logbook"], Expand(_folder["access.log*"]));
    }

    [Fact]
    public void Links_and_folders_are_not_followed()
    {
        Touch("real.log", "shop/inner.log");
        File.CreateSymbolicLink(_folder["link.log"], _folder["real.log"]);
        Directory.CreateSymbolicLink(_folder["loop"], _folder.Path);
        Assert.Equal(["real.log", "shop/inner.log"], Expand(_folder["**/*.log"]));
    }

    [Fact]
    public void A_folder_that_is_not_there_has_no_matches() => Assert.Empty(Expand(_folder["missing/*.log"]));

    [Fact]
    public void A_question_mark_is_one_character()
    {
        Touch("a1.log", "a12.log");
        Assert.Equal(["a1.log"], Expand(_folder["a?.log"]));
    }

    private void Touch(params string[] names)
    {
        foreach (var name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
            File.WriteAllText(_folder[name], "");
        }
    }
}
