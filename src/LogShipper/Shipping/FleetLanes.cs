using System.Runtime.CompilerServices;
using LogShipper.Configuration;
using Microsoft.Extensions.Logging;

namespace LogShipper.Shipping;

/// <summary>The lanes that run, each with its loop. One log and sink never have two at once; who changes them sees to that.</summary>
internal sealed partial class FleetLanes(IStateDirectory state, RecordTaps taps, TimeProvider time, ILogger logger)
{
    /// <summary>
    /// How long those that only observe may take in a drain after all others have ended: enough for the lines since their last
    /// look. What of a backlog they have not seen by then keeps the end of the process waiting for nobody's sake.
    /// </summary>
    private static readonly TimeSpan ObservingGrace = TimeSpan.FromMilliseconds(10);

    /// <summary>Who counts what the lines say is read every few seconds: to be woken for each line would double the price of waking.</summary>
    private static readonly TimeSpan ObservingRest = TimeSpan.FromSeconds(1);

    /// <summary>While others have a backlog, delivery goes first: who only counts the lines takes a tenth of the time.</summary>
    private BacklogRest? _observingBacklogRest;

    private readonly ConditionalWeakTable<LogSource, ObservedRanges> _observed = [];
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _allEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<FleetLane> _lanes = [];
    private readonly HashSet<(string Log, string Sink)> _cannotStart = [];

    /// <summary>The sink that only observes, where what is parsed for others need not be sent to it; null: there is none such.</summary>
    public IObservingSink? Observing { get; set; }

    /// <summary>Completes when no lane of a configured sink is left that could ship anything, or fails when one met a programming error.</summary>
    public Task Ended => _allEnded.Task;

    /// <summary>Every loop has turned when it said that it would, within a minute.</summary>
    public bool AreAlive
    {
        get
        {
            var now = time.GetTimestamp();
            return Running().Select(lane => lane.Shipper).All(lane => lane.HasEnded || lane.IsDrained || time.GetElapsedTime(lane.Loop.Deadline, now) < TimeSpan.FromSeconds(60));
        }
    }

    public FleetLane[] Running()
    {
        lock (_lock)
        {
            return [.. _lanes];
        }
    }

    /// <summary>The files of a log have changed: its lanes look at them.</summary>
    public void LookSoon(string log, long asked)
    {
        lock (_lock)
        {
            foreach (var lane in _lanes)
            {
                if (lane.Log.Source.Name == log)
                {
                    lane.Shipper.LookSoon(asked, lane.Observes ? ObservingRest : TimeSpan.Zero);
                }
            }
        }
    }

    /// <summary>Starts a lane, which goes on from <paramref name="predecessor"/> if there is one.</summary>
    /// <param name="log">What it carries.</param>
    /// <param name="sink">Where to.</param>
    /// <param name="predecessor">The stopped lane in whose place it comes.</param>
    /// <param name="settings">What all lanes have in common.</param>
    /// <param name="newEvents">Makes the events of a lane that has no predecessor.</param>
    /// <param name="toleratesFaults">Whether a checkpoint that cannot be read is told, and tried again later, instead of thrown.</param>
    /// <param name="prepare">Called before its first turn.</param>
    /// <exception cref="IOException">The checkpoint cannot be read.</exception>
    public bool TryStart(
        FollowedLog log, FleetSink sink, FleetLane? predecessor, LaneSettings settings, Func<Ledger, LaneEvents> newEvents, bool toleratesFaults, Action<Shipper>? prepare)
    {
        var before = predecessor?.Shipper;
        var ledger = before?.Ledger ?? new Ledger();
        var jitter = new Random(HashCode.Combine(settings.Instance, log.Source.Name, sink.Name, time.GetTimestamp()));
        var observes = sink.Plan is ObservingSinkPlan;
        var observed = Observing is { } observing ? _observed.GetValue(log.Source, source => new ObservedRanges(observing.CreateObserver(source.ForSinks), time)) : null;
        var lane = new Shipper(log.Source, sink.Circuit, sink.Share, state, settings, time, jitter, before?.Events ?? newEvents(ledger), ledger)
        {
            Taps = taps,
            Rest = observes ? _observingBacklogRest ??= new BacklogRest(timesAsLong: 9, time) { OthersShip = OthersShip } : null,
            Observed = observed is null ? null : (observed, observes),
        };
        try
        {
            if (before is { CanBeContinued: true } && before.Log.Path == log.Source.Path)
            {
                lane.GoOnFrom(before);
            }
            else
            {
                lane.Load();
            }

            prepare?.Invoke(lane);
        }
        catch (IOException exception) when (toleratesFaults)
        {
            // Without its position it would ship everything again: it is tried again with the next look for logs.
            if (_cannotStart.Add((log.Source.Name, sink.Name)))
            {
                LogCannotStart(log.Source.Name, sink.Name, exception.Message);
            }

            lane.Dispose();
            return false;
        }

        _cannotStart.Remove((log.Source.Name, sink.Name));
        lock (_lock)
        {
            _lanes.Add(new FleetLane(log, sink, lane, settings, Task.Run(() => RunAsync(lane))));
        }

        return true;
    }

