using System.Globalization;

namespace LogShipper.EndToEnd;

public sealed class PageTests : EndToEndTest
{
    private const string Hostile = "<img src=x onerror=window.caught=1>";
    private const string Secret = "hunter2-very-secret";

    [Theory]
    [InlineData(1400, false, "map")]
    [InlineData(380, true, "list")]
    public async Task The_page_shows_every_lane_and_follows_what_happens(int width, bool dark, string form)
    {
        RequireBrowser();
        var (access, hostile) = (Path.Combine(Folder, "access.log"), Path.Combine(Folder, $"{Hostile}.access.log"));
        var receiver = await StartReceiverAsync();
        var port = Ports.Free();
        WriteLines(access, 0, 100);
        WriteLines(hostile, 100, 50);
        await ShipAsync([
            .. Log("access", access, "main"), .. Log("sites", Path.Combine(Folder, "*.access.log"), "main"), .. ToStdout, .. ToElasticsearch(receiver),
            "Sinks:es:Username=shipper", $"Sinks:es:Password={Secret}", "Admin:Enabled=true", "Admin:Address=127.0.0.1", $"Admin:Port={port}"]);

        await using var browser = await Browser.StartAsync(Path.Combine(Folder, "browser"));
        await browser.OpenAsync(new Uri($"http://127.0.0.1:{port}/"), width, 900, dark);
        await ShowsAsync(browser, "document.querySelectorAll('#lanes > .lane').length", "4");
        await ShowsAsync(browser, ReadRecords, "300");
        await ShowsAsync(browser, "document.getElementById('verdict').textContent", "Everything written so far is shipped.");

        WriteLines(access, 150, 25);
        await ShowsAsync(browser, ReadRecords, "350");
        await ShowsAsync(browser, "document.querySelector('#sum .closes').dataset.closes", "yes");
        await ShowsAsync(browser, "document.querySelectorAll('#ledger-rows tr').length", "4");
        Assert.Equal(form, await browser.ReadAsync("document.getElementById('map').dataset.form"));
        Assert.True(Number(await browser.ReadAsync("document.documentElement.scrollWidth")) <= width, "The page is wider than the window.");

        // A name of a file is text and nothing else.
        Assert.Contains($"sites/{Hostile}.access.log", await browser.ReadAsync("document.getElementById('lanes').textContent"), StringComparison.Ordinal);
        Assert.Equal("0", await browser.ReadAsync("document.images.length"));
        Assert.Equal("undefined", await browser.ReadAsync("window.caught"));

        // The configuration in force, without secrets, and nothing of any line.
        var page = await browser.ReadAsync("document.documentElement.outerHTML");
        Assert.Contains("(set)", await browser.ReadAsync("document.getElementById('groups').textContent"), StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, page, StringComparison.Ordinal);
        Assert.DoesNotContain("written by the test", page, StringComparison.Ordinal);

        await browser.ScreenshotAsync(Path.Combine(Folder, $"page-{width}.png"));
        Assert.Empty(browser.Complaints);

        // Last, since it is told on the console: the policy is in force.
        Assert.Equal("TypeError", await browser.ReadAsync("(() => { try { document.body.innerHTML = '<b>'; return 'taken'; } catch (fault) { return fault.name; } })()"));
        Assert.NotEmpty(browser.Complaints);
    }

