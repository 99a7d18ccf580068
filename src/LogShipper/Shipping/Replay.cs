using LogShipper.Payloads;
using LogShipper.Tailing;

namespace LogShipper.Shipping;

/// <summary>
/// Sends what one lane has settled, and whose time lies in a range, to its sink again: the same records under the same
/// ids. It reads through handles of its own and holds one batch at a time beside the lane's memory. Neither the lane's
/// position nor its ledger nor its dead letters know of it; what is not settled yet is left to the lane.
/// </summary>
internal sealed class Replay : IMemoryWaiter
{
    /// <summary>Read at once: small, so that the lane's own requests never wait long behind one of these.</summary>
    private const int BatchBytes = 256 * 1024;

    private readonly Shipper _lane;
    private readonly ReplayRange _range;
    private readonly TimeProvider _time;
    private readonly BatchReader _reader;
    private readonly BatchEncoder _encoder;
    private readonly MemoryShare _memory = new(0);
    private readonly Ledger _ledger = new();
    private readonly Courier _courier;

    public Replay(Shipper lane, BatchLimits limits, ReplayRange range, TimeProvider time)
    {
        _lane = lane;
        _range = range;
        _time = time;
        var sink = lane.Circuit.Sink;
        var most = sink.MaxBatchBytes > 0 ? Math.Min(sink.MaxBatchBytes, BatchBytes) : BatchBytes;
        _reader = new BatchReader(lane.Log.Name, limits with { BatchBytes = Math.Min(limits.BatchBytes, most) }, lane.Log.Parser, time);
        _encoder = new BatchEncoder(lane.Log.Parser, sink.CreateWriter(lane.Log.ForSinks));
        _courier = new Courier(lane.Circuit, Result, _ledger, new Silence(), time, new Random(HashCode.Combine(lane.Log.Name, time.GetTimestamp())));
    }

    /// <summary>What has come of it so far.</summary>
    public ReplayResult Result { get; } = new();

    public void RoomMayBeFree()
    {
        // One batch at a time: nothing waits for room.
    }

    /// <summary>Goes through the lane's files, oldest first.</summary>
    /// <param name="note">Told of a file that cannot be read.</param>
    /// <param name="ended">Ends it where it stands.</param>
    public async Task RunAsync(Func<string, ValueTask> note, CancellationToken ended)
    {
        // One moment for all files: what is settled later has been sent by the lane just now.
        var look = _lane.Log.Directory.Look(_time.GetTimestamp());
        if (look.Problem is { } problem)
        {
            throw new IOException(problem);
        }

        foreach (var position in _lane.Positions)
        {
            if (position.Content is not { Settled.Offset: > 0 } content)
            {
                continue;
            }

            var entry = look.Entries.FirstOrDefault(entry => entry.Identity.IsSameAs(content.Identity));
            if (entry.Name is null)
            {
                await note($"{position.File} is not in the directory any more, only the lane has it open; nothing of it is sent again");
            }
            else if (entry.ModifiedNanoseconds >= _range.FromNanoseconds)
            {
                await ReadFileAsync(entry, content, note, ended);
            }
        }
    }

    private async Task ReadFileAsync(DirectoryEntry entry, SettledContent content, Func<string, ValueTask> note, CancellationToken ended)
    {
        string? problem;
        try
        {
            if (Open(entry, content, out problem) is { } opened)
            {
                using var file = opened;
                problem = await SendFileAsync(file, content.Settled.Offset, ended);
            }
        }
        catch (IOException exception)
        {
            problem = exception.Message;
        }

        if (problem is not null)
        {
            await note($"{entry.Name} cannot be read ({problem}); the rest of it is not sent again");
        }
    }

    /// <summary>Opens the file that carries the content, once it has proved that it does.</summary>
    private TrackedFile? Open(DirectoryEntry entry, SettledContent content, out string? problem)
    {
        var file = _lane.Log.Directory.Open(entry.Name, out problem);
        var rank = RotatedName.Parse(_lane.Log.LiveName, entry.Name) ?? RotatedName.Gone;
        if (file is not null && rank.IsCompressed)
        {
            file = GzipLogFile.TryOpen(file);
            problem = "it cannot be decompressed";
        }

        if (file is null)
        {
            return null;
        }

        problem = null;
        if (!FileProof.Carries(file, file.Length, content.Fingerprint, content.Settled))
        {
            file.Dispose();
            problem = "it holds something else by now";
            return null;
        }

        // It ends where the lane stands: what is there of it was shipped, a torn line at its end included.
        var tracked = new TrackedFile(entry.Name, rank, content.Identity) { Handle = file, Length = content.Settled.Offset };
        tracked.Identify(content.Fingerprint, content.Generation, content.Id);
        return tracked;
    }

