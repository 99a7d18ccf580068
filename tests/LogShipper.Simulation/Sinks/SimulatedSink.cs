using System.Buffers.Binary;
using LogShipper.Payloads;
using LogShipper.Shipping;

namespace LogShipper.Simulation.Sinks;

/// <summary>How a sink behaves at present.</summary>
internal enum SinkMood
{
    /// <summary>Takes everything.</summary>
    Healthy,

    /// <summary>Takes everything, up to 20 s late, and so out of order.</summary>
    Slow,

    /// <summary>Cannot be reached.</summary>
    Down,

    /// <summary>Answers 429, now and then with a wish for the pause.</summary>
    Busy,

    /// <summary>Does not answer; what arrived may be stored.</summary>
    Silent,

    /// <summary>Stores, and the answer is lost.</summary>
    LosesAnswers,

    /// <summary>Stores about half of the items and asks for the others again.</summary>
    RefusesHalf,

    /// <summary>Answers 400 to every request, whatever it holds.</summary>
    RefusesEverything,

    /// <summary>Its reader is gone for good (until the next process).</summary>
    Ended,
}

/// <summary>What becomes of a poison record.</summary>
internal enum PoisonTaste
{
    /// <summary>It is a record like any other.</summary>
    None,

    /// <summary>The item is rejected for good.</summary>
    RejectsItems,

    /// <summary>The whole request is refused, because of the one item.</summary>
    RefusesRequests,

    /// <summary>The item goes to the sink's own failure store.</summary>
    StoresFailures,
}

/// <summary>A sink with everything that it keeps: outlives the shipper's processes.</summary>
internal sealed class SimulatedSink(string name, Random random, TimeProvider time, Action<string> fail)
{
    private readonly Dictionary<string, TakenRecord> _known = new(StringComparer.Ordinal);
    private readonly List<Request> _pending = [];
    private SinkMood _mood;
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private int _requests;

    public string Name { get; } = name;

    /// <summary>Tells known ids from new ones, as Elasticsearch does; otherwise everything is stored, as on stdout.</summary>
    public required bool KnowsIds { get; init; }

    public required int MaxInFlight { get; init; }

    public required TimeSpan? AttemptTimeout { get; init; }

    public required PoisonTaste Poison { get; init; }

    /// <summary>Some answers come before SendAsync returns.</summary>
    public required bool AnswersAtOnce { get; init; }

    /// <summary>Each batch is saved before the next one is sent.</summary>
    public required bool SavesAtOnce { get; init; }

    /// <summary>Records are parsed on their way.</summary>
    public required bool Parses { get; init; }

    /// <summary>It only observes the records: what others parse need not be sent to it.</summary>
    public required bool Observes { get; init; }

    public TimeSpan CheckpointInterval => SavesAtOnce ? TimeSpan.Zero : TimeSpan.FromMilliseconds(250);

    public bool KeepsPoison => Poison is PoisonTaste.RejectsItems or PoisonTaste.RefusesRequests;

    public SinkMood Mood
    {
        get => _mood;
        // Who only observes refuses nothing: where it did, its lane would have to read ahead of what others have gone through.
        set => _mood = Observes && value is (SinkMood.RefusesEverything or SinkMood.Ended) ? SinkMood.Healthy : value;
    }

    public int PendingCount => _pending.Count;

    /// <summary>Whether a request of the lane is under way.</summary>
    public bool Attends(LaneTruth lane) => _pending.Exists(request => request.Lane == lane);

    /// <summary>Answers what is due.</summary>
    public void Pump()
    {
        while (_mood != SinkMood.Silent && _pending.Find(request => request.Due <= time.GetUtcNow()) is { } due)
        {
            _pending.Remove(due);
            due.Answer(Decide(due));
        }
    }

    /// <summary>The process dies: what is under way to the sink arrives or not.</summary>
    public void ProcessDied()
    {
        foreach (var request in _pending)
        {
            if (random.Next(2) == 0 && _mood is not (SinkMood.Down or SinkMood.Ended or SinkMood.Busy or SinkMood.RefusesEverything))
            {
                StoreUnheard(request.Lane, request.Records);
            }
        }

        _pending.Clear();
    }

