using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;

namespace LogShipper.EndToEnd;

/// <summary>A real headless Chromium with one tab, spoken to over its DevTools protocol.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly string[] Candidates = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private readonly Process _process;
    private readonly ClientWebSocket _socket = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonNode>> _pending = new();
    private readonly ConcurrentQueue<string> _complaints = new();
    private Task _receiving = Task.CompletedTask;
    private string? _session;
    private int _last;

    private Browser(Process process) => _process = process;

    public static string? Binary { get; } = Array.Find(Candidates, File.Exists);

    /// <summary>Errors and warnings on the console, uncaught exceptions, violations of the content security policy.</summary>
    public IReadOnlyCollection<string> Complaints => _complaints;

    public static async Task<Browser> StartAsync(string folder)
    {
        Directory.CreateDirectory(folder);
        var start = new ProcessStartInfo(Binary!, [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--remote-debugging-port=0", $"--user-data-dir={folder}", "about:blank"])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        var browser = new Browser(Process.Start(start)!);
        browser._process.BeginErrorReadLine();
        browser._process.BeginOutputReadLine();
        try
        {
            await browser.ConnectAsync(Path.Combine(folder, "DevToolsActivePort"));
            return browser;
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }
    }

    public async Task OpenAsync(Uri page, int width, int height, bool dark)
    {
        var tab = (string)(await SendAsync("Target.createTarget", new() { ["url"] = "about:blank" }))["targetId"]!;
        _session = (string)(await SendAsync("Target.attachToTarget", new() { ["targetId"] = tab, ["flatten"] = true }))["sessionId"]!;
        foreach (var domain in (string[])["Page", "Runtime", "Log", "Audits"])
        {
            await SendAsync($"{domain}.enable");
        }

        await SendAsync("Emulation.setDeviceMetricsOverride", new() { ["width"] = width, ["height"] = height, ["deviceScaleFactor"] = 1, ["mobile"] = width < 500 });
        await SendAsync("Emulation.setEmulatedMedia", new()
        {
            ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = dark ? "dark" : "light" }),
        });
        await SendAsync("Page.navigate", new() { ["url"] = page.ToString() });
    }

    /// <summary>The value of an expression in the tab.</summary>
    public async Task<string> ReadAsync(string expression)
    {
        var answer = await SendAsync("Runtime.evaluate", new() { ["expression"] = $"String({expression})" });
        return (string?)answer["result"]?["value"] ?? throw new InvalidOperationException(answer.ToJsonString());
    }

    /// <summary>What a screen reader is told: every node that is not left out, in the order of reading.</summary>
    public async Task<IReadOnlyList<AccessibleNode>> ReadAccessibleAsync()
    {
        await SendAsync("Accessibility.enable");
        var tree = (await SendAsync("Accessibility.getFullAXTree"))["nodes"]!.AsArray().ToDictionary(node => (string)node!["nodeId"]!, node => node!);
        var told = new List<AccessibleNode>();
        Tell(tree.Values.First(node => node["parentId"] is null), 0);
        return told;

        void Tell(JsonNode node, int depth)
        {
            if ((bool?)node["ignored"] != true)
            {
                told.Add(new AccessibleNode(depth, (string?)node["role"]?["value"] ?? "", (string?)node["name"]?["value"] ?? ""));
            }

            foreach (var child in node["childIds"]?.AsArray() ?? [])
            {
                Tell(tree[(string)child!], depth + 1);
            }
        }
    }

    /// <summary>Presses Tab, as somebody without a mouse does.</summary>
    public async Task TabAsync()
    {
        foreach (var type in (string[])["keyDown", "keyUp"])
        {
            await SendAsync("Input.dispatchKeyEvent", new() { ["type"] = type, ["key"] = "Tab", ["code"] = "Tab", ["windowsVirtualKeyCode"] = 9 });
        }
    }

    public async Task ScreenshotAsync(string path)
    {
        var answer = await SendAsync("Page.captureScreenshot", new() { ["captureBeyondViewport"] = true });
        await File.WriteAllBytesAsync(path, Convert.FromBase64String((string)answer["data"]!));
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        await _receiving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _socket.Dispose();
        _process.Dispose();
        _closing.Dispose();
    }

    private async Task ConnectAsync(string portFile)
    {
        string[] lines = [];
        for (var tries = 0; lines.Length < 2; tries++)
        {
            if (_process.HasExited || tries > 600)
            {
                throw new InvalidOperationException("Chromium does not start.");
            }

            await Task.Delay(100);
            lines = File.Exists(portFile) ? await File.ReadAllLinesAsync(portFile) : [];
        }

        await _socket.ConnectAsync(new Uri($"ws://127.0.0.1:{lines[0]}{lines[1]}"), _closing.Token);
        _receiving = ReceiveAsync();
    }

    private async Task<JsonNode> SendAsync(string method, JsonObject? parameters = null)
    {
        var id = Interlocked.Increment(ref _last);
        var answer = _pending[id] = new TaskCompletionSource<JsonNode>(TaskCreationOptions.RunContinuationsAsynchronously);
        var message = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters ?? [] };
        if (_session is not null)
        {
            message["sessionId"] = _session;
        }

        await _socket.SendAsync(Encoding.UTF8.GetBytes(message.ToJsonString()), WebSocketMessageType.Text, endOfMessage: true, _closing.Token);
        return await answer.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    private async Task ReceiveAsync()
    {
        var buffer = new byte[64 * 1024];
        using var message = new MemoryStream();
        while (true)
        {
            var part = await _socket.ReceiveAsync(buffer, _closing.Token);
            message.Write(buffer, 0, part.Count);
            if (part.EndOfMessage)
            {
                Take(JsonNode.Parse(message.ToArray())!);
                message.SetLength(0);
            }
        }
    }

    private void Take(JsonNode message)
    {
        if ((int?)message["id"] is { } id && _pending.TryRemove(id, out var waiting))
        {
            if (message["result"] is { } result)
            {
                waiting.TrySetResult(result);
            }
            else
            {
                waiting.TrySetException(new InvalidOperationException(message.ToJsonString()));
            }
        }
        else if ((string?)message["method"] is "Runtime.consoleAPICalled" or "Runtime.exceptionThrown" or "Log.entryAdded" or "Audits.issueAdded")
        {
            _complaints.Enqueue(message["params"]!.ToJsonString());
        }
    }
}

/// <summary>One node of the accessibility tree.</summary>
internal sealed record AccessibleNode(int Depth, string Role, string Name);
