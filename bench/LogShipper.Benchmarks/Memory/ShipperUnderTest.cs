using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace LogShipper.Benchmarks.Memory;

/// <summary>The process that is measured: in its control group, with all its endpoints on, and asked by a Prometheus and a probe.</summary>
internal sealed class ShipperUnderTest : IDisposable
{
    private const double TicksPerSecond = 100;

    private readonly Process _process;
    private readonly HttpClient _client;
    private readonly string _messages;

    /// <param name="binary">The program.</param>
    /// <param name="settings">Those that differ from the default.</param>
    /// <param name="folder">For its state and messages.</param>
    /// <param name="group">Where it runs.</param>
    public ShipperUnderTest(string binary, IEnumerable<string> settings, string folder, ControlGroup group)
    {
        var port = FreePort();
        _messages = Path.Combine(folder, "messages");
        IEnumerable<string> all = [$"StateDirectory={folder}/state", $"Admin:Port={port}", "Admin:Address=127.0.0.1", .. settings];
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = folder };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"{group.Entry}exec {binary} run {string.Join(' ', all.Select(setting => $"--set {setting}"))} >{folder}/output 2>{_messages}");
        StartedAt = Stopwatch.GetTimestamp();
        _process = Process.Start(start) ?? throw new InvalidOperationException("The shipper does not start.");
        _client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/"), Timeout = TimeSpan.FromSeconds(20) };
    }

    public long StartedAt { get; }

    public bool HasExited => _process.HasExited;

    /// <summary>Its first complaints.</summary>
    public string Messages => string.Join('\n', File.ReadLines(_messages).Take(3));

    /// <summary>A line of /proc/PID/status in MiB; 0: it is gone.</summary>
    public double Mebibytes(string name)
    {
        try
        {
            var line = File.ReadLines($"/proc/{_process.Id}/status").FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
            return line is null ? 0 : double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <summary>User and system time so far; 0: it is gone.</summary>
    public double CpuSeconds()
    {
        try
        {
            var fields = File.ReadAllText($"/proc/{_process.Id}/stat").Split(") ")[1].Split(' ');
            return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    public async Task<string> AskAsync(string path)
    {
        try
        {
            return await _client.GetStringAsync(path);
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException)
        {
            return "";
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            // What is behind is left behind.
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
        _client.Dispose();
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        return ((System.Net.IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
