using LogShipper.Shipping;
using LogShipper.Simulation.Files;
using LogShipper.Simulation.Sinks;
using Microsoft.Extensions.Time.Testing;

namespace LogShipper.Simulation;

/// <summary>An invariant did not hold.</summary>
internal sealed class InvariantBroken(string message) : Exception(message);

/// <summary>
/// A world made from one number: files, nginx, logrotate, sinks, time, and the shipper in the middle of it. One thread,
/// no real time: the same number gives the same history.
/// </summary>
internal sealed class World
{
    /// <summary>Every lane has looked once in so long, whatever its interval.</summary>
    private static readonly TimeSpan LongestInterval = TimeSpan.FromSeconds(31);

    private readonly Random _random;
    private readonly List<string> _history = [];
    private readonly List<Line> _lines = [];
    private readonly List<SimulatedNginx> _writers = [];
    private readonly LaneTruth[,] _truths;
    private readonly Dictionary<Action, DateTimeOffset> _faults = [];
    private ShipperProcess? _process;
    private DateTimeOffset _restartAt;
    private string? _failure;
    private int _moments;
    private bool _drainsAfterReload;
    private DateTimeOffset? _wellSince;

    public World(int seed)
    {
        Seed = seed;
        _random = new Random(seed);
        Scenario = new Scenario(_random, new Random(seed ^ 0x0B5E));
        LaneRandom = new Random(seed ^ 0x5EED);
        Interleaving = new Random(seed ^ 0x70B5);
        Clock = new WorldClock(Time);
        Disk = new SimulatedDisk(Scenario, _random, Clock) { IsKnownSince = IsKnownSince, IsOpen = file => _process is { } process && process.Lanes.Exists(lane => lane.Directory.Open.Contains(file)) };
        _truths = new LaneTruth[Scenario.Logs, Scenario.Sinks];
        for (var l = 0; l < Scenario.Logs; l++)
        {
            _writers.Add(new SimulatedNginx(l, Scenario, Disk, _lines, _random, Time));
        }

        for (var s = 0; s < Scenario.Sinks; s++)
        {
            var kind = Scenario.SinkKinds[s];
            Sinks.Add(new SimulatedSink($"sink{s}", _random, Time, Fail)
            {
                KnowsIds = kind.KnowsIds,
                MaxInFlight = kind.MaxInFlight,
                AttemptTimeout = kind.HasTimeout ? Scenario.Attempts : null,
                Poison = kind.Poison,
                AnswersAtOnce = kind.AnswersAtOnce,
                SavesAtOnce = kind.SavesAtOnce,
                Parses = kind.Parses,
                Observes = kind.Observes,
            });
            for (var l = 0; l < Scenario.Logs; l++)
            {
                _truths[l, s] = new LaneTruth(l, $"log{l}.sink{s}", Scenario, kind.KnowsIds, kind.Observes, Fail);
                _truths[l, s].Follow(_lines);
                if (kind.Observes)
                {
                    _truths[l, s].Others.AddRange(Enumerable.Range(0, s).Select(other => _truths[l, other]));
                }
            }
        }
    }

    public int Seed { get; }

    public Scenario Scenario { get; }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    /// <summary>The clock that the shipper and the file system see.</summary>
    public WorldClock Clock { get; }

    public SimulatedDisk Disk { get; }

    public SimulatedState State { get; } = new();

    public List<SimulatedSink> Sinks { get; } = [];

    public Random LaneRandom { get; }

    /// <summary>Which lane has a turn in the middle of another's.</summary>
    public Random Interleaving { get; }

    public LaneTruth TruthOf(int log, int sink) => _truths[log, sink];

    public long Deliveries => _truths.Cast<LaneTruth>().Sum(truth => truth.Deliveries);

    public long Repeats => _truths.Cast<LaneTruth>().Sum(truth => truth.Repeats);

    public long Excused => _truths.Cast<LaneTruth>().Sum(truth => truth.ExcusedBytes);

    private DateTimeOffset Now => Time.GetUtcNow();

