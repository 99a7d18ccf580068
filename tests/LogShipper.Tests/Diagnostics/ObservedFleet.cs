using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using System.Net;
using LogShipper.Configuration;
using LogShipper.Diagnostics;
using LogShipper.Payloads;
using LogShipper.Shipping;
using LogShipper.Signals;
using LogShipper.Sinks.Stdout;
using Microsoft.Extensions.Logging.Abstractions;
using Serilog.Events;

namespace LogShipper.Tests.Diagnostics;

/// <summary>A fleet on real files in a temporary folder, with metrics, signals and sinks that answer as the test says.</summary>
internal sealed class ObservedFleet : IAsyncDisposable
{
    private const string LineStart = "192.0.2.7 - - [22/Aug/2026:10:00:00 +0000] \"GET /";

    private readonly DiskStateDirectory _state;
    private readonly TemporaryFolder _folder;

    public ObservedFleet(TemporaryFolder folder, Func<Payload, Delivery>? answer = null, string accessPath = "access.log")
    {
        _folder = folder;
        Plan = PlanOf(folder, accessPath);
        _state = new DiskStateDirectory(Plan.StateDirectory);
        _state.Claim();
        Fleet = new Fleet(
            Plan, _ => new AnsweringSink(answer ?? (_ => Delivery.Complete)), _state, TimeProvider.System, NullLoggerFactory.Instance,
            Metrics, (SignalsSink.Name, Signals, SignalsSink.MemoryBytes));
        Metrics.Observe(() => Fleet.Lanes);
        Metrics.Observe(() => Fleet.RefusedLogs);
        Signals.Metrics.Observe(() => Fleet.ObservingLanes);
        Status = new StatusReporter(() => Fleet.Lanes, () => Plan, () => true, () => Fleet.IsAlive, TimeProvider.System);
    }

    public Plan Plan { get; }

    public Fleet Fleet { get; }

    public ShipperMetrics Metrics { get; } = new(TimeProvider.System);

    public SignalsSink Signals { get; } = new();

    public StatusReporter Status { get; }

    public static string Lines(int count, string path = "x") =>
        string.Concat(Enumerable.Range(0, count).Select(number => $"{LineStart}{path}/{number} HTTP/1.1\" 200 5 \"-\" \"-\"\n"));

    /// <summary>Ships all that is there and ends, after <paramref name="longest"/> at the latest.</summary>
    public async Task ShipAsync(TimeSpan? longest = null)
    {
        Fleet.Start();
        await UntilObservedAsync();
        await Fleet.DrainAsync(waitForQuiet: false, longest ?? TimeSpan.FromSeconds(20), CancellationToken.None);
    }

    /// <summary>Everything that the instruments of these meters say now.</summary>
    public List<(string Instrument, Dictionary<string, string> Labels, double Value)> Collect()
    {
        var measured = new List<(string, Dictionary<string, string>, double)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter == Metrics.Meter || instrument.Meter == Signals.Metrics.Meter)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, labels, _) => measured.Add((instrument.Name, Read(labels), value)));
        listener.SetMeasurementEventCallback<double>((instrument, value, labels, _) => measured.Add((instrument.Name, Read(labels), value)));
        listener.Start();
        listener.RecordObservableInstruments();
        return measured;
    }

    public double Value(string instrument, params (string Label, string Value)[] labels) => Collect()
        .Where(one => one.Instrument == instrument && labels.All(label => one.Labels.GetValueOrDefault(label.Label) == label.Value))
        .Sum(one => one.Value);

    public async ValueTask DisposeAsync()
    {
        if (Fleet.Lanes.Count > 0)
        {
            // A lane that still turned would save its checkpoint into a folder that is being removed.
            await Fleet.DrainAsync(waitForQuiet: false, TimeSpan.Zero, CancellationToken.None);
        }

        await Fleet.DisposeAsync();
        Metrics.Dispose();
        _state.Dispose();
    }

    // The lanes that only observe have but 10 ms in the drain, which a busy machine may not give them.
    private async Task UntilObservedAsync()
    {
        var written = new DirectoryInfo(_folder.Path).EnumerateFiles("*.log").Sum(file => file.Length);
        for (var round = 0; Fleet.ObservingLanes.Sum(lane => lane.Positions.Sum(position => position.Offset)) < written; round++)
        {
            Assert.True(round < 6000, "The lanes that only observe did not see every line.");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }

    private static Dictionary<string, string> Read(ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        var read = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in labels)
        {
            read.Add(name, (string)value!);
        }

        return read;
    }

    private static Plan PlanOf(TemporaryFolder folder, string accessPath)
    {
        ImmutableArray<string> logs = ["access", "error"];
        return new Plan
        {
            Interval = TimeSpan.FromMilliseconds(50),
            StateDirectory = folder["state"],
            Instance = "test",
            DrainTimeout = TimeSpan.FromSeconds(5),
            RotationGrace = TimeSpan.FromSeconds(1),
            DrainQuiet = TimeSpan.FromMilliseconds(100),
            MemoryBudgetBytes = 4 << 20,
            BatchBytes = 64 << 10,
            MaxLineBytes = 64 << 10,
            TerminationMessagePath = "",
            Admin = new AdminPlan(false, IPAddress.Loopback, 0),
            Logs =
            [
                new LogPlan("access", folder[accessPath], ["combined"], TimeZoneInfo.Utc, false),
                new LogPlan("error", folder["error.log"], ["error"], TimeZoneInfo.Utc, false),
            ],
            Sinks = [new StdoutSinkPlan("one", logs, new StdoutOptions()), new StdoutSinkPlan("two", logs, new StdoutOptions())],
            DeadLetters = new DeadLetterPlan(1 << 20, WhenFull.Stop),
            Diagnostics = new DiagnosticsPlan(LogEventLevel.Information, DiagnosticsFormat.Json),
        };
    }

    private sealed class AnsweringSink(Func<Payload, Delivery> answer) : ISink
    {
        public int MaxInFlight => 1;

        public int MaxBatchBytes => 0;

        public TimeSpan? AttemptTimeout => null;

        public TimeSpan CheckpointInterval => TimeSpan.Zero;

        public IRecordWriter CreateWriter(SinkLog log) => new StdoutRecordWriter(null);

        public ValueTask<Delivery> SendAsync(Payload payload, CancellationToken cancellation) => ValueTask.FromResult(answer(payload));

        public ValueTask<string?> ContactAsync(CancellationToken cancellation) => ValueTask.FromResult<string?>(null);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