    private Delivery Decide(Request request)
    {
        switch (_mood)
        {
            case SinkMood.Down:
                return Delivery.Retry("connection refused");
            case SinkMood.Busy:
                return Delivery.Retry("http 429", random.Next(3) == 0 ? TimeSpan.FromSeconds(random.Next(20)) : null, sinkDown: false);
            case SinkMood.LosesAnswers:
                StoreUnheard(request.Lane, request.Records);
                return Delivery.Retry("connection reset");
            case SinkMood.RefusesEverything:
                if (request.Records is [var alone])
                {
                    alone.WasRefusedAlone = true;
                }

                return Delivery.Refused("http 400");
            case SinkMood.Ended:
                return Delivery.Ended("broken pipe");
            default:
                return Poison == PoisonTaste.RefusesRequests && request.Records.Exists(record => record.IsPoison)
                    ? Delivery.Refused("http 400")
                    : TakeItems(request);
        }
    }

    private Delivery TakeItems(Request request)
    {
        var outcomes = new List<ItemOutcome>();
        var duplicates = 0;
        for (var i = 0; i < request.Records.Count; i++)
        {
            var record = request.Records[i];
            if (_mood == SinkMood.RefusesHalf && random.Next(2) == 0)
            {
                outcomes.Add(new ItemOutcome(i, ItemFate.Retry, "429"));
            }
            else if (record.IsPoison && Poison == PoisonTaste.RejectsItems)
            {
                outcomes.Add(new ItemOutcome(i, ItemFate.Rejected, "document_parsing_exception", "failed to parse"));
            }
            else if (record.IsPoison && Poison == PoisonTaste.StoresFailures)
            {
                request.Lane.StoreAsFailure(record);
                request.Lane.AnsweredAsFailure(record);
                outcomes.Add(new ItemOutcome(i, ItemFate.FailureStored, "failure_store"));
            }
            else
            {
                duplicates += Store(request.Lane, record) ? 0 : 1;
                request.Lane.Answered(record, time.GetUtcNow());
            }
        }

        return Delivery.Answered(outcomes, duplicates);
    }

    private void StoreUnheard(LaneTruth lane, List<TakenRecord> records)
    {
        if (Poison == PoisonTaste.RefusesRequests && records.Exists(record => record.IsPoison))
        {
            return;
        }

        foreach (var record in records)
        {
            if (!record.IsPoison || Poison == PoisonTaste.None)
            {
                Store(lane, record);
                lane.AllowRepeat(record);
            }
        }
    }

    private bool Store(LaneTruth lane, TakenRecord record)
    {
        if (!KnowsIds)
        {
            lane.Store(record);
            return true;
        }

        if (_known.TryAdd($"{lane.Name} {record.Id}", record))
        {
            lane.Store(record);
            return true;
        }

        var known = _known[$"{lane.Name} {record.Id}"];
        if (known.HasContentOf(record))
        {
            lane.StoreAgain(record);
        }
        else if (!lane.TakeForAnother(known, record))
        {
            fail($"{lane.Name}: two lines have one id: {known} and {record}");
        }

        return false;
    }

    /// <summary>The sink as one process of the shipper sees it.</summary>
    internal sealed class Connection(SimulatedSink sink, Func<string, LaneConnection> laneOf) : ISink
    {
        public bool Dead { get; set; }

        public int MaxInFlight => sink.MaxInFlight;

        public int MaxBatchBytes => 0;

        public TimeSpan? AttemptTimeout => sink.AttemptTimeout;

        public TimeSpan CheckpointInterval => sink.CheckpointInterval;

        public IRecordWriter CreateWriter(SinkLog log) => laneOf(log.Name);

        public ValueTask<string?> ContactAsync(CancellationToken cancellation) => new((string?)null);

        public ValueTask DisposeAsync() => default;

