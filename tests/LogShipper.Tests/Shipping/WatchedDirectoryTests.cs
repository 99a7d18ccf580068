using System.Text;
using LogShipper.Shipping;
using LogShipper.Tailing;

namespace LogShipper.Tests.Shipping;

public sealed class WatchedDirectoryTests
{
    private readonly WatchedDirectory _directory = new("/logs");

    public WatchedDirectoryTests()
    {
        _directory.Add("access", "access.log");
        _directory.Add("error", "error.log");
        _directory.AddPattern("*.log", mayBeDirectory: false);
    }

    [Theory]
    [InlineData(FileChanges.Modified, "access.log", "access")]
    [InlineData(FileChanges.MovedFrom, "access.log", "access")]
    [InlineData(FileChanges.MovedTo, "access.log.1", "access")]
    [InlineData(FileChanges.Created, "access.log", "access")]
    [InlineData(FileChanges.Deleted, "error.log-20260101.gz", "error")]
    [InlineData(FileChanges.Modified, "access-20260101.log", "access")]
    [InlineData(FileChanges.WriterClosed, "access.log.1", "access")]
    [InlineData(FileChanges.WriterClosed, "access.log", "")]
    [InlineData(FileChanges.Modified, "access_api.log", "")]
    [InlineData(FileChanges.Modified, "access.log.swp", "")]
    [InlineData(FileChanges.Modified, "\u00e9t\u00e9.log", "")]
    internal void An_event_concerns_the_log_whose_file_it_names(FileChanges changes, string name, string log)
    {
        var changed = new HashSet<string>();
        Assert.False(Take(changes, name, changed));
        Assert.Equal(log.Length == 0 ? [] : [log], changed);
    }

    [Theory]
    [InlineData(FileChanges.Created, "api.log", true)]
    [InlineData(FileChanges.MovedTo, "api.log", true)]
    [InlineData(FileChanges.Modified, "api.log", false)]
    [InlineData(FileChanges.Created, "api.txt", false)]
    [InlineData(FileChanges.Created, "access.log", false)]
    [InlineData(FileChanges.Created | FileChanges.OfDirectory, "api.log", false)]
    internal void What_matches_the_glob_and_came_anew_may_be_a_new_log(FileChanges changes, string name, bool isNew) =>
        Assert.Equal(isNew, Take(changes, name, []));

    [Fact]
    public void A_new_directory_matters_where_the_glob_has_a_wildcard_before_its_last_slash()
    {
        var directory = new WatchedDirectory("/sites");
        directory.AddPattern("access.log", mayBeDirectory: true);
        Assert.True(Take(directory, FileChanges.Created | FileChanges.OfDirectory, "shop", []));
        Assert.False(Take(directory, FileChanges.Deleted | FileChanges.OfDirectory, "shop", []));
    }

    [Fact]
    public void A_name_longer_than_any_concerns_every_log()
    {
        var changed = new HashSet<string>();
        ReadOnlySpan<byte> read = FileEvent.Write(1, FileChanges.Modified, Encoding.UTF8.GetBytes(new string('x', 260)));
        Assert.True(FileEvent.TryTake(ref read, out var next));
        _directory.Take(next, changed);
        Assert.Equal(["access", "error"], changed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Known_names_are_told_apart_without_allocating()
    {
        var changed = new HashSet<string>();
        var events = FileEvent.Write(1, FileChanges.Modified, "access.log"u8).Concat(FileEvent.Write(1, FileChanges.Modified, "other.txt"u8)).ToArray();
        TakeAll(events, changed);
        Assert.Equal(0, Allocation.Of(() =>
        {
            for (var round = 0; round < 100; round++)
            {
                TakeAll(events, changed);
            }
        }));
        Assert.Equal(["access"], changed);
    }

    private void TakeAll(byte[] events, HashSet<string> changed)
    {
        ReadOnlySpan<byte> read = events;
        while (FileEvent.TryTake(ref read, out var next))
        {
            _directory.Take(next, changed);
        }
    }

    private bool Take(FileChanges changes, string name, HashSet<string> changed) => Take(_directory, changes, name, changed);

    private static bool Take(WatchedDirectory directory, FileChanges changes, string name, HashSet<string> changed)
    {
        ReadOnlySpan<byte> read = FileEvent.Write(7, changes, Encoding.UTF8.GetBytes(name));
        Assert.True(FileEvent.TryTake(ref read, out var next));
        Assert.Equal((7, name), (next.Watch, Encoding.UTF8.GetString(next.Name)));
        return directory.Take(next, changed);
    }
}
