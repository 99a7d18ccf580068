using System.Diagnostics;
using LogShipper.Cli;
using LogShipper.Configuration;
using LogShipper.Diagnostics;

namespace LogShipper.Tests.Shipping;

/// <summary>A log whose path leads to what is never read says so wherever one looks, until there is a file.</summary>
public sealed class RefusedLogTests
{
    [Theory]
    [InlineData("link", false, "access.log is a symbolic link, which is not followed: remove it", "set FollowSymlinks")]
    [InlineData("dangling link", false, "access.log is a symbolic link, which is not followed: remove it", "set FollowSymlinks")]
    [InlineData("link to a device", true, "access.log is not a regular file (a pipe, a socket or a device)", "have nginx write a file in its place")]
    [InlineData("pipe", false, "access.log is not a regular file (a pipe, a socket or a device)", "have nginx write a file in its place")]
    [InlineData("directory", false, "access.log is a directory", "have nginx write a file in its place")]
    public async Task What_is_no_file_is_a_problem_of_its_lanes_until_a_file_is_there(string what, bool followSymlinks, string reason, string remedy)
    {
        await using var world = new FleetWorld();
        await PutAsync(what, world.LogPath("access.log"));
        world.Start(world.Plan([world.Log("access") with { FollowSymlinks = followSymlinks }], [FleetWorld.Stdout("out"), FleetWorld.Stdout("other")]));
        await world.UntilAsync(() => world.Fleet.Lanes.All(lane => lane.Events.ReadProblem is not null));

        var report = ReportOf(world);
        Assert.All(report.Lanes, lane =>
        {
            Assert.Equal(LaneState.Blocked, lane.State);
            Assert.StartsWith(reason, Assert.Single(lane.Problems), StringComparison.Ordinal);
            Assert.Contains(remedy, lane.Problems[0], StringComparison.Ordinal);
        });
        Assert.Contains("2 lanes blocked", StatusText.Heading(report), StringComparison.Ordinal);
        Assert.All(world.Fleet.Lanes, lane => Assert.True(LaneLag.HasProblem(lane, LaneLag.ReadProblem)));
        Assert.Equal(2, world.Messages.All.Count);
        Assert.Equal(2, world.Messages.Count(reason));

        Remove(world.LogPath("access.log"));
        world.Append("access.log", "{}");
        await world.UntilAsync(() => world.Sink("out").Lines.Count == 1 && world.Sink("other").Lines.Count == 1);
        Assert.All(ReportOf(world).Lanes, lane => Assert.Empty(lane.Problems));
    }

    [Fact]
    public async Task A_file_that_a_link_replaces_is_a_problem_that_goes_when_its_directory_goes()
    {
        await using var world = new FleetWorld();
        Directory.CreateDirectory(world.LogPath("later"));
        File.CreateSymbolicLink(world.LogPath("later/access.log"), "/dev/stdout");
        world.Start(world.Plan([world.Log("access", "later/access.log")]));
        await world.UntilAsync(() => world.Lane("access", "out").Events.ReadProblem is not null);

        Directory.Delete(world.LogPath("later"), recursive: true);
        await world.UntilAsync(() => world.Lane("access", "out").Events.ReadProblem is null);
    }

    [Fact]
    public async Task A_link_beside_the_log_is_nobodys_problem()
    {
        await using var world = new FleetWorld();
        File.CreateSymbolicLink(world.LogPath("error.log"), "/dev/stderr");
        File.CreateSymbolicLink(world.LogPath("current.log"), "access.log");
        world.Append("access.log", "{}");
        world.Start(world.Plan());
        await world.UntilAsync(() => world.Sink("out").Lines.Count == 1);

        Assert.Null(world.Lane("access", "out").Events.ReadProblem);
        Assert.Empty(world.Messages.All);
    }

