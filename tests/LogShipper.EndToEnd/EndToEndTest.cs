using System.Globalization;
using System.IO.Compression;
using System.Text;
using LogShipper.Demo;

namespace LogShipper.EndToEnd;

/// <summary>
/// A test against the real process. What it starts is ended and its folder removed, also when it fails; then the
/// folder stays and the report says where it is, what each process said and what the receiver counted.
/// </summary>
public abstract class EndToEndTest : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly List<ShipperProcess> _shippers = [];
    private readonly List<BulkReceiver> _receivers = [];
    private readonly List<Nginx> _servers = [];

    private protected string Folder { get; } = Directory.CreateTempSubdirectory("logshipper-").FullName;

    /// <summary>The file of the next shippers' configuration, beneath their settings; null: none.</summary>
    private protected string? ConfigurationFile { get; set; }

    private protected string StateDirectory => Path.Combine(Folder, "state");

    private protected string TerminationMessage => Path.Combine(Folder, "termination-log");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        var failed = TestContext.Current.TestState?.Result == TestResult.Failed;
        if (failed)
        {
            TestContext.Current.TestOutputHelper?.WriteLine(Describe());
        }

        foreach (var shipper in _shippers)
        {
            await shipper.DisposeAsync();
        }

        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }

        foreach (var receiver in _receivers)
        {
            await receiver.DisposeAsync();
        }

        if (!failed)
        {
            Directory.Delete(Folder, recursive: true);
        }

        GC.SuppressFinalize(this);
    }

    private protected async Task<Nginx> StartNginxAsync(string extra = "")
    {
        if (Nginx.Binary is null)
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", "nginx is not installed (apt-get install nginx-light)");
            Assert.Fail("nginx is not installed, and under CI=true it must be");
        }

        var nginx = await Nginx.StartAsync(Path.Combine(Folder, "nginx"), extra);
        _servers.Add(nginx);
        return nginx;
    }

    private protected async Task<BulkReceiver> StartReceiverAsync(BulkReceiverOptions? options = null)
    {
        var receiver = await BulkReceiver.StartAsync((options ?? new BulkReceiverOptions()) with { ContentOf = options?.ContentOf ?? Contents.KeyOf });
        _receivers.Add(receiver);
        return receiver;
    }

    /// <summary>Starts the process and waits until it ships; <paramref name="settings"/> are <c>Key=Value</c>, over short intervals and no admin port.</summary>
    private protected Task<ShipperProcess> ShipAsync(params IEnumerable<string> settings) => ShipAsync(Reading.All, settings);

    private protected async Task<ShipperProcess> ShipAsync(Reading reading, params IEnumerable<string> settings)
    {
        return await StartedAsync(Launch(reading, settings));
    }

    /// <summary>Starts the process with a configuration file alone.</summary>
    private protected Task<ShipperProcess> ShipWithAsync(string configuration) => StartedAsync(LaunchWith(Reading.All, "--config", configuration));

    private async Task<ShipperProcess> StartedAsync(ShipperProcess shipper)
    {
        await EventuallyAsync(() => shipper.HasExited || shipper.Says("Shipping in"), "the shipper says that it ships");
        Assert.False(shipper.HasExited, $"The shipper ended at once.\n{shipper.Describe()}");
        return shipper;
    }

    /// <summary>Starts the process.</summary>
    private protected ShipperProcess Launch(Reading reading, params IEnumerable<string> settings)
    {
        string[] defaults =
        [
            $"StateDirectory={StateDirectory}", "Interval=100ms", "RotationGrace=1s", "DrainQuiet=200ms", "DrainTimeout=20s", "Instance=pod",
            "Admin:Enabled=false", $"TerminationMessagePath={TerminationMessage}",
        ];
        return LaunchWith(reading, [.. Arguments(defaults.Concat(settings))]);
    }

    private ShipperProcess LaunchWith(Reading reading, params string[] arguments) => LaunchUnder([], [], arguments, reading);

    /// <summary>Starts the process as the last of <paramref name="under"/>, a command that becomes another one.</summary>
    private protected ShipperProcess LaunchUnder(string[] under, (string Name, string Value)[] environment, string[] arguments, Reading reading = Reading.All)
    {
        var shipper = ShipperProcess.Start(Path.Combine(Folder, $"stdout.{_shippers.Count}"), reading, arguments, Folder, environment, under);
        _shippers.Add(shipper);
        return shipper;
    }

    private IEnumerable<string> Arguments(IEnumerable<string> settings) =>
        (ConfigurationFile is null ? [] : (string[])["--config", ConfigurationFile]).Concat(settings.SelectMany(setting => (string[])["--set", setting]));

    /// <summary>Settings of one log.</summary>
    private protected static string[] Log(string name, string path, string format) => [$"Logs:{name}:Path={path}", $"Logs:{name}:Format={format}"];

    private protected static string[] Logs(Nginx nginx) => [.. Log("access", nginx.AccessLog, "main"), .. Log("error", nginx.ErrorLog, "error")];

    private protected static string[] ToElasticsearch(BulkReceiver receiver) => ToElasticsearch(receiver.Address);

    private protected static string[] ToElasticsearch(Uri address) => ["Sinks:es:Type=elasticsearch", $"Sinks:es:Nodes:0={address}"];

    private protected static string[] ToStdout { get; } = ["Sinks:stdout:Type=stdout"];

    /// <summary>Writes lines as nginx does, numbered from <paramref name="from"/>.</summary>
    private protected static void WriteLines(string path, int from, int count)
    {
        using var file = new StreamWriter(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete), new UTF8Encoding(false), 1 << 16);
        for (var number = from; number < from + count; number++)
        {
            file.Write(string.Create(
                CultureInfo.InvariantCulture, $"192.0.2.7 - - [01/Jan/2026:00:00:00 +0000] \"GET /n/{number} HTTP/1.1\" 200 {number % 999} \"-\" \"written by the test\" \"-\"\n"));
        }
    }

    /// <summary>Stops a shipper with SIGINT: what is there is shipped, whoever still has the logs open.</summary>
    private protected async Task StopAsync(ShipperProcess shipper, int expected = 0)
    {
        shipper.Signal(Signals.Interrupt);
        await ExitAsync(shipper, expected);
    }

    private protected async Task ExitAsync(ShipperProcess shipper, int expected, TimeSpan? within = null)
    {
        try
        {
            Assert.Equal(expected, await shipper.ExitedAsync(within ?? Patience));
        }
        catch (TimeoutException)
        {
            Assert.Fail($"The shipper has not ended within {within ?? Patience}.\n{Describe()}");
        }
    }

    private protected Task EventuallyAsync(Func<bool> condition, string what, TimeSpan? within = null) =>
        EventuallyAsync(() => Task.FromResult(condition()), what, within);

    private protected async Task EventuallyAsync(Func<Task<bool>> condition, string what, TimeSpan? within = null)
    {
        var deadline = Environment.TickCount64 + (long)(within ?? Patience).TotalMilliseconds;
        while (!await condition())
        {
            if (Environment.TickCount64 > deadline)
            {
                Assert.Fail($"Not within {within ?? Patience}: {what}.\n{Describe()}");
            }

            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Lines of a log and of everything that it was rotated to, oldest first.</summary>
    private protected static List<string> LinesOf(string log)
    {
        var lines = new List<string>();
        foreach (var path in Directory.GetFiles(Path.GetDirectoryName(log)!, Path.GetFileName(log) + "*").OrderByDescending(Age))
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file, Encoding.Latin1);
            while (reader.ReadLine() is { } line)
            {
                lines.Add(line);
            }
        }

        return lines;
    }

    private static int Age(string path) =>
        path.Split('.').Select(part => int.TryParse(part, CultureInfo.InvariantCulture, out var age) ? age : 0).Max();

    private protected string Describe()
    {
        var report = new StringBuilder($"Everything is in {Folder}\n");
        foreach (var receiver in _receivers)
        {
            report.AppendLine(CultureInfo.InvariantCulture, $"receiver {receiver.Address}: {receiver.Tally}; {string.Join(", ", receiver.Indexes)}");
        }

        foreach (var shipper in _shippers)
        {
            report.AppendLine(shipper.Describe());
        }

        return report.ToString();
    }
}
