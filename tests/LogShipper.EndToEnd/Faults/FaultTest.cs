using System.Diagnostics;
using System.Runtime.CompilerServices;
using LogShipper.Demo;

namespace LogShipper.EndToEnd.Faults;

/// <summary>
/// One fault, played against the real process with both sinks. At its end everything must have arrived: the receiver
/// and stdout are counted line by line, and the counts go into the report whether they are right or not.
/// </summary>
[Trait("Kind", "Fault")]
public abstract class FaultTest : EndToEndTest
{
    /// <summary>One batch of stdout in lines of this test: what a death may repeat.</summary>
    private protected const int StdoutBatchLines = (64 * 1024 / 110) + 1;

    private readonly List<ShipperProcess> _outputs = [];
    private readonly List<string> _settings = [];
    private NumberedLog? _log;
    private BulkReceiver? _receiver;
    private string _note = "";

    private protected string LogDirectory { get; set; } = "";

    private protected NumberedLog Access => _log!;

    /// <summary>Another log beside the first, if a scenario wants one.</summary>
    private protected NumberedLog? Other { get; set; }

    private protected BulkReceiver Receiver => _receiver!;

    private protected ShipperProcess Shipper => _outputs[^1];

    private protected IReadOnlyList<ShipperProcess> Shippers => _outputs;

    private protected int Port { get; } = Ports.Free();

    private protected Scenario Playing { get; private set; } = null!;

    /// <summary>Where the receiver is, as the shipper is told.</summary>
    private protected string Node { get; set; } = "";

    private protected BulkReceiverOptions ReceiverOptions { get; set; } = new();

    /// <summary>A command that becomes the shipper: another namespace, fewer rights.</summary>
    private protected string[] Under { get; set; } = [];

    private protected List<(string Name, string Value)> Surroundings { get; } = [];

    /// <summary>More for the last column of the table.</summary>
    private protected void Note(string note) => _note = note;

    private protected void Configure(params string[] settings) => _settings.AddRange(settings);

    private protected async Task PlayAsync(Scenario scenario, Func<Task> play, [CallerLineNumber] int line = 0)
    {
        Playing = scenario;
        var since = Stopwatch.GetTimestamp();
        LogDirectory = Path.Combine(Folder, "logs");
        Directory.CreateDirectory(LogDirectory);
        Node = $"http://127.0.0.1:{Port}";
        var outcome = new Outcome(scenario, line);
        await using var log = new NumberedLog(Path.Combine(LogDirectory, "access.log"), "n", scenario.LinesPerSecond);
        _log = log;
        try
        {
            if (scenario.Listens)
            {
                await ListenAsync();
            }

            if (scenario.Loads)
            {
                log.Start();
            }

            await play();
            await EndAsync();
            outcome = Counted(outcome) with { Note = _note };
        }
        catch (Exception exception) when (exception.GetType().Name == "SkipException" || exception.Message.StartsWith("$XunitDynamicSkip$", StringComparison.Ordinal))
        {
            outcome = outcome with { Skipped = exception.Message.Replace("$XunitDynamicSkip$", "", StringComparison.Ordinal) };
            throw;
        }
        catch
        {
            await log.StopAsync();
            outcome = (_receiver is null ? outcome : Counted(outcome)) with { Note = "FAILED" };
            throw;
        }
        finally
        {
            ReliabilityReport.Add(outcome with { Took = Stopwatch.GetElapsedTime(since) });
            if (Other is { } other)
            {
                await other.DisposeAsync();
            }
        }

        Judge(outcome);
    }

    /// <summary>Everything is there, nginx writes no more, and the shipper drains: at the end of every scenario, sooner where a file system goes then.</summary>
    private protected async Task EndAsync()
    {
        await CaughtUpAsync();
        await Access.StopAsync();
        if (Other is { } other)
        {
            await other.StopAsync();
        }

        Shipper.Signal(Signals.Terminate);
        await ExitAsync(Shipper, 0, TimeSpan.FromSeconds(60));
    }

    private protected async Task ListenAsync() =>
        _receiver = await StartReceiverAsync(ReceiverOptions with { Port = Port, ContentOf = FaultKeys.KeyOf });

    /// <summary>Starts the shipper and waits until it says that it ships.</summary>
    private protected async Task<ShipperProcess> StartAsync()
    {
        var shipper = LaunchShipper();
        await EventuallyAsync(() => shipper.HasExited || shipper.Says("Shipping in"), "the shipper says that it ships");
        Assert.False(shipper.HasExited, $"The shipper ended at once.\n{shipper.Describe()}");
        return shipper;
    }