    [Fact]
    public async Task A_glob_that_matches_nothing_but_links_says_so_once_and_finds_the_files_that_come()
    {
        await using var world = new FleetWorld();
        File.CreateSymbolicLink(world.LogPath("a.site.log"), "/dev/stdout");
        File.CreateSymbolicLink(world.LogPath("b.site.log"), "/dev/stderr");
        world.Start(world.Plan([world.Log("sites", "*.site.log")], [FleetWorld.Stdout("out", logs: ["sites"])]));
        Assert.Contains("a.site.log is a symbolic link, which is not followed", Assert.Single(world.Messages.All), StringComparison.Ordinal);
        var report = ReportOf(world);
        Assert.Contains("1 log blocked", StatusText.Heading(report), StringComparison.Ordinal);
        Assert.Contains(StatusText.Faults(report), fault => fault.StartsWith("sites: no file matches ", StringComparison.Ordinal) && fault.Contains("a.site.log is a symbolic link", StringComparison.Ordinal));
        Assert.Equal(["out"], Assert.Single(world.Fleet.RefusedLogs).Sinks);

        File.Delete(world.LogPath("a.site.log"));
        world.Append("a.site.log", "{}");
        await world.UntilAsync(() => world.Sink("out").Lines.Count == 1);
        Assert.Single(world.Messages.All);
        Assert.Empty(ReportOf(world).RefusedLogs);
        Assert.Contains("well", StatusText.Heading(ReportOf(world)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Links_beside_the_files_of_a_glob_are_nobodys_problem()
    {
        await using var world = new FleetWorld();
        File.CreateSymbolicLink(world.LogPath("current.site.log"), "a.site.log");
        await ShipFirstSiteAsync(world);
        Assert.Empty(world.Messages.All);
    }

    [Fact]
    public async Task A_glob_that_has_led_to_a_log_is_not_refused_for_the_links_beside_it_while_that_is_rotated()
    {
        await using var world = new FleetWorld();
        File.CreateSymbolicLink(world.LogPath("b.site.log"), "/dev/stderr");
        await ShipFirstSiteAsync(world);

        File.Move(world.LogPath("a.site.log"), world.LogPath("a.site.log.1"));
        await world.UntilAsync(SearchedTwice(world));
        Assert.Empty(ReportOf(world).RefusedLogs);
        Assert.Contains("well", StatusText.Heading(ReportOf(world)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_its_lanes_tell_of_a_link_in_the_place_of_a_match_is_told_once()
    {
        await using var world = new FleetWorld();
        await ShipFirstSiteAsync(world);

        File.Delete(world.LogPath("a.site.log"));
        File.CreateSymbolicLink(world.LogPath("a.site.log"), "/dev/stdout");
        var searched = SearchedTwice(world);
        await world.UntilAsync(() => searched() && world.Lane("sites/a.site.log", "out").Events.ReadProblem is not null);
        var fault = Assert.Single(StatusText.Faults(ReportOf(world)), fault => fault.Length > 0);
        Assert.StartsWith("sites/a.site.log to out: a.site.log is a symbolic link", fault, StringComparison.Ordinal);
    }

    private static async Task ShipFirstSiteAsync(FleetWorld world)
    {
        world.Append("a.site.log", "{}");
        world.Start(world.Plan([world.Log("sites", "*.site.log")], [FleetWorld.Stdout("out", logs: ["sites"])]));
        await world.UntilAsync(() => world.Sink("out").Lines.Count == 1);
    }

    /// <summary>From now on: one search has begun and ended, and another has begun.</summary>
    private static Func<bool> SearchedTwice(FleetWorld world)
    {
        var searches = 0;
        world.Fleet.BeforeSearch = () => Interlocked.Increment(ref searches);
        return () => Volatile.Read(ref searches) > 1;
    }

    private static StatusReport ReportOf(FleetWorld world) =>
        new StatusReporter(() => world.Fleet.Lanes, () => world.Fleet.Plan, () => true, () => true, world.Time) { RefusedLogs = () => world.Fleet.RefusedLogs }.Take();

    private static async Task PutAsync(string what, string path)
    {
        switch (what)
        {
            case "link":
                await File.WriteAllTextAsync($"{path}-target", "{}\n", TestContext.Current.CancellationToken);
                File.CreateSymbolicLink(path, $"{path}-target");
                break;
            case "dangling link":
                File.CreateSymbolicLink(path, "/nowhere/at/all");
                break;
            case "link to a device":
                File.CreateSymbolicLink(path, "/dev/null");
                break;
            case "pipe":
                using (var mkfifo = Process.Start("mkfifo", path))
                {
                    await mkfifo.WaitForExitAsync(TestContext.Current.CancellationToken);
                }

                break;
            default:
                Directory.CreateDirectory(path);
                break;
        }
    }

    private static void Remove(string path)
    {
        if (Directory.Exists(path) && new DirectoryInfo(path).LinkTarget is null)
        {
            Directory.Delete(path);
        }
        else
        {
            File.Delete(path);
        }
    }
}
