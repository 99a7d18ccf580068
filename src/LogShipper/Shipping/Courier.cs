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

    /// <summary>One for all couriers: of its own it has no state, and takes a KiB.</summary>
    private static readonly ResiliencePipeline<Step> Retry = new ResiliencePipelineBuilder<Step>()
        .AddRetry(new RetryStrategyOptions<Step>
        {
            MaxRetryAttempts = int.MaxValue,
            Delay = TimeSpan.Zero,
            ShouldHandle = static arguments => ValueTask.FromResult(arguments.Outcome.Result.Kind == StepKind.Pause),
            DelayGenerator = static async arguments =>
            {
                // Waited out here and not by the pipeline: a pause can be ended from outside, an attempt must not be.
                var step = arguments.Outcome.Result;
                await step.Parcel.PauseAsync(step.Courier.Pause(step), step.Courier._time);
                return TimeSpan.Zero;
            },
        })
        .Build();

    private readonly SinkCircuit _circuit;
    private readonly IRejectedRecords _deadLetters;
    private readonly Ledger _ledger;
    private readonly ICourierEvents _events;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly LaneRefusal _refusal;

    public Courier(SinkCircuit circuit, IRejectedRecords deadLetters, Ledger ledger, ICourierEvents events, TimeProvider time, Random random)
    {
        _circuit = circuit;
        _deadLetters = deadLetters;
        _ledger = ledger;
        _events = events;
        _time = time;
        _random = random;
        _refusal = new LaneRefusal(circuit, events, time);
    }

    /// <inheritdoc cref="LaneRefusal.IsTold"/>
    public bool IsRefused => _refusal.IsTold;

    /// <summary>Short pauses, no circuit breaker: the process is about to end.</summary>
    public bool Draining { get; set; }

    /// <summary>Delivers the parcel, however long it takes; ends early only when it is aborted or given back.</summary>
    public async Task<Settlement> DeliverAsync(Parcel parcel, CancellationToken abort)
    {
        try
        {
            var last = await Retry.ExecuteAsync(
                static (state, _) => state.Courier.StepAsync(state.Parcel, state.Abort), (Courier: this, Parcel: parcel, Abort: abort), CancellationToken.None);
            return parcel.Settle(last.Kind switch
            {
                StepKind.Done => SettlementKind.Settled,
                StepKind.GivenBack => SettlementKind.GivenBack,
                _ => SettlementKind.Ended,
            });
        }
        catch (OperationCanceledException) when (abort.IsCancellationRequested)
        {
            return parcel.Settle(SettlementKind.Aborted);
        }
    }

    /// <summary>Attempts until there is nothing left to send, or a pause is due.</summary>
    private async ValueTask<Step> StepAsync(Parcel parcel, CancellationToken abort)
    {
        if (parcel.EndsInGivingBack())
        {
            return new Step(StepKind.GivenBack, this, parcel, null);
        }

        while (true)
        {
            if (!TryKeepRejected(parcel))
            {
                abort.ThrowIfCancellationRequested();
                return Rest(parcel, null, progress: false);
            }

            // What the sink has answered counts, even when the answer came after the abort.
            if (!parcel.HasUnsent)
            {
                return new Step(StepKind.Done, this, parcel, null);
            }

            abort.ThrowIfCancellationRequested();
            var (started, timestamp) = (_time.GetUtcNow(), _time.GetTimestamp());
            parcel.NoteAttempt(_circuit.Accepted);
            var delivery = await _circuit.AttemptAsync(parcel.Payload, Draining, abort);
            if (delivery.Reason != SinkCircuit.OpenReason)
            {
                _events.Attempted(parcel, delivery, started, _time.GetElapsedTime(timestamp));
                _refusal.Note(delivery, parcel.Payload.Count);
            }

            switch (delivery.Result)
            {
                case DeliveryResult.Ended:
                    return new Step(StepKind.Ended, this, parcel, null);
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
    /// A request refused as a whole is halved until the record at fault stands alone. That is a dead letter only if it is
    /// refused twice in a row and the sink has accepted something else since this round of attempts began: a sink that refuses everything, or
    /// one of its nodes that does, must not empty the log into dead letters. Until then the batch is one again, and waits.
    /// </summary>
    private bool TryNarrow(Parcel parcel, Delivery delivery)
    {
        if (parcel.PartCount > 1)
        {
            parcel.Split();
            return true;
        }

        // The second try goes to another node, where there is one.
        if (parcel.TakeSecondTry())
        {
            return true;
        }

        if (_circuit.Accepted > parcel.AcceptedBefore)
        {
            parcel.RejectPart(delivery.Reason);
            return true;
        }

        parcel.WaitForProof(_circuit.Accepted);
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
            _events.DeadLettersNotKept(parcel.Batch, exception.Message);
            return false;
        }
    }

    private Step Rest(Parcel parcel, TimeSpan? after, bool progress)
    {
        _events.Retrying();
        parcel.BeginPause(progress);
        return new Step(StepKind.Pause, this, parcel, after);
    }

    /// <summary>The pause before the next attempt: what the sink wishes for, within bounds, else exponential with jitter.</summary>
    private TimeSpan Pause(Step step)
    {
        var fruitless = Math.Min(step.Parcel.FruitlessPauses, 16);
        var exponential = Math.Min(LongestPause.TotalSeconds, FirstPause.TotalSeconds * Math.Pow(2, fruitless));
        // A sink that wishes for no pause at all gets the shortest all the same.
        var pause = step.After is { } after
            ? TimeSpan.FromTicks(Math.Clamp(after.Ticks, FirstPause.Ticks, LongestRetryAfter.Ticks))
            : TimeSpan.FromSeconds(exponential * (0.75 + (0.5 * NextDouble())));
        if (!Draining)
        {
            return pause;
        }

        var inDrain = TimeSpan.FromSeconds(Math.Min(LongestPauseInDrain.TotalSeconds, 0.1 * Math.Pow(2, fruitless)));
        return pause < inDrain ? pause : inDrain;
    }

    private double NextDouble()
    {
        lock (_random)
        {
            return _random.NextDouble();
        }
    }

    private enum StepKind : byte
    {
        Done,
        GivenBack,
        Pause,
        Ended,
    }

    private readonly record struct Step(StepKind Kind, Courier Courier, Parcel Parcel, TimeSpan? After);
}

/// <summary>What a courier tells of one lane's deliveries.</summary>
internal interface ICourierEvents
{
    /// <summary>What is left of a batch is tried again after a pause.</summary>
    void Retrying()
    {
    }

    /// <summary>An attempt was made; the parcel still holds what was sent.</summary>
    void Attempted(Parcel parcel, Delivery delivery, DateTimeOffset started, TimeSpan duration)
    {
    }

    /// <summary>The sink has accepted what others sent, and for long nothing of this lane.</summary>
    void NothingAccepted(string reason)
    {
    }

    /// <summary>It does accept something of this lane again.</summary>
    void AcceptedAgain()
    {
    }

    /// <summary>Records of a batch were refused for what they contain and are kept as dead letters.</summary>
    void DeadLettered(Batch batch, int records, string firstReason);

    /// <summary>There is no room for a dead letter: the lane stops until there is.</summary>
    void DeadLettersFull();

    /// <summary>Dead letters made room for newer ones and are lost.</summary>
    void DeadLettersDropped(Amount amount);

    /// <summary>The disk does not take a dead letter: the lane waits until it does.</summary>
    void DeadLettersNotKept(Batch batch, string what);
}
