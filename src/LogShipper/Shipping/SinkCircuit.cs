using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace LogShipper.Shipping;

/// <summary>
/// What all lanes of one sink share of its health: attempt timeout and circuit breaker (a dead sink is probed by one
/// request), how many requests it has accepted, and whether its failure has been told.
/// </summary>
internal sealed class SinkCircuit
{
    /// <summary>Reason of a delivery that was not attempted, since the breaker is open.</summary>
    public const string OpenReason = "circuit open";

    private static readonly TimeSpan LongestBreak = TimeSpan.FromSeconds(30);

    /// <summary>A sink that refuses now and then is busy, not failing: it is told when it has taken nothing for so long.</summary>
    private static readonly TimeSpan ToldAfter = TimeSpan.FromSeconds(5);

    private readonly ISinkEvents _events;
    private readonly ResiliencePipeline<Delivery> _guarded;
    private readonly ResiliencePipeline<Delivery> _unguarded;
    private readonly CircuitBreakerStateProvider _state = new();
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private long _accepted;
    private string? _failure;
    private long _failingSince;
    private bool _isTold;

    public SinkCircuit(string name, ISink sink, TimeProvider time, ISinkEvents events)
    {
        Name = name;
        Sink = sink;
        _time = time;
        _events = events;
        var steady = new SteadyTime(time);
        _guarded = Build(sink, steady, new CircuitBreakerStrategyOptions<Delivery>
        {
            FailureRatio = 0.9,
            MinimumThroughput = 3,
            SamplingDuration = TimeSpan.FromSeconds(30),
            BreakDuration = TimeSpan.FromSeconds(1),
            BreakDurationGenerator = static arguments => ValueTask.FromResult(
                TimeSpan.FromSeconds(Math.Min(LongestBreak.TotalSeconds, Math.Pow(2, Math.Min(arguments.HalfOpenAttempts, 10))))),
            StateProvider = _state,
            ShouldHandle = static arguments => ValueTask.FromResult(arguments.Outcome is { Result.SinkDown: true } or { Exception: TimeoutRejectedException }),
        });
        _unguarded = Build(sink, steady, null);
    }

    public string Name { get; }

    public ISink Sink { get; }

    /// <summary>Requests that the sink has answered with acceptance of at least one item.</summary>
    public long Accepted => Interlocked.Read(ref _accepted);

    /// <summary>Open: the sink is taken for dead, and probed.</summary>
    public CircuitState State => _state.CircuitState;

    /// <summary>Why the last attempt failed; null: it did not.</summary>
    public string? Failure => Volatile.Read(ref _failure);

    /// <summary>Makes one attempt. In the drain the breaker is passed by: there is no time to wait for its probe.</summary>
    public async ValueTask<Delivery> AttemptAsync(Payloads.Payload payload, bool draining, CancellationToken abort)
    {
        Delivery delivery;
        try
        {
            delivery = await (draining ? _unguarded : _guarded).ExecuteAsync(
                static (state, token) => state.Sink.SendAsync(state.Payload, token), (Sink, Payload: payload), abort);
        }
        catch (BrokenCircuitException exception)
        {
            return Delivery.Retry(OpenReason, exception.RetryAfter, sinkDown: false);
        }
        catch (TimeoutRejectedException)
        {
            delivery = Delivery.Retry("timeout");
        }

        if (delivery.Result != DeliveryResult.Ended)
        {
            Note(delivery, payload.Count);
        }

        return delivery;
    }

    private void Note(Delivery delivery, int items)
    {
        if (delivery.Accepts(items))
        {
            Interlocked.Increment(ref _accepted);
            NoteSuccess();
        }
        else
        {
            NoteFailure(delivery.Failure);
        }
    }

    private void NoteSuccess()
    {
        lock (_lock)
        {
            Volatile.Write(ref _failure, null);
            if (!_isTold)
            {
                return;
            }

            _isTold = false;
        }

        _events.Recovered(Name);
    }

    private void NoteFailure(string reason)
    {
        lock (_lock)
        {
            if (_failure is null)
            {
                _failingSince = _time.GetTimestamp();
            }

            Volatile.Write(ref _failure, reason);
            if (_isTold || (Accepted > 0 && _time.GetElapsedTime(_failingSince) < ToldAfter))
            {
                return;
            }

            _isTold = true;
        }

        _events.Failing(Name, reason);
    }

    private static ResiliencePipeline<Delivery> Build(ISink sink, TimeProvider time, CircuitBreakerStrategyOptions<Delivery>? breaker)
    {
        var builder = new ResiliencePipelineBuilder<Delivery> { TimeProvider = time };
        if (breaker is not null)
        {
            builder.AddCircuitBreaker(breaker);
        }

        if (sink.AttemptTimeout is { } timeout)
        {
            builder.AddTimeout(timeout);
        }

        return builder.Build();
    }
}

/// <summary>What is told of a sink's health: once when it fails, and when its state changes.</summary>
internal interface ISinkEvents
{
    void Failing(string sink, string reason);

    void Recovered(string sink);
}