    private protected ShipperProcess LaunchShipper()
    {
        string[] other = Other is { } log ? Log("other", log.FilePath, "main") : [];
        string[] settings =
        [
            $"StateDirectory={StateDirectory}", "Instance=pod", "Admin:Enabled=false", $"TerminationMessagePath={TerminationMessage}",
            .. Log("access", Access.FilePath, "main"), .. other, .. ToStdout, "Sinks:es:Type=elasticsearch", $"Sinks:es:Nodes:0={Node}", .. Scale.Settings, .. _settings,
        ];
        var shipper = LaunchUnder(Under, [.. Surroundings], [.. settings.SelectMany(setting => (string[])["--set", setting])]);
        _outputs.Add(shipper);
        return shipper;
    }

    /// <summary><c>kill -9</c>.</summary>
    private protected async Task KillAsync()
    {
        Shipper.Signal(Signals.Kill);
        await ExitAsync(Shipper, 128 + Signals.Kill);
    }

    /// <summary>SIGINT: it ships what is there and ends, whoever still writes.</summary>
    private protected async Task InterruptAsync()
    {
        Shipper.Signal(Signals.Interrupt);
        var code = await Shipper.ExitedAsync(TimeSpan.FromSeconds(40));
        // Lines that come while it ends may be left for the next one.
        Assert.True(code is 0 or 3, Shipper.Describe());
    }

    /// <summary>All that was written until now is in Elasticsearch.</summary>
    private protected async Task CaughtUpAsync(TimeSpan? within = null)
    {
        if (Access.IsWriting)
        {
            await GrowAsync(200);
        }

        var wanted = Expected();
        await EventuallyAsync(() => Receiver.Tally.Stored >= wanted.Count - Playing.DeadLetters && Missing(wanted, Receiver.Contents) <= Playing.DeadLetters, "what was written is in Elasticsearch", within ?? Scale.Patience);
    }

    private protected static Task WaitAsync(TimeSpan time) => Task.Delay(time, TimeProvider.System, TestContext.Current.CancellationToken);

    private protected Task GrowAsync(int lines) => EventuallyAsync(Grown(lines), "the log grows");

    private Func<bool> Grown(int lines)
    {
        var from = Access.Written;
        return () => Access.Written >= from + lines;
    }

    private HashSet<string> Expected() => [.. Access.Expected(), .. Other?.Expected() ?? []];

    private static int Missing(HashSet<string> wanted, IReadOnlyDictionary<string, int> stored) => wanted.Count(key => !stored.ContainsKey(key));

    private Outcome Counted(Outcome outcome)
    {
        var wanted = Expected();
        var printed = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var output in _outputs)
        {
            FaultKeys.Count(output.OutputPath, printed);
        }

        var tally = Receiver.Tally;
        return outcome with
        {
            Written = wanted.Count,
            LostInElasticsearch = Missing(wanted, Receiver.Contents) - outcome.Scenario.DeadLetters,
            LostOnStdout = Missing(wanted, printed),
            RepeatedIds = tally.RepeatedIds,
            RepeatedContents = Receiver.Contents.Values.Sum(times => times - 1L),
            Conflicts = tally.Conflicts,
            RepeatedOnStdout = printed.Values.Sum(times => times - 1L),
        };
    }

    private void Judge(Outcome outcome)
    {
        var report = $"{outcome}\n{Describe()}";
        Assert.True(outcome is { LostInElasticsearch: 0, LostOnStdout: 0 }, $"Lines are lost: {Sample()} {report}");
        Assert.True(outcome is { RepeatedIds: 0, RepeatedContents: 0 }, $"Documents are there twice: {report}");
        Assert.Equal(0, Receiver.Tally.Altered);
        Assert.True(outcome.RepeatedOnStdout <= outcome.Scenario.StdoutRepeats, $"Lines are on stdout more often than explained: {report}");
        foreach (var shipper in _outputs)
        {
            Assert.False(shipper.Says("does not close"), report);
            Assert.DoesNotContain(shipper.Messages, message => message.Contains("Unhandled exception", StringComparison.Ordinal));
            foreach (var message in shipper.Messages.Where(message => message.Contains(": read ", StringComparison.Ordinal) && message.Contains(", lost ", StringComparison.Ordinal)))
            {
                Assert.True(message.Contains("lost nothing", StringComparison.Ordinal) || (outcome.Scenario.LedgerLoses.Length > 0 && message.Contains(outcome.Scenario.LedgerLoses, StringComparison.Ordinal)), report);
            }
        }
    }

    private string Sample()
    {
        var stored = Receiver.Contents;
        return string.Join(", ", Expected().Where(key => !stored.ContainsKey(key)).Take(5));
    }
}