        public ValueTask<Delivery> SendAsync(Payload payload, CancellationToken cancellation)
        {
            if (Dead)
            {
                return new ValueTask<Delivery>(new TaskCompletionSource<Delivery>().Task);
            }

            cancellation.ThrowIfCancellationRequested();
            var lane = laneOf(payload.Target);
            var request = new Request(sink, this, lane.Truth, payload, lane.Decode(payload), cancellation);
            sink.Tick();
            lane.Sending();
            if (sink.AnswersAtOnce && sink._mood is not (SinkMood.Silent or SinkMood.Slow) && sink.Next(2) == 0)
            {
                return new ValueTask<Delivery>(sink.Decide(request));
            }

            request.Due = sink.Now + (sink._mood == SinkMood.Slow ? TimeSpan.FromMilliseconds(sink.Next(20_000)) : TimeSpan.FromMilliseconds(sink.Next(400)));
            sink._pending.Add(request);
            request.Begin();
            return new ValueTask<Delivery>(request.Answered);
        }
    }

    private void Tick()
    {
        if (Environment.CurrentManagedThreadId != _thread)
        {
            fail($"another thread has come into the world: {Environment.StackTrace}");
        }

        if (++_requests > 100_000)
        {
            fail("a sink is asked without end");
        }
    }

    private DateTimeOffset Now => time.GetUtcNow();

    private int Next(int below) => random.Next(below);

    private void Cancelled(Request request)
    {
        if (_pending.Remove(request) && _mood is SinkMood.Silent or SinkMood.Slow or SinkMood.Healthy or SinkMood.LosesAnswers && random.Next(2) == 0)
        {
            StoreUnheard(request.Lane, request.Records);
        }
    }

    private sealed class Request(SimulatedSink sink, Connection connection, LaneTruth lane, Payload payload, List<TakenRecord> records, CancellationToken cancellation)
    {
        // Continuations run at once, on the world's only thread.
        private readonly TaskCompletionSource<Delivery> _answer = new();
        private CancellationTokenRegistration _registration;

        public LaneTruth Lane { get; } = lane;

        public List<TakenRecord> Records { get; } = records;

        public DateTimeOffset Due { get; set; }

        public Task<Delivery> Answered => _answer.Task;

        public void Begin() => _registration = cancellation.Register(() =>
        {
            if (!connection.Dead)
            {
                sink.Cancelled(this);
                _answer.TrySetCanceled(cancellation);
            }
        });

        public void Answer(Delivery delivery)
        {
            // Throws if the body was returned to the pool under way.
            _ = payload.Body;
            _registration.Dispose();
            _answer.TrySetResult(delivery);
        }
    }
}

/// <summary>One lane's records in one process: registers each with the judge, and writes it so that the sink finds it again.</summary>
internal sealed class LaneConnection(LaneTruth truth, string target, bool parses, Func<LogShipper.Tailing.Batch, Files.SimulatedFile> source, Func<Files.SimulatedFile, bool> mayBeTorn, Action sending, Action<string> fail) : IRecordWriter
{
    public LaneTruth Truth { get; } = truth;

    public bool Parses => parses;

    public bool TracksItems => false;

    public string Target { get; } = target;

    public PayloadCompression Compression => PayloadCompression.None;

    public void Write(ref LogShipper.Parsing.Record record, PayloadBuffer output)
    {
        var taken = Truth.Take(record.Raw, record.Batch, source(record.Batch), mayBeTorn);
        var content = record.Raw.Content;
        var span = output.GetSpan(content.Length + 8);
        BinaryPrimitives.WriteInt32LittleEndian(span, taken.Index);
        BinaryPrimitives.WriteInt32LittleEndian(span[4..], content.Length);
        content.CopyTo(span[8..]);
        output.Advance(content.Length + 8);
    }

    public void Sending() => sending();

    public List<TakenRecord> Decode(Payload payload)
    {
        var records = new List<TakenRecord>(payload.Count);
        for (var body = payload.Body.Span; body.Length > 0;)
        {
            var record = Truth.Records[BinaryPrimitives.ReadInt32LittleEndian(body)];
            var length = BinaryPrimitives.ReadInt32LittleEndian(body[4..]);
            if (!record.Content.SequenceEqual(body.Slice(8, length)))
            {
                fail($"{Truth.Name}: {record} is not in the body as it was");
            }

            records.Add(record);
            body = body[(8 + length)..];
        }

        if (records.Count != payload.Count)
        {
            fail($"{Truth.Name}: {payload.Count} items are announced, {records.Count} are in the body");
        }

        return records;
    }
}
