using LogShipper.Tailing;
using Polly;
using Polly.Retry;

namespace LogShipper.Shipping;

/// <summary>
/// Carries one parcel through its attempts until every record is settled. The one owner of retry: exponential backoff
/// with jitter, the sink's own Retry-After, halving of refused batches, dead letters.
/// </summary>
internal sealed class Courier
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LongestPauseInDrain = TimeSpan.FromSeconds(1);

    private readonly SinkCircuit _circuit;
    private readonly DeadLetters _deadLetters;
    private readonly Ledger _ledger;
    private readonly ICourierEvents _events;
    private readonly TimeProvider _time;
    private readonly ResiliencePipeline<Step> _retry;
    private long _retries;

    public Courier(SinkCircuit circuit, DeadLetters deadLetters, Ledger ledger, ICourierEvents events, TimeProvider time, Random random)
    {
        _circuit = circuit;
        _deadLetters = deadLetters;
        _ledger = ledger;
        _events = events;
        _time = time;
        _retry = new ResiliencePipelineBuilder<Step> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<Step>
            {
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = FirstPause,
                MaxDelay = LongestPause,
                Randomizer = () => NextDouble(random),
                ShouldHandle = static arguments => ValueTask.FromResult(arguments.Outcome.Result.Kind == StepKind.Pause),
                DelayGenerator = arguments => ValueTask.FromResult(Pause(arguments.Outcome.Result, arguments.AttemptNumber)),
            })
            .Build();
    }

    /// <summary>Attempts that were not the first of their parcel.</summary>
    public long Retries => Interlocked.Read(ref _retries);

    /// <summary>Short pauses, no circuit breaker: the process is about to end.</summary>
    public bool Draining { get; set; }

    /// <summary>Delivers the parcel, however long it takes; ends early only when it is aborted or given back.</summary>
    public async Task<Settlement> DeliverAsync(Parcel parcel, CancellationToken abort)
    {
        while (true)
        {
            try
            {
                var last = await _retry.ExecuteAsync(
                    static (state, _) => state.Courier.StepAsync(state.Parcel, state.Abort), (Courier: this, Parcel: parcel, Abort: abort), parcel.Wake);
                return parcel.Settle(last.Kind == StepKind.Ended ? SettlementKind.Ended : SettlementKind.Settled);
            }
            catch (OperationCanceledException) when (abort.IsCancellationRequested)
            {
                return parcel.Settle(SettlementKind.Aborted);
            }
            catch (OperationCanceledException) when (parcel.Wake.IsCancellationRequested)
            {
                if (parcel.IsGivingBack && parcel.CanBeGivenBack)
                {
                    return parcel.Settle(SettlementKind.GivenBack);
                }

                // The drain ended the pause: the next attempt is made at once.
                parcel.RearmWake();
            }
        }
    }

    /// <summary>Attempts until there is nothing left to send, or a pause is due.</summary>
    private async ValueTask<Step> StepAsync(Parcel parcel, CancellationToken abort)
    {
        parcel.PauseIsOver();
        while (true)
        {
            abort.ThrowIfCancellationRequested();
            if (!TryKeepRejected(parcel))
            {
                return Rest(parcel, null, progress: false);
            }

            if (!parcel.HasUnsent)
            {
                return new Step(StepKind.Done, null, false);
            }

            var (started, timestamp) = (_time.GetUtcNow(), _time.GetTimestamp());
            var delivery = await _circuit.AttemptAsync(parcel.Payload, Draining, abort);
            if (delivery.Reason != SinkCircuit.OpenReason)
            {
                _events.Attempted(parcel, delivery, started, _time.GetElapsedTime(timestamp));
            }

            switch (delivery.Result)
            {
                case DeliveryResult.Ended:
                    return new Step(StepKind.Ended, null, false);
                case DeliveryResult.Retry:
                    return Rest(parcel, delivery.RetryAfter, progress: false);
                case DeliveryResult.Refused when !TryNarrow(parcel, delivery):
                    return Rest(parcel, null, progress: false);
                case DeliveryResult.Answered:
                    _ledger.CountDuplicates(delivery.Duplicates);
                    var before = parcel.PartCount;
                    if (parcel.Apply(delivery))
                    {
                        return TryKeepRejected(parcel) ? Rest(parcel, delivery.RetryAfter, parcel.PartCount < before) : Rest(parcel, null, progress: false);
                    }

                    break;
            }
        }
    }

    /// <summary>
    /// A request refused as a whole is halved until the record at fault stands alone. That is a dead letter only if the
    /// sink has accepted something else since: a sink that refuses everything must not empty the log into dead letters.
    /// Until then the batch is one again, and waits.
    /// </summary>
    private bool TryNarrow(Parcel parcel, Delivery delivery)
    {
        parcel.NoteRefusal(_circuit.Accepted);
        if (parcel.PartCount > 1)
        {
            parcel.Split();
            return true;
        }

        if (_circuit.Accepted > parcel.AcceptedAtFirstRefusal)
        {
            parcel.RejectPart(delivery.Reason);
            return true;
        }

        parcel.Merge();
        return false;
    }

    private bool TryKeepRejected(Parcel parcel)
    {
        if (parcel.Rejected.Count == 0)
        {
            return true;
        }

        try
        {
            if (!_deadLetters.TryKeep(parcel.Batch, parcel.Rejected, out var dropped))
            {
                _events.DeadLettersFull();
                return false;
            }

            if (dropped.Records > 0)
            {
                _ledger.LostDeadLetters(dropped);
                _events.DeadLettersDropped(dropped);
            }

            _events.DeadLettered(parcel.Batch, parcel.Rejected.Count, parcel.Rejected.Values.First().Reason);
            parcel.RejectedAreKept();
            return true;
        }
        catch (IOException exception)
        {
            _events.StateProblem(exception.Message);
            return false;
        }
    }

    private Step Rest(Parcel parcel, TimeSpan? after, bool progress)
    {
        Interlocked.Increment(ref _retries);
        parcel.BeginPause();
        return new Step(StepKind.Pause, after, progress);
    }

    /// <summary>The pause before the next attempt; null: the exponential one.</summary>
    private TimeSpan? Pause(Step step, int attempt)
    {
        var pause = step.After is { } after ? TimeSpan.FromTicks(Math.Clamp(after.Ticks, 0, LongestRetryAfter.Ticks))
            : step.Progress ? FirstPause
            : (TimeSpan?)null;
        if (!Draining)
        {
            return pause;
        }

        var inDrain = TimeSpan.FromSeconds(Math.Min(LongestPauseInDrain.TotalSeconds, 0.1 * Math.Pow(2, Math.Min(attempt, 8))));
        return pause < inDrain ? pause : inDrain;
    }

    private static double NextDouble(Random random)
    {
        lock (random)
        {
            return random.NextDouble();
        }
    }

    private enum StepKind : byte
    {
        Done,
        Pause,
        Ended,
    }

    private readonly record struct Step(StepKind Kind, TimeSpan? After, bool Progress);
}

/// <summary>What a courier tells of one lane's deliveries.</summary>
internal interface ICourierEvents
{
    /// <summary>An attempt was made; the parcel still holds what was sent.</summary>
    void Attempted(Parcel parcel, Delivery delivery, DateTimeOffset started, TimeSpan duration)
    {
    }

    /// <summary>Records of a batch were refused for what they contain and are kept as dead letters.</summary>
    void DeadLettered(Batch batch, int records, string firstReason);

    /// <summary>There is no room for a dead letter: the lane stops until there is.</summary>
    void DeadLettersFull();

    /// <summary>Dead letters made room for newer ones and are lost.</summary>
    void DeadLettersDropped(Amount amount);

    /// <summary>The state directory cannot be written.</summary>
    void StateProblem(string what);
}
