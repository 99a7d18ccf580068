using LogShipper.Configuration;
using LogShipper.Parsing;
using LogShipper.Shipping;
using LogShipper.Simulation.Files;
using LogShipper.Simulation.Sinks;
using LogShipper.Tailing;
using Microsoft.Extensions.Logging.Abstractions;

namespace LogShipper.Simulation;

/// <summary>One process of the shipper: all lanes, until it ends or is killed.</summary>
internal sealed class ShipperProcess
{
    private readonly List<MemoryShare> _shares = [];
    private readonly List<SimulatedSink.Connection> _connections = [];
    private readonly List<SinkCircuit> _circuits = [];
    private readonly World _world;
    private readonly List<(ObservedRanges Ranges, LogObserver Observer)> _observed = [];
    private LaneSettings _settings;
    private bool _observersMayEnd;
    private bool _isInterleaved;

    public ShipperProcess(World world)
    {
        _world = world;
        var scenario = world.Scenario;
        var budget = new MemoryBudget(scenario.Budget, scenario.Sinks);
        State = new ProcessState(world.State, world.Saved);
        _settings = new LaneSettings(
            scenario.Instance, scenario.Interval, scenario.RotationGrace, scenario.DrainQuiet, new BatchLimits(scenario.BatchBytes, scenario.MaxLineBytes),
            new DeadLetterPlan(1 << 24, WhenFull.Stop));
        for (var l = 0; scenario.Observes && l < scenario.Logs; l++)
        {
            var observer = new LogObserver(this, world.TruthOf(l, scenario.Sinks - 1));
            _observed.Add((new ObservedRanges(observer, world.Clock), observer));
        }

        for (var s = 0; s < scenario.Sinks; s++)
        {
            var sink = world.Sinks[s];
            _shares.Add(budget.CreateShare());
            _circuits.Add(Connect(sink));
            for (var l = 0; l < scenario.Logs; l++)
            {
                Lanes.Add(new Lane(world, this, l, sink, world.TruthOf(l, s)));
                Lanes[^1].Start();
            }
        }
    }

    public LaneSettings Settings => _settings;

    public SinkCircuit CircuitOf(SimulatedSink sink) => _circuits[_world.Sinks.IndexOf(sink)];

    /// <summary>What the lanes of the log have gone through for the one that only observes it.</summary>
    public ObservedRanges? ObservedOf(int log) => _observed.Count > 0 ? _observed[log].Ranges : null;

    /// <summary>The lane that turns.</summary>
    public Lane? Turning { get; set; }

    /// <summary>In the middle of a lane's turn another lane of the log has one: they have threads of their own.</summary>
    public void Interleave(int log)
    {
        if (_isInterleaved || Turning is null || _world.Interleaving.Next(4) > 0)
        {
            return;
        }

        var others = Lanes.FindAll(lane => lane.Log == log && lane != Turning);
        _isInterleaved = true;
        others[_world.Interleaving.Next(others.Count)].TurnBetween();
        _isInterleaved = false;
        if (_world.State.HasDied)
        {
            throw new ProcessDied();
        }
    }

    public MemoryShare ShareOf(SimulatedSink sink) => _shares[_world.Sinks.IndexOf(sink)];

    /// <summary>The sink has other options: another connection, another circuit.</summary>
    public void Reconnect(SimulatedSink sink) => _circuits[_world.Sinks.IndexOf(sink)] = Connect(sink);

    /// <summary>Lanes take it over while they run.</summary>
    public void ChangeInterval(TimeSpan interval)
    {
        _settings = _settings with { Interval = interval };
        foreach (var lane in Lanes.Where(lane => !lane.IsClosed))
        {
            lane.Shipper.Adopt(_settings);
        }
    }

    public void ChangeBatchBytes(int bytes) => _settings = _settings with { Limits = _settings.Limits with { BatchBytes = bytes } };

    private SinkCircuit Connect(SimulatedSink sink)
    {
        var connection = new SimulatedSink.Connection(sink, name => Lanes.Find(lane => lane.Sink == sink && lane.LogName == name)!.Connection);
        _connections.Add(connection);
        return new SinkCircuit(sink.Name, connection, _world.Clock, NoEvents.Instance);
    }