    /// <summary>Lives through one history. Throws <see cref="InvariantBroken"/> with the history when an invariant does not hold.</summary>
    public void Run()
    {
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            Start();
            for (var step = 0; step < Scenario.Steps; step++)
            {
                Do(Scenario.Actions[_random.Next(Scenario.Actions.Count)]);
                Pass(_random.Next(5) switch { 0 => TimeSpan.Zero, 1 => TimeSpan.FromMilliseconds(_random.Next(1000)), 2 => TimeSpan.FromSeconds(_random.Next(3)), 3 => Scenario.Interval, _ => TimeSpan.FromSeconds(_random.Next(15)) });
            }

            End();
        }
        catch (Exception exception)
        {
            throw new InvariantBroken($"seed {Seed}: {_failure ?? exception.ToString()}\n  {Scenario}\n  {string.Join("\n  ", _history)}");
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    public void Fail(string message)
    {
        _failure ??= $"{message} (at {Moment})";
        throw new InvariantBroken(message);
    }

    /// <summary>Runs a part of the shipper, which may die in it.</summary>
    public TimeSpan Guard(Func<TimeSpan> part)
    {
        try
        {
            var pause = part();
            ThrowIfFailed();
            return pause;
        }
        catch (ProcessDied)
        {
            return TimeSpan.Zero;
        }
    }

    public void Saved(string name, byte[] bytes, bool isSynced)
    {
        foreach (var truth in _truths)
        {
            if (name == $"{truth.Name}.json")
            {
                if (truth.Others.Count > 0)
                {
                    _process?.Interleave(truth.Log);
                }

                truth.Saved(bytes, State, $"{truth.Name}.deadletters.ndjson", isSynced);
            }
        }
    }

    /// <summary>Whether a torn line at the end of the file may be taken for a line now.</summary>
    public bool MayBeTorn(int log, SimulatedFile file, bool draining, bool isShown)
    {
        // A file that the last look did not show under the live name is not live, for all that the lane knows.
        var isLive = isShown && Disk.Names.GetValueOrDefault(Scenario.LiveName(log)) == file;
        // What was compressed whole is finished, whoever still writes what it was made of.
        return file.Inside is not null || (draining || !isLive)
            && ((Scenario.KnowsWriters && file.Writers == 0) || (!isLive && Now - file.GrownAt >= Scenario.RotationGrace));
    }

    /// <summary>Whether another file that the lane can reach holds the bytes as well.</summary>
    public bool IsElsewhere(Lane lane, Segment segment) =>
        Reachable(lane.Directory).Any(file => (file.Inside ?? file.Segments).Exists(other =>
            other.Line == segment.Line && other.LineStart <= segment.LineStart && other.LineStart + other.Length >= segment.LineStart + segment.Length));

    public void ExcuseWhatIsGone(Lane lane) => lane.Truth.ExcuseWhatIsGone(Reachable(lane.Directory), _lines.Count);

    private string Moment => $"{(Now - new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)).TotalSeconds:0.###}s";

    private IEnumerable<SimulatedFile> Reachable(LaneDirectory? directory)
    {
        foreach (var file in Disk.Names.Values)
        {
            // While the process lives, a compressed file only continues what is open no more: it counts after its end.
            if (file.Inside is null || directory is null)
            {
                yield return file;
            }
        }

        foreach (var file in directory?.Open ?? [])
        {
            yield return file;
        }
    }

    private void ExcuseAll()
    {
        for (var l = 0; l < Scenario.Logs; l++)
        {
            for (var s = 0; s < Scenario.Sinks; s++)
            {
                var lane = _process?.Lanes.Find(lane => lane.Log == l && lane.Sink == Sinks[s] && !lane.IsClosed);
                _truths[l, s].SkipOn();
                _truths[l, s].ExcuseWhatIsGone(Reachable(lane?.Directory), _lines.Count);
            }
        }
    }

    private void Note(string what) => _history.Add($"{Moment} {what}");

    private void ThrowIfFailed()
    {
        if (_failure is not null)
        {
            throw new InvariantBroken(_failure);
        }
    }

    private void Do(WorldAction action)
    {
        var log = _random.Next(Scenario.Logs);
        var writer = _writers[log];
        Note($"{action} {(Scenario.Logs > 1 ? log : "")}");
        var destroys = true;
        switch (action)
        {
            case WorldAction.WriteLines:
                writer.WriteLines(1 + _random.Next(8));
                destroys = false;
                break;
            case WorldAction.WriteBurst:
                writer.WriteLines(10 + _random.Next(60));
                destroys = false;
                break;
            case WorldAction.WriteLongLine:
                writer.WriteLong();
                destroys = false;
                break;
            case WorldAction.WritePoison:
                writer.WritePoison();
                destroys = false;
                break;
            case WorldAction.WriteTornLine:
                writer.WriteTorn();
                destroys = false;
                break;
            case WorldAction.AbandonTornLine:
                writer.AbandonTorn();
                destroys = false;
                break;
            case WorldAction.RotateByNumber:
                writer.RotateByNumber(Late());
                break;
            case WorldAction.RotateByDate:
                writer.RotateByDate(Late());
                break;
            case WorldAction.RotateThrice:
                for (var i = 0; i < 3; i++)
                {
                    writer.RotateByNumber(TimeSpan.Zero);
                    writer.WriteLines(1 + _random.Next(3));
                    ExcuseAll();
                }

                break;
            case WorldAction.CopyAndTruncate:
                writer.CopyAndTruncate();
                break;
            case WorldAction.TruncateLive:
                writer.TruncateLive();
                ExcuseAll();
                if (_random.Next(2) == 0)
                {
                    writer.WriteLines(_random.Next(40));
                }

                break;
            case WorldAction.CompressRotated:
                writer.Compress();
                break;
            case WorldAction.DeleteRotated:
                writer.DeleteOldest();
                break;
            case WorldAction.DeleteLive:
                writer.DeleteLive();
                break;
            case WorldAction.LinkLive:
                writer.LinkLive();
                break;
            case WorldAction.Reopen:
                writer.Reopen();
                break;
            case WorldAction.StopWriter:
                writer.Close();
                break;
            default:
                destroys = false;
                DoToShipper(action);
                break;
        }

        if (destroys)
        {
            ExcuseAll();
        }
    }

    private TimeSpan Late() => TimeSpan.FromSeconds(_random.Next(4) switch { 0 => 0, 1 => 1, 2 => 10, _ => _random.Next(40) });

    private void DoToShipper(WorldAction action)
    {
        switch (action)
        {
            case WorldAction.ChangeSink:
                var sink = Sinks[_random.Next(Sinks.Count)];
                if (sink.Mood != SinkMood.Ended)
                {
                    sink.Mood = _random.Next(3) == 0 ? SinkMood.Healthy : (SinkMood)_random.Next((int)SinkMood.Ended);
                    Note($"  {sink.Name} is {sink.Mood}");
                }

                break;
            case WorldAction.EndSink:
                Sinks[_random.Next(Sinks.Count)].Mood = SinkMood.Ended;
                break;
            case WorldAction.Kill:
                Kill();
                break;
            case WorldAction.KillMachine:
                KillMachine();
                break;
            case WorldAction.KillInStateWrite:
                State.Death = (DeathAt)(1 + _random.Next(3));
                State.DeathAfter = _random.Next(4);
                break;
            case WorldAction.Drain:
                Drain(whileWriting: false);
                break;
            case WorldAction.DrainWhileWriting:
                Drain(whileWriting: true);
                break;
            case WorldAction.ReplaceLane:
                ReplaceLane();
                DrainIfDue();
                break;
            case WorldAction.Reload:
                Reload();
                DrainIfDue();
                break;
            case WorldAction.LoseState:
                Kill();
                LoseState();
                break;
            case WorldAction.FillState:
                State.IsFull = true;
                Later(() => State.IsFull = false);
                break;
            case WorldAction.FailLooks:
                Disk.LookFails = true;
                Disk.LookFindsNoDirectory = _random.Next(2) == 0;
                Later(() => Disk.LookFails = false);
                break;
            case WorldAction.MissFiles:
                // Who knows nothing of a log, and is first shown a copy alone, ships it.
                if (!IsMisled() && (!Scenario.Actions.Contains(WorldAction.CopyAndTruncate) || !_truths.Cast<LaneTruth>().Any(truth => truth.Durable.Count == 0)))
                {
                    Disk.HastyLooks = 1;
                }

                break;
            case WorldAction.HideDirectory:
                if (!IsMisled())
                {
                    Disk.IsHidden = true;
                    _faults[() => Disk.IsHidden = false] = Now + TimeSpan.FromSeconds(1 + _random.Next(8));
                }

                break;
            case WorldAction.RefuseFile:
                Disk.Refused = AnyFile();
                Later(() => Disk.Refused = null);
                break;
            case WorldAction.SpoilFile:
                Disk.Spoilt = AnyFile();
                Later(() => Disk.Spoilt = null);
                break;
            case WorldAction.RunOutOfDescriptors:
                RunOutOfDescriptors();
                break;
            case WorldAction.FailOpens:
                Disk.OpenFails = true;
                Later(() => Disk.OpenFails = false);
                break;
            case WorldAction.FailReads:
                Disk.ReadFails = true;
                Later(() => Disk.ReadFails = false);
                break;
            case WorldAction.SetClock:
                SetClock();
                break;
            default:
                Pass(TimeSpan.FromSeconds(_random.Next(60)));
                break;
        }
    }

    /// <summary>What is not shown for longer than RotationGrace is another content when it comes back: between two looks that mislead there is one that does not.</summary>
    private bool IsMisled() => Disk.IsHidden || Disk.HastyLooks > 0 || _process?.Lanes.Exists(lane => !lane.IsClosed && lane.Directory.IsMisled) == true;

    private void SetClock()
    {
        // A copy that was born while the clock was behind, and is first seen when it is right again, seems to be older than its original.
        if (Scenario.Actions.Contains(WorldAction.CopyAndTruncate) && !IsWellSinceEveryLook())
        {
            return;
        }

        Clock.Offset = TimeSpan.FromHours(_random.Next(3) == 0 ? 0 : _random.Next(-24, 25));
        Note($"  the clock is off by {Clock.Offset}");
    }

    /// <summary>Waits until every lane must have looked; whether each of those looks has shown all that there is.</summary>
    private bool IsWellSinceEveryLook()
    {
        var since = Now;
        Pass(LongestInterval);
        return IsKnownSince(since);
    }

    /// <summary>Whether every lane has looked since, has seen all that there is, and could note it.</summary>
    private bool IsKnownSince(DateTimeOffset at) => _wellSince is { } well && Now - (well > at ? well : at) >= LongestInterval;

    private SimulatedFile? AnyFile() => Disk.Names.Count == 0 ? null : Disk.Names.Values.ElementAt(_random.Next(Disk.Names.Count));

    /// <summary>No directory, file or connection can be opened any more, nor anything be written to the state; what is open stays so.</summary>
    private void RunOutOfDescriptors()
    {
        Disk.LookFails = true;
        Disk.LookFindsNoDirectory = false;
        Disk.OpenFails = true;
        State.IsFull = true;
        var moods = Sinks.Select(sink => sink.Mood).ToArray();
        foreach (var sink in Sinks.Where(sink => sink.KnowsIds && sink.Mood != SinkMood.Ended))
        {
            sink.Mood = SinkMood.Down;
        }

        Later(() =>
        {
            Disk.LookFails = false;
            Disk.OpenFails = false;
            State.IsFull = false;
            foreach (var (sink, mood) in Sinks.Zip(moods).Where(pair => pair.First.Mood == SinkMood.Down))
            {
                sink.Mood = mood;
            }
        });
    }

    private void Later(Action heal) => _faults[heal] = Now + TimeSpan.FromSeconds(1 + _random.Next(60));

    /// <summary>Lets time pass, in steps small enough that everybody comes when it is due.</summary>
    private void Pass(TimeSpan span)
    {
        var until = Now + span;
        while (true)
        {
            if (++_moments > 200_000)
            {
                Fail($"the history does not end; {string.Join(", ", _process?.Lanes.Where(lane => !lane.IsClosed).OrderBy(lane => lane.Due).Select(lane => $"{lane.Truth.Name} is due in {lane.Due - Now}, with {lane.Shipper.InFlight} under way and {lane.Shipper.BytesBehind} bytes behind") ?? [])}");
            }

            Live();
            if (Now >= until)
            {
                return;
            }

            var step = TimeSpan.FromMilliseconds(_process is { Draining: true } ? 20 : span > TimeSpan.FromSeconds(20) ? 500 : 200);
            if (_process is { } process && process.NextDue - Now is var due && due > TimeSpan.Zero && due < step)
            {
                step = due;
            }

            Time.Advance(until - Now < step ? until - Now : step);
            ThrowIfFailed();
        }
    }

    /// <summary>What is due at this moment.</summary>
    private void Live()
    {
        foreach (var (heal, _) in _faults.Where(fault => fault.Value <= Now).ToArray())
        {
            _faults.Remove(heal);
            heal();
        }

        _wellSince = Disk.IsFaulty || State.IsFull || _process is not { } looking || looking.Lanes.Exists(lane => lane.IsClosed) ? null : _wellSince ?? Now;
        foreach (var writer in _writers)
        {
            writer.Advance(atOnce: false);
        }

        if (_process is null && Now >= _restartAt)
        {
            Start();
        }

        foreach (var sink in Sinks)
        {
            sink.Pump();
            ThrowIfFailed();
        }

        Buried();
        _process?.Turn();
        Buried();
    }

    private void Start()
    {
        foreach (var sink in Sinks)
        {
            if (sink.Mood == SinkMood.Ended)
            {
                sink.Mood = SinkMood.Healthy;
            }
        }

        Note("start");
        Disk.HastyLooks = 0;
        _process = new ShipperProcess(this);
        foreach (var lane in _process.Lanes)
        {
            lane.Shipper.Load();
        }
    }

    /// <summary>The process has died in a write to its state.</summary>
    private void Buried()
    {
        if (State.HasDied)
        {
            Note("died in a write to the state directory");
            Kill();
        }
    }

    private void Kill()
    {
        ExcuseAll();
        State.HasDied = false;
        if (_process is { } process)
        {
            process.Die();
            foreach (var sink in Sinks)
            {
                sink.ProcessDied();
            }

            _process = null;
            foreach (var truth in _truths)
            {
                truth.ProcessEnded(clean: false);
            }
        }

        State.Death = DeathAt.Nowhere;
        _restartAt = Now + TimeSpan.FromSeconds(_random.Next(3) == 0 ? 0 : _random.Next(40));
        ExcuseAll();
    }

    private void DrainIfDue()
    {
        if (_drainsAfterReload)
        {
            _drainsAfterReload = false;
            Drain(whileWriting: _random.Next(2) == 0);
        }
    }

    private void ReplaceLane()
    {
        if (_process is { } process && process.Lanes[_random.Next(process.Lanes.Count)] is { IsClosed: false } lane)
        {
            ReplaceLanes(process, [lane]);
        }
    }

    /// <summary>Another plan, as the fleet applies it: what can fail comes first, then what leaves is stopped, then what comes begins. Now and then a drain begins in its middle.</summary>
    private void Reload()
    {
        if (_process is not { } process)
        {
            return;
        }

        var sink = Sinks[_random.Next(Sinks.Count)];
        var lanes = process.Lanes.FindAll(lane => lane.Sink == sink && !lane.IsClosed);
        switch (_random.Next(4))
        {
            case 0:
                process.ChangeInterval(TimeSpan.FromSeconds(1 + _random.Next(30)));
                break;
            case 1:
                Note($"  {sink.Name} has other options");
                process.Reconnect(sink);
                ReplaceLanes(process, lanes);
                break;
            case 2:
                Note("  batches have another size");
                process.ChangeBatchBytes(512 << _random.Next(3));
                ReplaceLanes(process, process.Lanes.FindAll(lane => !lane.IsClosed));
                break;
            default:
                // Who only observes is not configured.
                if (sink.Mood != SinkMood.Ended && lanes.Count > 0 && !sink.Observes)
                {
                    RemoveSink(process, sink, lanes);
                }

                break;
        }
    }

    /// <summary>The sink is taken out of the configuration for a while.</summary>
    private void RemoveSink(ShipperProcess process, SimulatedSink sink, List<Lane> lanes)
    {
        Note($"  {sink.Name} is not configured any more");
        if (!StopLanes(process, lanes))
        {
            return;
        }

        foreach (var lane in lanes.Where(lane => !lane.IsClosed))
        {
            var settled = lane.Shipper.InFlight == 0;
            lane.Remove();
            ThrowIfFailed();
            if (State.HasDied)
            {
                Buried();
                return;
            }

            lane.Truth.LaneEnded(clean: settled && !State.IsFull && !process.State.HasFailed);
        }

        ExcuseAll();
        Later(() =>
        {
            if (_process == process && !process.Draining)
            {
                Note($"{sink.Name} is configured again");
                process.Reconnect(sink);
                foreach (var lane in lanes.Where(lane => lane.IsRemoved))
                {
                    lane.Return();
                }
            }
        });
    }

    /// <returns>Whether the process is still the same.</returns>
    private bool StopLanes(ShipperProcess process, List<Lane> lanes)
    {
        foreach (var lane in lanes)
        {
            lane.Shipper.Stop();
        }

        var timeout = Now + Fleet.SettlingTime;
        while (_process == process && lanes.Exists(lane => !lane.IsClosed && !lane.Shipper.IsStopped) && Now < timeout)
        {
            Pass(TimeSpan.FromMilliseconds(100));
            if (_random.Next(100) == 0 && Scenario.Actions.Contains(WorldAction.Drain))
            {
                // A drain begins: nobody waits for attempts any more.
                _drainsAfterReload = true;
                break;
            }
        }

        foreach (var lane in lanes.Where(lane => _process == process && !lane.IsClosed && lane.Shipper.IsStopped))
        {
            lane.CheckNothingUnderWay("it says that it is stopped");
        }

        return _process == process;
    }

    private void ReplaceLanes(ShipperProcess process, List<Lane> lanes)
    {
        if (!StopLanes(process, lanes))
        {
            return;
        }

        foreach (var lane in lanes.Where(lane => !lane.IsClosed))
        {
            // What waits for another attempt is left to the next lane, and with it what was answered behind it.
            var settled = lane.Shipper.InFlight == 0;
            Note($"  {lane.Truth.Name} is replaced{(settled ? "" : ", not everything was settled")}");
            lane.Replace();
            ThrowIfFailed();
            if (State.HasDied)
            {
                Buried();
                return;
            }

            lane.Truth.LaneEnded(clean: settled && !State.IsFull && !process.State.HasFailed);
        }
    }

    /// <summary>Power is lost: what was not synced may be there, or as it was before, or, where the file system does not order a rename behind its data, torn.</summary>
    private void KillMachine()
    {
        if (_process is { } process && !State.IsFull && !process.State.HasFailed)
        {
            foreach (var lane in process.Lanes.Where(lane => !lane.IsClosed && lane.Sink is { KnowsIds: false, MaxInFlight: 1 }))
            {
                if (lane.Truth.FirstUnsynced(Now - TimeSpan.FromSeconds(1)) is { } record)
                {
                    Fail($"{lane.Truth.Name}: {record} was delivered a second ago, and the machine may forget it");
                }
            }
        }

        Kill();
        foreach (var truth in _truths)
        {
            var name = $"{truth.Name}.json";
            if (State.Files.GetValueOrDefault(name) is not { } written || State.Synced.GetValueOrDefault(name) == written)
            {
                continue;
            }

            switch (_random.Next(Scenario.OrdersRenames ? 2 : 3))
            {
                case 0:
                    State.Synced[name] = written;
                    break;
                case 1:
                    Note($"  {truth.Name} forgets what was not synced");
                    if (State.Synced.TryGetValue(name, out var before))
                    {
                        State.Files[name] = before;
                    }
                    else
                    {
                        State.Files.Remove(name);
                    }

                    truth.Forget(before);
                    break;
                default:
                    Note($"  {truth.Name} has a torn checkpoint");
                    State.Files[name] = State.Synced[name] = written[..(written.Length / 2)];
                    truth.Forget(null);
                    break;
            }
        }
    }

    private void LoseState()
    {
        State.Files.Clear();
        State.Synced.Clear();
        foreach (var truth in _truths)
        {
            truth.LoseState();
        }

        ExcuseAll();
    }

    private void Drain(bool whileWriting)
    {
        if (_process is not { } process)
        {
            return;
        }

        if (!whileWriting)
        {
            foreach (var writer in _writers)
            {
                writer.Advance(atOnce: true);
                writer.Close();
            }
        }

        ExcuseAll();
        // A look is shared by those who ask at one moment; what was written in that very moment is of the next.
        Time.Advance(TimeSpan.FromMilliseconds(1));
        var waitForQuiet = _random.Next(4) > 0;
        Disk.HasMisled = false;
        process.Drain(waitForQuiet);
        var timeout = Now + TimeSpan.FromSeconds(25);
        while (_process == process && !process.IsDrained && Now < timeout)
        {
            Pass(TimeSpan.FromMilliseconds(20));
            if (whileWriting && _random.Next(50) == 0)
            {
                _writers[_random.Next(_writers.Count)].WriteLines(1);
            }
        }

        if (_process != process)
        {
            return;
        }

        var drained = process.IsDrained;
        Note(drained ? "drained" : "drain aborted");
        if (!drained)
        {
            foreach (var lane in process.Lanes)
            {
                lane.Shipper.Abort();
            }
        }
        else if (!whileWriting)
        {
            CheckNothingBehind(process, $"drained ({(waitForQuiet ? "quiet" : "at once")})", tails: Scenario.KnowsWriters ? Tails.All : Tails.None);
        }

        Stop(process, drained);
    }

    private void Stop(ShipperProcess process, bool drained)
    {
        process.Close();
        ThrowIfFailed();
        if (State.HasDied)
        {
            Buried();
            return;
        }

        if (!State.IsFull && !process.State.HasFailed && process.State.Unsynced is [var unsynced, ..])
        {
            Fail($"the process ended in good order, and {unsynced} is not synced");
        }

        process.Die();
        foreach (var sink in Sinks)
        {
            sink.ProcessDied();
        }

        _process = null;
        foreach (var truth in _truths)
        {
            truth.ProcessEnded(clean: drained && !State.IsFull && !process.State.HasFailed);
        }

        State.Death = DeathAt.Nowhere;
        _restartAt = Now + TimeSpan.FromSeconds(_random.Next(40));
        ExcuseAll();
    }

    /// <summary>Every fault stops; then every line must arrive, and a drained shipper has nothing left, nor a second start anything to do.</summary>
    private void End()
    {
        foreach (var (heal, _) in _faults)
        {
            heal();
        }

        _faults.Clear();
        Disk.HastyLooks = 0;
        State.Death = DeathAt.Nowhere;
        var dead = Sinks.Count > 1 && _random.Next(2) == 0 ? Sinks[_random.Next(Sinks.Count)] : null;
        foreach (var sink in Sinks)
        {
            sink.Mood = sink == dead ? SinkMood.Down : SinkMood.Healthy;
        }

        Note($"all is well again{(dead is null ? "" : $", but for {dead.Name}")}");
        foreach (var writer in _writers)
        {
            writer.Advance(atOnce: true);
            writer.CompleteTorn();
        }

        ExcuseAll();
        KillWhereALaneHasEnded();
        CatchUp(sink => sink != dead);
        if (dead is not null)
        {
            dead.Mood = SinkMood.Healthy;
            CatchUp(_ => true);
        }

        foreach (var writer in _writers)
        {
            writer.Close();
        }

        var process = _process!;
        Note("the last drain");
        Time.Advance(TimeSpan.FromMilliseconds(1));
        Disk.HasMisled = false;
        process.Drain(waitForQuiet: true);
        var timeout = Now + TimeSpan.FromSeconds(25);
        while (!process.IsDrained && Now < timeout)
        {
            Pass(TimeSpan.FromMilliseconds(20));
        }

        if (!process.IsDrained)
        {
            Fail($"not drained: {string.Join(", ", process.Lanes.Where(lane => !lane.Shipper.IsDrained).Select(lane => $"{lane.Truth.Name} has {lane.Shipper.BytesBehind} bytes behind, {lane.Shipper.InFlight} in flight, open: {string.Join(' ', lane.Directory.Open.Select(file => $"inode {file.Identity.Inode} written by {file.Writers}"))}"))}");
        }

        CheckNothingBehind(process, "drained at the end", tails: Scenario.KnowsWriters ? Tails.All : Tails.None);
        Stop(process, drained: true);
        CheckDeadLetters();
        CheckLosses();
        CheckSecondStart();
    }

    /// <summary>A lane whose sink has ended delivers nothing more: that is for the next process.</summary>
    private void KillWhereALaneHasEnded()
    {
        if (_process is { } process && process.Lanes.Exists(lane => lane.IsClosed))
        {
            Kill();
        }
    }

    private void CatchUp(Func<SimulatedSink, bool> which)
    {
        string? missing = null;
        for (var i = 0; i < 40; i++)
        {
            Pass(TimeSpan.FromSeconds(31));
            // The sink may have said it before all was well, and the lane hears of it now.
            KillWhereALaneHasEnded();
            ExcuseAll();
            if (i < 20)
            {
                // A poison record that stands alone is judged only by what is accepted beside it.
                foreach (var writer in _writers)
                {
                    writer.WriteLines(2);
                }

                continue;
            }

            missing = _process is null ? "the shipper is down" : Behind(_process, which, Tails.OfOlderFiles);
            if (missing is null)
            {
                return;
            }
        }

        Fail($"not delivered in 20 minutes: {missing}");
    }

    private string? Behind(ShipperProcess process, Func<SimulatedSink, bool> which, Tails tails)
    {
        foreach (var lane in process.Lanes.Where(lane => which(lane.Sink) && !lane.IsClosed))
        {
            foreach (var file in Reachable(lane.Directory).Concat(Disk.Names.Values))
            {
                if (file.Inside is null && lane.Truth.Missing(Without(tails, lane.Log, file), tails == Tails.All) is { } missing)
                {
                    return $"{lane.Truth.Name}, which knows {string.Join(", ", lane.Shipper.Positions.Select(known => $"{known.Offset} of {known.Length} of {known.File}"))}{(lane.Shipper.Events.ReadProblem is { } problem ? $" and says {problem}" : "")}: {missing} of {string.Join(" ", Disk.Names.Where(pair => pair.Value == file).Select(pair => pair.Key))} inode {file.Identity.Inode}";
                }
            }
        }

        return null;
    }

    /// <summary>The lines of the file that must have arrived.</summary>
    private List<Segment> Without(Tails tails, int log, SimulatedFile file)
    {
        // Without a live file the newest of the others may still be written: nothing newer is there.
        var tailsCount = tails == Tails.All || (tails == Tails.OfOlderFiles && Disk.Names.ContainsKey(Scenario.LiveName(log)));
        var lastEnd = tailsCount ? -1 : file.Segments.FindLastIndex(segment => segment.Line.Bytes[segment.LineStart + segment.Length - 1] == (byte)'\n');
        return tailsCount ? file.Segments : file.Segments.GetRange(0, lastEnd + 1);
    }

    /// <summary>Which torn last lines must have been taken.</summary>
    private enum Tails
    {
        /// <summary>None: nobody can say whether they are still written.</summary>
        None,

        /// <summary>Those of files that a newer one has followed, unless the writer still owes the rest.</summary>
        OfOlderFiles,

        /// <summary>All.</summary>
        All,
    }

    private void CheckNothingBehind(ShipperProcess process, string when, Tails tails)
    {
        ExcuseAll();
        if (!Disk.IsFaulty && !Disk.HasMisled && Behind(process, _ => true, tails) is { } missing)
        {
            Fail($"{when}, and yet not delivered: {missing}");
        }
    }

    private void CheckDeadLetters()
    {
        foreach (var truth in _truths)
        {
            var sink = Sinks.Find(sink => truth.Name.EndsWith(sink.Name, StringComparison.Ordinal))!;
            truth.CheckDeadLetters(State, $"{truth.Name}.deadletters.ndjson", sink.KeepsPoison);
        }
    }

    /// <summary>What was told to be lost is what was lost: no byte less, and no byte more unless a copy that could not be told for one was shipped as well.</summary>
    private void CheckLosses()
    {
        var mayTellMore = Scenario.Actions.Contains(WorldAction.CopyAndTruncate);
        foreach (var truth in _truths)
        {
            if (Scenario.TellsLossesExactly && (mayTellMore ? truth.ToldLost < truth.Lost : truth.ToldLost != truth.Lost))
            {
                Fail($"{truth.Name}: {truth.Lost} bytes were lost after a look had seen them, and {truth.ToldLost} were told");
            }
        }
    }

    private void CheckSecondStart()
    {
        var deliveries = Deliveries;
        Start();
        Pass(TimeSpan.FromSeconds(65));
        if (Deliveries != deliveries)
        {
            Fail($"a second start delivered {Deliveries - deliveries} records that were there already, the last {string.Join(", ", _truths.Cast<LaneTruth>().Select(truth => $"{truth.Name} {truth.LastStored}"))}; the directory has {string.Join(", ", Disk.Names.Select(pair => $"{pair.Key} inode {pair.Value.Identity.Inode}"))}");
        }
    }
}
