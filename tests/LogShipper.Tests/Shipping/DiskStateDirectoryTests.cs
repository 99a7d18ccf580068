using LogShipper.Shipping;

namespace LogShipper.Tests.Shipping;

public sealed class DiskStateDirectoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_is_replaced_whole_and_only_its_owner_may_read_it()
    {
        using var state = Claimed();
        Assert.Null(state.Read("access.es.json"));
        state.Replace("access.es.json", "a long first version"u8);
        state.Replace("access.es.json", "second"u8);

        Assert.Equal("second"u8.ToArray(), state.Read("access.es.json"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder["state/access.es.json"]));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder["state"]));
        Assert.Equal(["access.es.json", "lock"], Directory.EnumerateFiles(_folder["state"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Appending_adds_at_the_end()
    {
        using var state = Claimed();
        state.Append("letters", "one\n"u8);
        state.Append("letters", "two\n"u8);
        Assert.Equal("one\ntwo\n"u8.ToArray(), state.Read("letters"));
    }

    [Fact]
    public void What_cannot_be_read_is_kept_out_of_the_way()
    {
        using var state = Claimed();
        state.Replace("access.es.json", "garbage"u8);
        state.SetAside("access.es.json");
        Assert.Null(state.Read("access.es.json"));
        Assert.Equal("garbage"u8.ToArray(), state.Read("access.es.json.unreadable"));
    }

    [Fact]
    public void A_second_shipper_cannot_claim_the_directory()
    {
        using var first = Claimed();
        using var second = new DiskStateDirectory(_folder["state"]);
        Assert.Contains("Another LogShipper", Assert.Throws<IOException>(second.Claim).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("access.es.json")]
    [InlineData("access.es.json.new")]
    public void A_file_is_replaced_without_writing_through_a_link_put_in_its_place(string link)
    {
        using var state = Claimed();
        File.WriteAllText(_folder["victim"], "untouched");
        File.CreateSymbolicLink(_folder[$"state/{link}"], _folder["victim"]);

        state.Replace("access.es.json", "ours"u8);
        Assert.Equal("untouched", File.ReadAllText(_folder["victim"]));
        Assert.Null(new FileInfo(_folder["state/access.es.json"]).LinkTarget);
        Assert.Equal("ours"u8.ToArray(), state.Read("access.es.json"));
    }

    [Fact]
    public void No_link_is_read_or_appended_to()
    {
        using var state = Claimed();
        File.WriteAllText(_folder["victim"], "untouched");
        File.CreateSymbolicLink(_folder["state/letters"], _folder["victim"]);

        Assert.Contains("symbolic link", Assert.Throws<IOException>(() => state.Read("letters")).Message, StringComparison.Ordinal);
        Assert.Contains("symbolic link", Assert.Throws<IOException>(() => state.Append("letters", "ours"u8)).Message, StringComparison.Ordinal);
        Assert.Equal("untouched", File.ReadAllText(_folder["victim"]));
    }

    [Theory]
    [InlineData("link")]
    [InlineData("over/inner")]
    public void Its_own_path_may_lead_over_links_and_may_be_one(string path)
    {
        Directory.CreateDirectory(_folder["volume/inner"]);
        File.CreateSymbolicLink(_folder["link"], _folder["volume/inner"]);
        File.CreateSymbolicLink(_folder["over"], _folder["volume"]);
        using var state = new DiskStateDirectory(_folder[path]);
        state.Claim();
        state.Replace("access.es.json", "position"u8);
        state.Append("letters", "one\n"u8);

        Assert.Equal("position"u8.ToArray(), File.ReadAllBytes(_folder["volume/inner/access.es.json"]));
        Assert.Equal("one\n"u8.ToArray(), state.Read("letters"));
        Assert.Equal(0, state.CountLosses());
        File.CreateSymbolicLink(_folder["volume/inner/linked"], _folder["volume/inner/letters"]);
        Assert.Contains("symbolic link", Assert.Throws<IOException>(() => state.Read("linked")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_lock_is_not_taken_through_a_link()
    {
        Directory.CreateDirectory(_folder["state"]);
        File.CreateSymbolicLink(_folder["state/lock"], _folder["victim"]);
        using var state = new DiskStateDirectory(_folder["state"]);
        Assert.Contains("symbolic link", Assert.Throws<IOException>(state.Claim).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["victim"]));
    }

    [Fact]
    public void A_file_that_somebody_left_open_to_all_is_closed_when_it_is_appended_to()
    {
        using var state = Claimed();
        File.WriteAllText(_folder["state/letters"], "one\n");
        File.SetUnixFileMode(_folder["state/letters"], (UnixFileMode)0x1B6);
        state.Append("letters", "two\n"u8);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder["state/letters"]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_directory_that_was_removed_or_emptied_is_made_again_and_told_once(bool removed)
    {
        var told = new List<string?>();
        using var state = Claimed();
        state.Lost = told.Add;
        state.Replace("access.es.json", "position"u8);
        Assert.Equal(0, state.CountLosses());

        Directory.Delete(_folder["state"], recursive: true);
        if (!removed)
        {
            Directory.CreateDirectory(_folder["state"]);
        }

        Assert.Equal(1, state.CountLosses());
        Assert.Equal(1, state.CountLosses());
        Assert.Equal([null], told);
        using var second = new DiskStateDirectory(_folder["state"]);
        Assert.Contains("Another LogShipper", Assert.Throws<IOException>(second.Claim).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_that_cannot_be_made_again_is_told_once_and_once_more_when_it_can()
    {
        var told = new List<string?>();
        using var state = Claimed();
        state.Lost = told.Add;
        Directory.Delete(_folder["state"], recursive: true);
        File.WriteAllText(_folder["state"], "in the way");
        Assert.Equal(0, state.CountLosses());
        Assert.Equal(0, state.CountLosses());
        Assert.NotNull(Assert.Single(told));

        File.Delete(_folder["state"]);
        Assert.Equal(1, state.CountLosses());
        Assert.Null(Assert.Single(told[1..]));
    }

    private DiskStateDirectory Claimed()
    {
        var state = new DiskStateDirectory(_folder["state"]);
        state.Claim();
        return state;
    }
}