    public ProcessState State { get; }

    public List<Lane> Lanes { get; } = [];

    public bool Draining { get; private set; }

    public bool IsDrained => Lanes.TrueForAll(lane => lane.Shipper.IsDrained || lane.IsClosed);

    public void Drain(bool waitForQuiet)
    {
        Draining = true;
        foreach (var lane in Lanes)
        {
            lane.Shipper.Drain(waitForQuiet || lane.Sink.Observes);
        }
    }

    /// <summary>All others are done: those that only observe take a last look, now.</summary>
    private bool EndObservers()
    {
        if (!Draining || _observersMayEnd || !Lanes.TrueForAll(lane => lane.Sink.Observes || lane.Shipper.IsDrained || lane.IsClosed))
        {
            return false;
        }

        foreach (var lane in Lanes.Where(lane => lane.Sink.Observes))
        {
            lane.Shipper.Drain(waitForQuiet: false);
        }

        return _observersMayEnd = true;
    }

    /// <summary>Turns every lane that is due or was woken, until all wait.</summary>
    public void Turn()
    {
        for (var rounds = 0; ; rounds++)
        {
            var turned = false;
            // Who observes is the last of the lanes: now and then it comes first.
            var isReversed = _observed.Count > 0 && _world.Interleaving.Next(3) == 0;
            foreach (var lane in isReversed ? Lanes.AsEnumerable().Reverse() : Lanes)
            {
                turned |= lane.TurnIfDue();
                if (_world.State.HasDied)
                {
                    return;
                }
            }

            foreach (var share in _shares)
            {
                // Some of these shares are smaller than the configuration allows: there one batch, its bytes the worst, takes more than the share.
                var allowed = Math.Max(share.Limit, (long)MemoryBounds.BatchesPerShare * _world.Scenario.BatchBytes);
                if (share.HeldBytes > allowed * 2)
                {
                    _world.Fail($"{share.HeldBytes} bytes are held, the share is {share.Limit}");
                }
            }

            turned |= EndObservers();
            if (!turned)
            {
                return;
            }

            if (rounds > 10_000)
            {
                _world.Fail("the lanes do not come to rest");
            }
        }
    }

    /// <summary>When the next lane is due.</summary>
    public DateTimeOffset NextDue => Lanes.Where(lane => !lane.IsClosed).Select(lane => lane.Due).DefaultIfEmpty(DateTimeOffset.MaxValue).Min();

    /// <summary>Ends in good order.</summary>
    public void Close()
    {
        foreach (var lane in Lanes)
        {
            lane.Close();
            if (_world.State.HasDied)
            {
                return;
            }
        }

        foreach (var share in _shares)
        {
            if (share.HeldBytes != 0)
            {
                _world.Fail($"{share.HeldBytes} bytes of memory were not returned");
            }
        }

        foreach (var lane in Lanes)
        {
            lane.Truth.CheckReturned();
            if (lane.Directory.Open.Count > 0)
            {
                _world.Fail($"{lane.Truth.Name}: {lane.Directory.Open.Count} files were left open");
            }
        }
    }

    public void Die()
    {
        State.Die();
        foreach (var connection in _connections)
        {
            connection.Dead = true;
        }

        foreach (var lane in Lanes)
        {
            lane.Directory.Die();
        }
    }

    private sealed class NoEvents : ISinkEvents
    {
        public static readonly NoEvents Instance = new();

        public void Failing(string sink, string reason)
        {
        }

        public void Recovered(string sink)
        {
        }
    }
}

/// <summary>One lane of one process, and what it must keep to after each turn.</summary>
internal sealed class Lane
{
    private readonly World _world;
    private readonly ShipperProcess _process;
    private readonly int _log;
    private Ledger _ledger = null!;
    private long _told;
    private Func<Shipper> _create = null!;

    public Lane(World world, ShipperProcess process, int log, SimulatedSink sink, LaneTruth truth)
    {
        _world = world;
        _process = process;
        _log = log;
        Sink = sink;
        Truth = truth;
        Directory = new LaneDirectory(world.Disk, world.Scenario, world.Time)
        {
            Seen = truth.See,
            Reading = sink.Observes ? () => process.Interleave(log) : () => { },
        };
        Connection = new LaneConnection(truth, LogName, sink.Parses, batch => Directory.Dead ? throw new ProcessDied() : Directory.SourceOf(batch), file => world.MayBeTorn(log, file, process.Draining, Directory.Shows(file, world.Scenario.LiveName(log))), CheckSaved, world.Fail);
    }

