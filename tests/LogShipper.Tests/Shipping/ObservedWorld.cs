using LogShipper.Configuration;
using LogShipper.Parsing;
using LogShipper.Payloads;
using LogShipper.Shipping;
using LogShipper.Tailing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace LogShipper.Tests.Shipping;

/// <summary>A log, lanes that parse it for their sinks, and the lane that only observes it; turned by the test.</summary>
internal sealed class ObservedWorld : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DiskStateDirectory _state;
    private readonly LogSource _log;
    private ObservedRanges _ranges;
    private readonly List<Shipper> _lanes = [];

    public ObservedWorld()
    {
        Directory.CreateDirectory(_folder["logs"]);
        _state = new DiskStateDirectory(_folder["state"]);
        _state.Claim();
        _ranges = new ObservedRanges(new Noting(OnTheWay), Time);
        _log = new LogSource("access", new DiskLogDirectory(_folder["logs"], Time), "access.log", LogParser.Compile(["json"], TimeZoneInfo.Utc, [])!, KeepOriginal: false);
    }

    public FakeTimeProvider Time { get; } = new(DateTimeOffset.UnixEpoch.AddYears(56));

    /// <summary>What was observed on its way to a sink.</summary>
    public List<string> OnTheWay { get; } = [];

    /// <summary>What the observing lane has read for itself.</summary>
    public FakeSink Own { get; } = new();

    /// <summary>Everything that was observed, in order.</summary>
    public IEnumerable<string> Observed => OnTheWay.Concat(Own.Lines).OrderBy(int.Parse);

    public int BatchBytes { get; init; } = 4096;

    public Shipper Observer { get; private set; } = null!;

    /// <summary>What <see cref="Append"/> has written.</summary>
    public long WrittenBytes { get; private set; }

    public string LogPath(string name = "access.log") => Path.Combine(_folder["logs"], name);

    /// <summary>Lines that are their numbers.</summary>
    public void Append(int from, int count)
    {
        File.AppendAllText(LogPath(), string.Concat(Enumerable.Range(from, count).Select(number => $"{number:0000}\n")));
        WrittenBytes += count * 5;
    }

    /// <summary>Lanes that are started from now on know nothing of what was gone through: the log's configuration has changed, or the process.</summary>
    public void Forget() => _ranges = new ObservedRanges(new Noting(OnTheWay), Time);

    public void StartObserver() => Observer = Start("observes", Own, isObserver: true);

    public Shipper StartShipping(string name, FakeSink sink) => Start(name, sink, isObserver: false);

    /// <summary>Parses what it sends.</summary>
    /// <param name="hangs">It takes nothing.</param>
    /// <param name="writing">Done while a record is written, so in the middle of a batch.</param>
    public static FakeSink Parsing(bool hangs = false, Action? writing = null) =>
        new() { Writer = _ => new ParsingWriter(writing), Answer = hangs ? FakeSink.HangAsync : null };

    /// <summary>Lets the clock run, and the lanes take their turns in this order.</summary>
    public void Run(TimeSpan span, params Shipper[] lanes)
    {
        for (var end = Time.GetUtcNow() + span; Time.GetUtcNow() < end; Time.Advance(TimeSpan.FromMilliseconds(50)))
        {
            foreach (var lane in lanes)
            {
                lane.TakeTurn();
            }
        }
    }

    public void Dispose()
    {
        foreach (var lane in _lanes)
        {
            lane.Abort();
            lane.Dispose();
        }

        _state.Dispose();
        _folder.Dispose();
    }

    private Shipper Start(string name, FakeSink sink, bool isObserver)
    {
        var settings = new LaneSettings(
            "test", TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1), new BatchLimits(BatchBytes, 4096), new DeadLetterPlan(4096, WhenFull.Stop));
        var ledger = new Ledger();
        var lane = new Shipper(
            _log, new SinkCircuit(name, sink, Time, new NoSinkEvents()), new MemoryBudget(1024 * 1024, 1).CreateShare(), _state, settings, Time, new Random(1),
            new LaneEvents("access", name, ledger, NullLogger.Instance), ledger)
        {
            Observed = (_ranges, isObserver),
        };
        lane.Load();
        _lanes.Add(lane);
        return lane;
    }

    private sealed class ParsingWriter(Action? writing) : IRecordWriter
    {
        public bool Parses => true;

        public bool TracksItems => false;

        public string Target => "";

        public PayloadCompression Compression => PayloadCompression.None;

        public void Write(ref LogShipper.Parsing.Record record, PayloadBuffer output)
        {
            output.Write(record.Raw.Bytes);
            writing?.Invoke();
        }
    }

    /// <summary>What was noted and did not count yet is not there.</summary>
    private sealed class Noting(List<string> counted) : IRecordObserver
    {
        private readonly List<string> _noted = [];

        public void Observe(ref LogShipper.Parsing.Record record) => _noted.Add(System.Text.Encoding.UTF8.GetString(record.Content));

        public IObservations Take(IObservations? before)
        {
            var observations = before as Noted ?? new Noted(counted);
            observations.AddRange(_noted);
            _noted.Clear();
            return observations;
        }
    }

    private sealed class Noted(List<string> counted) : List<string>, IObservations
    {
        void IObservations.Count() => counted.AddRange(this);
    }
}
