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

    private DiskStateDirectory Claimed()
    {
        var state = new DiskStateDirectory(_folder["state"]);
        state.Claim();
        return state;
    }
}