    public SimulatedSink Sink { get; }

    public string LogName => _world.Scenario.LogName(_log);

    public int Log => _log;

    public LaneTruth Truth { get; }

    public LaneDirectory Directory { get; }

    public LaneConnection Connection { get; }

    public Shipper Shipper { get; private set; } = null!;

    public DateTimeOffset Due { get; private set; }

    public bool IsClosed { get; private set; }

    /// <summary>Its sink was taken out of the configuration.</summary>
    public bool IsRemoved { get; private set; }

    public void Start()
    {
        var problems = new List<string>();
        var parser = LogParser.Compile([_world.Scenario.JoinsLines ? "error" : "combined"], TimeZoneInfo.Utc, problems)!;
        var source = new LogSource(LogName, Directory, _world.Scenario.LiveName(_log), parser, false);
        _create = () => new Shipper(
            source, _process.CircuitOf(Sink), _process.ShareOf(Sink), _process.State, _process.Settings, _world.Clock, _world.LaneRandom,
            new LaneEvents(LogName, Sink.Name, _ledger, NullLogger.Instance), _ledger)
        {
            Observed = _process.ObservedOf(_log) is { } ranges ? (ranges, Sink.Observes) : null,
        };
        Begin();
    }

    /// <summary>Its sink is not configured any more.</summary>
    public void Remove()
    {
        IsClosed = true;
        IsRemoved = true;
        _world.Guard(() =>
        {
            Shipper.Abort();
            Shipper.Close();
            Shipper.Dispose();
            return TimeSpan.Zero;
        });
        if (!_world.State.HasDied)
        {
            NoteLosses();
            Truth.CheckReturned();
            Directory.Closed.Clear();
        }
    }

    /// <summary>Its sink is configured again: it goes on from its checkpoint.</summary>
    public void Return()
    {
        IsClosed = false;
        IsRemoved = false;
        Begin();
        Shipper.Load();
        Due = _world.Time.GetUtcNow();
    }

    private void Begin()
    {
        _ledger = new Ledger();
        _told = 0;
        Shipper = _create();
    }

    /// <summary>What the ledger says is lost, beside the rest of long lines.</summary>
    private void NoteLosses()
    {
        var lost = _ledger.Take().LostByReason;
        var told = lost[(int)LossReason.Gone].Bytes + lost[(int)LossReason.Truncated].Bytes;
        Truth.ToldLost += told - _told;
        _told = told;
    }

    /// <summary>Puts another lane in the place of the one that was told to stop, which goes on where it stands.</summary>
    public void Replace()
    {
        _world.Guard(() =>
        {
            Shipper.Abort();
            Shipper.Close();
            return TimeSpan.Zero;
        });
        if (_world.State.HasDied)
        {
            return;
        }

        Truth.CheckReturned();
        var stopped = Shipper;
        CheckNothingUnderWay("another lane goes on in its place");
        Shipper = _create();
        Shipper.GoOnFrom(stopped);
        stopped.Dispose();
        Due = _world.Time.GetUtcNow();
        CheckLedger();
        CheckClosedFiles();
    }

    /// <summary>One file, one writer: nobody goes on while a request of the one before may still be stored.</summary>
    public void CheckNothingUnderWay(string but)
    {
        if (Sink.Attends(Truth))
        {
            _world.Fail($"{Truth.Name}: {but}, and a request of it is under way");
        }
    }

    public bool TurnIfDue()
    {
        if (IsClosed || Shipper.IsDrained || (_world.Time.GetUtcNow() < Due && !Shipper.WasWoken()))
        {
            return false;
        }

        Turn();
        return true;
    }

    /// <summary>A turn in the middle of another lane's, due or not; now and then with a look.</summary>
    public void TurnBetween()
    {
        if (IsClosed || Shipper.IsDrained)
        {
            return;
        }

        if (_world.Interleaving.Next(2) == 0)
        {
            Shipper.LookSoon(_world.Clock.GetTimestamp());
        }

        Turn();
    }

