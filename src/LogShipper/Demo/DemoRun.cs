using System.Net;
using System.Text;
using LogShipper.Configuration;
using LogShipper.Payloads;
using LogShipper.Shipping;
using LogShipper.Sinks;
using LogShipper.Sinks.Elasticsearch;
using LogShipper.Sinks.Stdout;
using Microsoft.Extensions.Logging.Abstractions;
using Serilog.Events;

namespace LogShipper.Demo;

/// <summary>What the demo counted at its end.</summary>
/// <param name="Written">Lines in the log files.</param>
/// <param name="Delivered">Different records that the receiver has.</param>
/// <param name="Repeated">Records that it has more than once.</param>
/// <param name="OnStdout">Records that went to stdout.</param>
internal sealed record DemoResult(long Written, long Delivered, long Repeated, long OnStdout)
{
    public long Lost => Math.Max(0, Written - Delivered);

    public bool IsExact => Written > 0 && Delivered == Written && Repeated == 0 && OnStdout == Written;
}

/// <summary>The main job in one process: a writer, the fleet, and a receiver that misbehaves now and then.</summary>
internal sealed class DemoRun : IAsyncDisposable
{
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(25);

    private readonly string _folder;
    private readonly IDemoWriter _writer;
    private readonly BulkReceiver _receiver;
    private readonly DiskStateDirectory _state;
    private readonly Fleet _fleet;
    private readonly string _logs;

    private DemoRun(string folder, string logs, IDemoWriter writer, BulkReceiver receiver, DiskStateDirectory state, Fleet fleet)
    {
        _folder = folder;
        _logs = logs;
        _writer = writer;
        _receiver = receiver;
        _state = state;
        _fleet = fleet;
    }

    public static async Task<DemoRun> CreateAsync(string? nginx, TimeProvider time)
    {
        var folder = Directory.CreateTempSubdirectory("logshipper-demo-").FullName;
        var logs = Directory.CreateDirectory(Path.Combine(folder, "logs")).FullName;
        var writer = nginx is null ? (IDemoWriter)new LogGenerator(logs, time, seed: 1) : NginxUnderLoad.Start(nginx, folder, logs, time);
        var receiver = await BulkReceiver.StartAsync(new BulkReceiverOptions { ContentOf = ContentOf });
        receiver.Fault = Misbehave;
        receiver.ItemFault = BulkItemFault.EveryNth(97, BulkItemFault.Busy);
        var plan = PlanFor(folder, logs, receiver.Address);
        var state = new DiskStateDirectory(plan.StateDirectory);
        state.Claim();
        return new DemoRun(folder, logs, writer, receiver, state, new Fleet(plan, sink => SinkCatalog.Create(sink, time, NullLoggerFactory.Instance), state, time, NullLoggerFactory.Instance));
    }

    /// <summary>Writes and ships until <paramref name="stop"/>, then drains and counts.</summary>
    public async Task<DemoResult> RunAsync(CancellationToken stop)
    {
        _fleet.Start();
        await _writer.WriteAsync(stop);
        await _fleet.DrainAsync(waitForQuiet: true, DrainTimeout, CancellationToken.None);
        var tally = _receiver.Tally;
        var repeated = tally.RepeatedContents + tally.RepeatedIds;
        return new DemoResult(CountWritten(), tally.Stored - repeated, repeated, AcknowledgedBy("stdout"));
    }

    /// <summary>How it stands now, in one line.</summary>
    public string Summary()
    {
        var tally = _receiver.Tally;
        return $"written {CountWritten():N0} lines, rotated {_writer.Rotations} times | stdout {AcknowledgedBy("stdout"):N0} | "
            + $"receiver {tally.Stored:N0} in {tally.Requests:N0} requests, refused {tally.Busy:N0} items, resent {tally.Conflicts:N0} | behind {_fleet.Lanes.Sum(lane => lane.BytesBehind):N0} bytes";
    }

    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        await _fleet.DisposeAsync();
        await _receiver.DisposeAsync();
        _state.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Now and then 429, or the connection is cut, before or after the documents were stored.</summary>
    private static BulkFault? Misbehave(BulkArrival arrival) => (arrival.Number % 11) switch
    {
        3 => BulkFault.Status(429, retryAfter: "1"),
        6 => BulkFault.DropUnread,
        9 => BulkFault.DropAfterStoring,
        _ => null,
    };

    /// <summary>The number that the writer gave the line: the same record twice shows whatever its id is.</summary>
    private static string? ContentOf(ReadOnlyMemory<byte> document)
    {
        var bytes = document.Span;
        var start = bytes.IndexOf("demo="u8);
        if (start < 0)
        {
            return null;
        }

        var number = bytes[(start + 5)..];
        var length = number.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        return (bytes.IndexOf("\"nginx.error\""u8) >= 0 ? "error " : "access ") + Encoding.ASCII.GetString(number[..Math.Max(0, length)]);
    }

    private long AcknowledgedBy(string sink) => _fleet.Lanes.Where(lane => lane.Sink == sink).Sum(lane => lane.Ledger.Take().Acknowledged.Records);

    /// <summary>The truth: the lines that stand in all files. Of error.log a copy may be in the making, which counts only at the end.</summary>
    private long CountWritten()
    {
        long lines = 0;
        var buffer = new byte[64 * 1024];
        foreach (var path in Directory.EnumerateFiles(_logs))
        {
            try
            {
                using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
                for (int read; (read = file.Read(buffer)) > 0;)
                {
                    lines += buffer.AsSpan(0, read).Count((byte)'\n');
                }
            }
            catch (FileNotFoundException)
            {
                // Renamed meanwhile; the next count sees it.
            }
        }

        return lines;
    }

    private static Plan PlanFor(string folder, string logs, Uri receiver) => new()
    {
        Interval = TimeSpan.FromMilliseconds(500),
        StateDirectory = Path.Combine(folder, "state"),
        Instance = "demo",
        DrainTimeout = DrainTimeout,
        RotationGrace = TimeSpan.FromSeconds(2),
        DrainQuiet = TimeSpan.FromMilliseconds(200),
        MemoryBudgetBytes = 16 * 1024 * 1024,
        BatchBytes = 256 * 1024,
        MaxLineBytes = 1024 * 1024,
        TerminationMessagePath = "",
        Admin = new AdminPlan(Enabled: false, IPAddress.Loopback, 0),
        Logs =
        [
            new LogPlan("access", Path.Combine(logs, "access.log"), ["main", "combined"], TimeZoneInfo.Utc, KeepOriginal: false),
            new LogPlan("error", Path.Combine(logs, "error.log"), ["error"], TimeZoneInfo.Utc, KeepOriginal: false),
        ],
        Sinks =
        [
            new StdoutSinkPlan("stdout", ["access", "error"], new StdoutOptions()),
            new ElasticsearchSinkPlan("es", ["access", "error"], new ElasticsearchOptions { Nodes = [receiver], Compression = PayloadCompression.Gzip }),
        ],
        DeadLetters = new DeadLetterPlan(16 * 1024 * 1024, WhenFull.Stop),
        Diagnostics = new DiagnosticsPlan(LogEventLevel.Warning, DiagnosticsFormat.Text),
    };
}