    private async Task<string?> SendFileAsync(TrackedFile file, long length, CancellationToken ended)
    {
        var path = $"{_lane.Log.Directory.Path}/{file.LastName}";
        var place = Mark.Beginning;
        var oversize = false;
        var sent = Result.Sent;
        while (place.Offset < length)
        {
            ended.ThrowIfCancellationRequested();
            var result = _reader.Read(file, place, long.MaxValue, path, static _ => true, oversize, out var batch);
            oversize = result == ReadResult.Oversize;
            if (result == ReadResult.Batch)
            {
                place = await SendAsync(batch!, ended);
            }
            else if (!oversize)
            {
                return result == ReadResult.Replaced ? "it holds something else by now" : null;
            }
        }

        Result.Files += Result.Sent > sent ? 1 : 0;
        return null;
    }

    /// <summary>Sends those records of the batch that lie in the range, until each is taken or refused.</summary>
    /// <returns>Where the next batch begins.</returns>
    private async Task<Mark> SendAsync(Batch batch, CancellationToken ended)
    {
        var chosen = Choose(batch);
        var next = batch.EndMark;
        if (chosen.Length == 0)
        {
            batch.Dispose();
            return next;
        }

        Parcel? parcel = null;
        using var sending = parcel = new Parcel(batch, payload: null, new MemoryLease(_memory, this, 0, oversize: false), _encoder, chosen)
        {
            // A pause that begins after the end would last.
            Pausing = () =>
            {
                if (ended.IsCancellationRequested)
                {
                    parcel?.EndPause();
                }
            },
        };
        using var stop = ended.Register(sending.EndPause);
        var settlement = await _courier.DeliverAsync(sending, ended);
        Result.AlreadyThere = _ledger.Take().DuplicateRecords;
        if (settlement.Kind != SettlementKind.Settled)
        {
            ended.ThrowIfCancellationRequested();
            throw new IOException($"{_lane.Sink} takes nothing any more");
        }

        Result.Sent += chosen.Length;
        Result.Refused += sending.RefusedRecords;
        Result.Delivered += chosen.Length - sending.RefusedRecords;
        return next;
    }

    /// <summary>The records whose time lies in the range: their own, or that of the one before them.</summary>
    private int[] Choose(Batch batch)
    {
        var chosen = new List<int>();
        var fields = new Parsing.FieldTable();
        var time = batch.TimeBeforeTicks;
        foreach (var raw in batch)
        {
            var record = new Parsing.Record(raw, batch, fields) { TimeTicks = time };
            _lane.Log.Parser.Parse(ref record);
            time = record.TimeTicks;
            if (_range.Holds(time))
            {
                chosen.Add(raw.Index);
            }
        }

        batch.LastTimeTicks = time;
        return [.. chosen];
    }

    /// <summary>A replay's own troubles are told to who asked for it.</summary>
    private sealed class Silence : ICourierEvents
    {
        public void DeadLettered(Batch batch, int records, string firstReason)
        {
        }

        public void DeadLettersFull()
        {
        }

        public void DeadLettersDropped(Amount amount)
        {
        }

        public void DeadLettersNotKept(Batch batch, string what)
        {
        }
    }
}

/// <summary>Records from one time up to, but without, another.</summary>
internal readonly record struct ReplayRange(DateTimeOffset From, DateTimeOffset To)
{
    /// <summary>A file that was last written before this holds nothing of the range: nginx writes a line after its time.</summary>
    public long FromNanoseconds => (From.UtcTicks - DateTime.UnixEpoch.Ticks) * 100;

    public bool Holds(long ticks) => ticks >= From.UtcTicks && ticks < To.UtcTicks;
}

/// <summary>What has come of a replay. What the sink refuses is counted here and kept nowhere: it stands in the log.</summary>
internal sealed class ReplayResult : IRejectedRecords
{
    private const int MostReasons = 8;

    private readonly SortedDictionary<string, long> _reasons = new(StringComparer.Ordinal);

    /// <summary>Files of which something was sent.</summary>
    public int Files { get; set; }

    public long Sent { get; set; }

    /// <summary>Those that the sink has, from now or from before.</summary>
    public long Delivered { get; set; }

    /// <summary>Those of the delivered ones that it had before, by its own word.</summary>
    public long AlreadyThere { get; set; }

    public long Refused { get; set; }

    /// <summary>Why some were refused, by short codes.</summary>
    public IReadOnlyDictionary<string, long> Reasons => _reasons;

    public bool TryKeep(Batch batch, IReadOnlyDictionary<int, (string Reason, string? Detail)> rejected, out Amount dropped)
    {
        dropped = default;
        foreach (var (reason, _) in rejected.Values)
        {
            var name = _reasons.Count < MostReasons || _reasons.ContainsKey(reason) ? reason : "other";
            _reasons[name] = _reasons.GetValueOrDefault(name) + 1;
        }

        return true;
    }
}