    /// <summary>A lane that is kept takes over what may change while it runs.</summary>
    public void Adopt(FleetLane lane, LaneSettings settings)
    {
        if (lane.Settings == settings)
        {
            return;
        }

        lane.Shipper.Adopt(settings);
        lock (_lock)
        {
            _lanes[_lanes.IndexOf(lane)] = lane with { Settings = settings };
        }
    }

    /// <summary>Stops lanes at the boundary of a batch and takes them out.</summary>
    /// <param name="leaving">Which.</param>
    /// <param name="settlingTime">How long the attempts under way may take; then they are ended.</param>
    /// <param name="hurry">Ends them at once.</param>
    public async Task StopAsync(FleetLane[] leaving, TimeSpan settlingTime, CancellationToken hurry)
    {
        using var patience = new CancellationTokenSource(settlingTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, hurry);
        using var abort = either.Token.Register(() => Array.ForEach(leaving, lane => lane.Shipper.Abort()));
        foreach (var lane in leaving)
        {
            lane.Shipper.Stop();
        }

        await Task.WhenAll(leaving.Select(lane => lane.Loop));
        lock (_lock)
        {
            _lanes.RemoveAll(leaving.Contains);
        }
    }

    /// <summary>Drains all lanes: those that only observe end last.</summary>
    /// <inheritdoc cref="Fleet.DrainAsync"/>
    public async Task DrainAsync(bool waitForQuiet, TimeSpan longest, CancellationToken hurry)
    {
        using var timeout = new CancellationTokenSource(longest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, hurry);
        var lanes = Running();
        using var abort = either.Token.Register(() => Array.ForEach(lanes, lane => lane.Shipper.Abort()));
        foreach (var lane in lanes)
        {
            // Who only observes gives way to the others until they have ended, however short the drain.
            lane.Shipper.Drain(waitForQuiet || lane.Observes);
        }

        await Task.WhenAll(lanes.Where(lane => !lane.Observes).Select(lane => lane.Loop));

        // All others are done: nobody writes any more, or nobody waits for that. Those that only observe take a last look, now;
        // what they have not seen soon after is seen by the next start, from where they stand.
        var observing = Array.FindAll(lanes, lane => lane.Observes);
        Array.ForEach(observing, lane => lane.Shipper.Drain(waitForQuiet: false));

        var observed = Task.WhenAll(observing.Select(lane => lane.Loop));
        await observed.WaitAsync(ObservingGrace, time, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Array.ForEach(observing, lane => lane.Shipper.Abort());
        await observed;
    }

    /// <summary>Says so if every lane that is left has a sink that takes nothing any more.</summary>
    public void EndIfAllHaveEnded()
    {
        if (Array.FindAll(Running(), lane => !lane.Observes) is { Length: > 0 } lanes && lanes.All(lane => lane.Shipper.HasEnded))
        {
            _allEnded.TrySetResult();
        }
    }

    private bool OthersShip() => Array.Exists(Running(), lane => !lane.Observes && (lane.Shipper.InFlight > 0 || lane.Shipper.BytesBehind > 0));

    private async Task RunAsync(Shipper lane)
    {
        try
        {
            await lane.Loop.RunAsync();
        }
        catch (Exception exception)
        {
            // A programming error: the process ends, and its successor goes on from the checkpoint.
            _allEnded.TrySetException(exception);
            throw;
        }

        if (lane.HasEnded)
        {
            EndIfAllHaveEnded();
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Log} to {Sink}: its checkpoint cannot be read ({Problem}); nothing is shipped here until it can")]
    private partial void LogCannotStart(string log, string sink, string problem);
}
