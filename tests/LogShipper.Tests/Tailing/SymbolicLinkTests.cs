using System.Diagnostics;
using System.Net.Sockets;
using LogShipper.Shipping;
using LogShipper.Tailing;
using Microsoft.Extensions.Time.Testing;

namespace LogShipper.Tests.Tailing;

/// <summary>The container that writes the logs cannot lead the shipper to another file.</summary>
public sealed class SymbolicLinkTests : IDisposable
{
    private const int Read = NativeFile.OpenReadOnly | NativeFile.OpenNonBlocking;

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new();

    public SymbolicLinkTests()
    {
        Directory.CreateDirectory(_folder["logs/shop"]);
        Directory.CreateDirectory(_folder["secret"]);
        File.WriteAllText(_folder["secret/access.log"], "secret\n");
        File.WriteAllText(_folder["logs/shop/access.log"], "line\n");
        File.CreateSymbolicLink(_folder["logs/linked"], _folder["secret"]);
        File.CreateSymbolicLink(_folder["logs/shop/linked.log"], _folder["secret/access.log"]);
        File.CreateSymbolicLink(_folder["logs/shop/near.log"], "access.log");
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("shop/access.log", 0)]
    [InlineData("shop/linked.log", NativeFile.ErrorLoop)]
    [InlineData("shop/near.log", NativeFile.ErrorLoop)]
    [InlineData("linked/access.log", NativeFile.ErrorLoop)]
    [InlineData("../secret/access.log", NativeFile.ErrorCrossesDevice)]
    [InlineData("shop/../../secret/access.log", NativeFile.ErrorCrossesDevice)]
    [InlineData("shop/missing.log", NativeFile.ErrorNoEntry)]
    [InlineData("missing/access.log", NativeFile.ErrorNoEntry)]
    public void The_kernel_and_the_way_without_its_help_refuse_alike(string path, int error)
    {
        Assert.Equal(0, NativeFile.TryOpen(_folder["logs"], NativeFile.OpenPath | NativeFile.OpenDirectory, out var logs));
        using (logs)
        {
            Assert.Equal(error, LogPath.TryOpenBelow(logs, path, Read, followsLinks: false, out var file));
            file.Dispose();
            Assert.Equal(error, LogPath.TryOpenByName(logs, path, Read, out file));
            file.Dispose();
        }
    }

    [Theory]
    [InlineData("/etc/hostname")]
    [InlineData("shop//access.log")]
    public void The_way_by_name_does_not_leave_the_directory(string path)
    {
        Assert.Equal(0, NativeFile.TryOpen(_folder["logs"], NativeFile.OpenPath | NativeFile.OpenDirectory, out var logs));
        using (logs)
        {
            Assert.Equal(NativeFile.ErrorCrossesDevice, LogPath.TryOpenByName(logs, path, Read, out var file));
            file.Dispose();
        }
    }

    [Fact]
    public void A_directory_that_becomes_a_link_is_neither_listed_nor_opened_in()
    {
        var directory = new DiskLogDirectory(LogPath.Of(_folder["logs"], _folder["logs/shop"], followsLinks: false), _time);
        Assert.NotEmpty(directory.Look(_time.GetTimestamp()).Entries);

        Directory.Delete(_folder["logs/shop"], recursive: true);
        File.CreateSymbolicLink(_folder["logs/shop"], _folder["secret"]);
        _time.Advance(TimeSpan.FromSeconds(1));

        var look = directory.Look(_time.GetTimestamp());
        Assert.Empty(look.Entries);
        Assert.Contains("symbolic link", look.Problem, StringComparison.Ordinal);
        Assert.Null(directory.Open("access.log", out var problem));
        Assert.Contains("symbolic link", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Links_in_the_part_of_the_path_that_the_operator_wrote_are_followed()
    {
        File.CreateSymbolicLink(_folder["var"], _folder["logs"]);
        var directory = new DiskLogDirectory(_folder["var/shop"], _time);
        Assert.Equal("access.log", Assert.Single(directory.Look(_time.GetTimestamp()).Entries).Name);
        using var file = directory.Open("access.log", out _);
        Assert.NotNull(file);
    }

    [Fact]
    public void A_glob_finds_nothing_behind_a_link_unless_links_are_followed()
    {
        Assert.Equal(["shop/access.log"], GlobbedLogs.Expand(_folder["logs/*/*.log"], followsLinks: false, out _));
        Assert.Equal(
            ["linked/access.log", "shop/access.log", "shop/linked.log", "shop/near.log"],
            GlobbedLogs.Expand(_folder["logs/*/*.log"], followsLinks: true, out _));
    }

    [Fact]
    public void A_glob_whose_links_go_in_a_circle_ends()
    {
        File.CreateSymbolicLink(_folder["logs/shop/again"], _folder["logs"]);
        Assert.Contains("shop/access.log", GlobbedLogs.Expand(_folder["logs/**/access.log"], followsLinks: true, out var hasMore));
        Assert.True(hasMore);
    }

    [Fact]
    public void With_FollowSymlinks_a_link_is_the_file_that_it_leads_to()
    {
        var directory = new DiskLogDirectory(new LogPath(_folder["logs/shop"], "", FollowsLinks: true), _time);
        Assert.Contains(directory.Look(_time.GetTimestamp()).Entries, entry => entry is { Name: "linked.log", Length: 7 });
        using var file = directory.Open("linked.log", out _);
        Assert.Equal(7, file!.Length);
    }

    [Fact]
    public async Task A_pipe_a_socket_and_a_device_are_refused_with_one_message_and_never_waited_for()
    {
        using (var mkfifo = Process.Start("mkfifo", _folder["logs/pipe.log"]))
        {
            await mkfifo.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(_folder["logs/socket.log"]));

        var directory = new DiskLogDirectory(_folder["logs"], _time);
        Assert.Empty(directory.Look(_time.GetTimestamp()).Entries);
        Assert.All(["pipe.log", "socket.log"], name =>
        {
            Assert.Null(directory.Open(name, out var problem));
            Assert.Equal("is not a regular file (a pipe, a socket or a device)", problem);
        });
        Assert.Null(new DiskLogDirectory("/dev", _time).Open("null", out var device));
        Assert.Equal("is not a regular file (a pipe, a socket or a device)", device);
    }

    [Fact]
    public void No_more_matches_of_a_glob_are_followed_than_there_is_room_for()
    {
        for (var number = 0; number <= GlobbedLogs.MostMatches; number++)
        {
            File.WriteAllText(_folder[$"logs/{number:D5}.log"], "");
        }

        Assert.Equal(GlobbedLogs.MostMatches, GlobbedLogs.Expand(_folder["logs/*.log"], followsLinks: false, out var hasMore).Count);
        Assert.True(hasMore);
    }
}