    [Theory]
    [InlineData(1400)]
    [InlineData(380)]
    public async Task Every_lane_number_and_state_is_told_to_a_screen_reader_and_everything_is_reached_by_keyboard(int width)
    {
        RequireBrowser();
        var access = Path.Combine(Folder, "access.log");
        var port = Ports.Free();
        WriteLines(access, 0, 100);
        await ShipAsync([
            .. Log("access", access, "main"), .. ToStdout, "Sinks:es:Type=elasticsearch", $"Sinks:es:Nodes:0=http://127.0.0.1:{Ports.Free()}",
            "Admin:Enabled=true", "Admin:Address=127.0.0.1", $"Admin:Port={port}"]);
        await using var browser = await Browser.StartAsync(Path.Combine(Folder, "browser"));
        await browser.OpenAsync(new Uri($"http://127.0.0.1:{port}/"), width, 900, dark: false);
        await ShowsAsync(browser, "document.querySelectorAll('#problem-list li').length > 0", "true");
        await ShowsAsync(browser, "document.querySelectorAll('.groups .group').length > 0", "true");

        var told = await browser.ReadAccessibleAsync();
        string[] needNames = ["heading", "button", "link", "image", "img", "list", "region", "radio", "textbox", "searchbox", "combobox", "table", "columnheader", "rowheader", "RootWebArea", "group", "navigation", "search"];
        Assert.All(told.Where(node => needNames.Contains(node.Role)), node => Assert.True(node.Name.Length > 0, $"a {node.Role} has no name"));
        foreach (var lane in (string[])["access → stdout", "access → es"])
        {
            var words = WordsOf(told, lane);
            Assert.Matches(@"current|keeping up|failing|behind", words);
            Assert.Matches(@"\d+(\.\d+)? (B|KiB)/s", words);
            Assert.Matches(@"nothing behind|behind, ", words);
            Assert.Contains("Last 15 minutes: at most", words, StringComparison.Ordinal);
        }

        Assert.Contains(told, node => node.Role == "status");
        Assert.Contains(told, node => node is { Role: "heading", Name: "Problems" });
        Assert.Contains(told, node => node.Role == "columnheader" && node.Name.Contains("lost", StringComparison.Ordinal));
        Assert.Contains(told, node => node is { Role: "rowheader", Name: "access → stdout" });
        Assert.DoesNotContain(told, node => node.Role == "StaticText" && node.Name is "undefined" or "NaN" or "null");

        // The order in which Tab goes through the page is that of reading, and each stop can be seen.
        var stops = new List<string>();
        for (var tab = 0; tab < 8; tab++)
        {
            await browser.TabAsync();
            stops.Add(await browser.ReadAsync("document.activeElement.id || document.activeElement.className || document.activeElement.value || document.activeElement.textContent"));
            var isSeen = await browser.ReadAsync(
                "(() => { const a = document.activeElement.closest('label') || document.activeElement, s = getComputedStyle(a), i = getComputedStyle(document.activeElement); return s.outlineStyle !== 'none' || i.outlineStyle !== 'none' || s.boxShadow !== 'none' || a.matches(':has(:focus-visible)'); })()");
            Assert.True(isSeen == "true", $"the focus on {stops[^1]} cannot be seen");
        }

        Assert.Equal(["skip", "pause", "records", "Lane by lane", "scroll", "/status", "/config", "/metrics"], stops);
        Assert.Empty(browser.Complaints);
    }

    [Fact]
    public async Task A_listener_does_not_hold_up_the_end()
    {
        var access = Path.Combine(Folder, "access.log");
        var port = Ports.Free();
        WriteLines(access, 0, 10);
        var shipper = await ShipAsync([.. Log("access", access, "main"), .. ToStdout, "Admin:Enabled=true", "Admin:Address=127.0.0.1", $"Admin:Port={port}"]);
        using var client = new HttpClient();
        Stream? events = null;
        await EventuallyAsync(async () => (events = await ListenAsync(client, port)) is not null, "events flow");
        await using (events)
        {
            Assert.NotEqual(0, await events!.ReadAsync(new byte[1000], TestContext.Current.CancellationToken));
            shipper.Signal(Signals.Interrupt);
            await ExitAsync(shipper, 0, TimeSpan.FromSeconds(10));
        }
    }

    /// <summary>All that is told below the item of a lane.</summary>
    private static string WordsOf(IReadOnlyList<AccessibleNode> told, string lane)
    {
        var heading = told.ToList().FindIndex(node => node.Role == "heading" && node.Name == lane);
        Assert.True(heading >= 0, $"no heading says {lane}");
        return string.Join(' ', told.Skip(heading + 1).TakeWhile(node => node.Role != "heading").Select(node => node.Name));
    }

    private const string ReadRecords = "(document.querySelector('#sum b') || document.body).textContent";

    private static void RequireBrowser()
    {
        if (Browser.Binary is null)
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", "chromium is not installed (apt-get install chromium)");
            Assert.Fail("chromium is not installed, and under CI=true it must be");
        }
    }

    private static async Task<Stream?> ListenAsync(HttpClient client, int port)
    {
        try
        {
            return await client.GetStreamAsync(new Uri($"http://127.0.0.1:{port}/events"), TestContext.Current.CancellationToken);
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private async Task ShowsAsync(Browser browser, string expression, string expected)
    {
        var found = "";
        await EventuallyAsync(async () => (found = await browser.ReadAsync(expression)) == expected, $"{expression} is {expected}");
        Assert.Equal(expected, found);
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