    private void Turn()
    {
        Shipper.WasWoken();
        var before = _process.Turning;
        _process.Turning = this;
        var pause = _world.Guard(Shipper.TakeTurn);
        _process.Turning = before;
        if (_world.State.HasDied)
        {
            return;
        }

        Due = _world.Time.GetUtcNow() + pause;
        CheckLedger();
        CheckClosedFiles();
        if (Shipper.HasEnded)
        {
            Close();
            Truth.LaneEnded(clean: false);
        }
    }

    public void Close()
    {
        if (!IsClosed)
        {
            IsClosed = true;
            _world.Guard(() =>
            {
                Shipper.Close();
                return TimeSpan.Zero;
            });
        }
    }

    private void CheckLedger()
    {
        NoteLosses();
        var reading = _ledger.Take();
        if (!reading.Closes)
        {
            _world.Fail($"{Truth.Name}: the ledger does not close: {reading}");
        }

        if (Shipper.Events.LedgerMismatch is var mismatch && mismatch != default)
        {
            _world.Fail($"{Truth.Name}: the ledger does not close by {mismatch}");
        }

        if (Shipper.InFlight == 0 && reading.InFlight != default)
        {
            _world.Fail($"{Truth.Name}: nothing is in flight, and the ledger has {reading.InFlight} there");
        }
    }

    /// <summary>Nothing may be let go that was not delivered and cannot be opened again.</summary>
    private void CheckClosedFiles()
    {
        Truth.ReadDeadLetters(_world.State, $"{Truth.Name}.deadletters.ndjson");
        foreach (var file in Directory.Closed)
        {
            if (file.Links > 0 || Directory.Open.Contains(file))
            {
                continue;
            }

            if (file.Writers > 0 && _world.Scenario.KnowsWriters)
            {
                _world.Fail($"{Truth.Name}: a nameless file was closed that is still written");
            }

            foreach (var segment in file.Segments)
            {
                if (segment.WrittenAt < Directory.LastLook && Truth.Missing([segment], tailsToo: true) is { } missing
                    && !Truth.IsUnderWay(segment.Line, segment.LineStart) && !_world.IsElsewhere(this, segment))
                {
                    _world.Fail($"{Truth.Name}: a file was let go with {missing} undelivered");
                    break;
                }
            }
        }

        if (Directory.Closed.Count > 0)
        {
            Directory.Closed.Clear();
            _world.ExcuseWhatIsGone(this);
        }
    }

    /// <summary>Where a repeated record would be seen, everything that was answered is saved before the next request.</summary>
    private void CheckSaved()
    {
        if (Sink.CheckpointInterval == TimeSpan.Zero && Sink.MaxInFlight == 1 && !_world.State.IsFull && !_process.State.HasFailed
            && Truth.FirstUnsaved() is { } record)
        {
            _world.Fail($"{Truth.Name}: {record} was delivered and is not saved, and the next request is sent");
        }

        if (Sink.CheckpointInterval == TimeSpan.Zero && !_world.State.IsFull && !_process.State.HasFailed && Truth.FirstPassedUnsaved() is { } passed)
        {
            _world.Fail($"{Truth.Name}: {passed} was passed over and is not saved, and the next request is sent");
        }
    }
}

/// <summary>Enters what is parsed for other sinks into the books of the lane that observes the log.</summary>
internal sealed class LogObserver(ShipperProcess process, LaneTruth truth) : IRecordObserver
{
    private readonly List<TakenRecord> _noted = [];

    public void Observe(ref LogShipper.Parsing.Record record)
    {
        var lane = process.Turning!;
        _noted.Add(truth.Observe(record.Raw, record.Batch, lane.Directory.SourceOf(record.Batch)));
        process.Interleave(lane.Log);
    }

    public IObservations Take(IObservations? before)
    {
        var observed = before as Observed ?? new Observed(truth);
        observed.AddRange(_noted);
        _noted.Clear();
        return observed;
    }

    private sealed class Observed(LaneTruth truth) : List<TakenRecord>, IObservations
    {
        void IObservations.Count() => truth.Count(this);
    }
}
