using System.Text;
using System.Text.Json;
using LogShipper.Payloads;
using LogShipper.Shipping;
using LogShipper.Simulation.Files;
using LogShipper.Tailing;

namespace LogShipper.Simulation;

/// <summary>Bytes [Start, Start + Length) of a line.</summary>
internal readonly record struct Piece(Line Line, int Start, int Length);

/// <summary>A record as a lane took it out of a file.</summary>
internal sealed class TakenRecord
{
    public required int Index { get; init; }

    public required FileId File { get; init; }

    public required long Offset { get; init; }

    public required string Id { get; init; }

    /// <summary>All of its bytes, newline included.</summary>
    public required byte[] Bytes { get; init; }

    public required List<Piece> Pieces { get; init; }

    public long End => Offset + Bytes.Length;

    public ReadOnlySpan<byte> Content => Bytes is [.., (byte)'\n'] ? Bytes.AsSpan(0, Bytes.Length - 1) : Bytes;

    /// <summary>The same bytes of the same lines; the newline is not of the content: torn before it, a line has the id that it has with it.</summary>
    public bool HasContentOf(TakenRecord other) =>
        Pieces.Count == other.Pieces.Count && Pieces[..^1].SequenceEqual(other.Pieces[..^1]) && Content.SequenceEqual(other.Content)
        && Pieces[^1].Line == other.Pieces[^1].Line && Pieces[^1].Start == other.Pieces[^1].Start;

    public bool IsPoison => Bytes.AsSpan().IndexOf("POISON"u8) >= 0;

    public bool IsStored { get; set; }

    /// <summary>The sink has said that it stored it, and the lane was there to hear.</summary>
    public bool IsAnswered { get; set; }

    public bool IsDeadLettered { get; set; }

    /// <summary>A sink that refused everything at the time has refused it alone: the lane may have believed it.</summary>
    public bool WasRefusedAlone { get; set; }

    public override string ToString() => $"{File}@{Offset} ({Bytes.Length} bytes, {Pieces[0].Line}{(Pieces.Count > 1 ? " and more" : "")} from {Pieces[0].Start})";
}

/// <summary>What one lane has taken, delivered and saved, over all of its processes: the judge of one log at one sink.</summary>
internal sealed class LaneTruth(int log, string name, Scenario scenario, bool knowsIds, bool observes, Action<string> fail)
{
    private const byte Excused = 1;
    private const byte Dead = 2;
    private const byte Skipped = 4;
    private const byte Seen = 8;
    private const byte Heard = 16;

    /// <summary>What becomes of a byte, beside what is known of it.</summary>
    private const byte Fate = Excused | Dead | Skipped;

    private readonly List<LineState?> _lines = [];
    private readonly Dictionary<(FileId File, long Offset, int Length), TakenRecord> _taken = [];
    private readonly Dictionary<(Line Line, int Start, int Length), TakenRecord> _ids = [];
    private readonly Dictionary<FileId, FileState> _files = [];
    private readonly List<(Batch Batch, List<TakenRecord> Records, List<Segment> Source)> _batches = [];
    private readonly List<TakenRecord> _unsaved = [];
    private readonly List<(TakenRecord Record, DateTimeOffset At)> _unsynced = [];

    /// <summary>What was observed on its way to another sink and no saved position of this lane covers yet.</summary>
    private readonly List<TakenRecord> _ahead = [];
    private (Batch Batch, List<Segment> Source) _observed;
    private TakenRecord? _lastTaken;
    private int _deadLetterBytes;

    public string Name { get; } = name;

    public int Log => log;

    public List<TakenRecord> Records { get; } = [];

    /// <summary>Of the lane that only observes: those that ship the log.</summary>
    public List<LaneTruth> Others { get; } = [];

    /// <summary>The durable positions.</summary>
    public Dictionary<FileId, long> Durable { get; } = [];

    /// <summary>The state was lost once: generations may have begun again.</summary>
    public bool StateWasLost { get; private set; }

    /// <summary>Torn lines begin alike, and of contents that begin so another one may have been the first since the state was lost.</summary>
    private bool MayGiveIdsAgain => StateWasLost && scenario.TearsLines;

    public TakenRecord? LastStored { get; private set; }

    public long Repeats { get; private set; }

    public long Deliveries { get; private set; }

    /// <summary>What the ledger has told to be lost: gone or truncated before it was read.</summary>
    public long ToldLost { get; set; }

    /// <summary>
    /// What the lane had seen of the log, and what was gone before it was read, or before its sink had said that it has it: a lane cannot know what
    /// became of what was lost with the answer. Not what a compressed file has given back since.
    /// </summary>
    public long Lost => _lines.Sum(line => line?.Lost ?? 0);

    /// <summary>A look has shown what stands in a file, up to its length.</summary>
    public void See(List<Segment> segments, int length)
    {
        if (!scenario.TellsLossesExactly)
        {
            return;
        }

        foreach (var segment in segments)
        {
            if (segment.Start >= length)
            {
                break;
            }

            if (segment.Line.Log == log)
            {
                foreach (ref var flags in StateOf(segment.Line).Flags.AsSpan(segment.LineStart, Math.Min(segment.End, length) - segment.Start))
                {
                    flags |= Seen;
                }
            }
        }
    }

    /// <summary>Bytes that nobody could have delivered.</summary>
    public long ExcusedBytes { get; private set; }

    /// <summary>A record is encoded: it was read from <paramref name="source"/>, at the latest when its batch was.</summary>
    public TakenRecord Take(in RawRecord raw, Batch batch, SimulatedFile source, Func<SimulatedFile, bool> mayBeTorn)
    {
        var entry = _batches.FindLast(known => known.Batch == batch);
        if (entry.Batch is null)
        {
            entry = (batch, [], source.Inside ?? source.Segments);
            _batches.Add(entry);
        }

        var flags = raw.Flags;
        var record = Take(raw, batch, entry.Source, record => CheckEdges(record, flags, entry.Source, source, mayBeTorn));
        entry.Records.Add(record);
        _lastTaken = record;
        return record;
    }

    /// <summary>A record of this log is observed on its way to another sink, whose lane has read it from <paramref name="source"/> (and is judged for how).</summary>
    public TakenRecord Observe(in RawRecord raw, Batch batch, SimulatedFile source)
    {
        if (_observed.Batch != batch)
        {
            _observed = (batch, source.Inside ?? source.Segments);
        }

        return Take(raw, batch, _observed.Source, _ => { });
    }

    /// <summary>What was observed counts, and must be passed over.</summary>
    public void Count(List<TakenRecord> observed)
    {
        foreach (var record in observed)
        {
            Store(record);
            _ahead.Add(record);
        }
    }

    private TakenRecord Take(in RawRecord raw, Batch batch, List<Segment> source, Action<TakenRecord> checkEdges)
    {
        var key = (batch.File, raw.Offset, raw.Bytes.Length);
        var pieces = PiecesAt(source, raw.Offset, raw.Bytes.Length);
        if (_taken.TryGetValue(key, out var record) && !record.Pieces.SequenceEqual(pieces))
        {
            if (!MayGiveIdsAgain)
            {
                fail($"{Name}: two lines have one place: {record} is now {pieces[0].Line} from {pieces[0].Start}");
            }

            // The place is another content's now: what is stored of it from here on are that one's lines.
            record = null;
        }

        if (record is null)
        {
            Span<byte> id = stackalloc byte[DocumentId.Length];
            DocumentId.Write(batch.File, raw, id);
            record = new TakenRecord
            {
                Index = Records.Count,
                File = batch.File,
                Offset = raw.Offset,
                Id = Encoding.ASCII.GetString(id),
                Bytes = raw.Bytes.ToArray(),
                Pieces = pieces,
            };
            CheckPieces(record);
            checkEdges(record);
            Records.Add(record);
            _taken[key] = record;
            var file = FileOf(batch.File);
            file.Records.Add(record);
            var idKey = (pieces[0].Line, pieces[0].Start, raw.Bytes.Length);
            if (!_ids.TryAdd(idKey, record) && _ids[idKey].Id != record.Id && !MayGiveIdsAgain)
            {
                fail($"{Name}: one line has two ids: {record} was {_ids[idKey]}");
            }
        }

        FileOf(batch.File).Source = source;
        if (raw.Flags.HasFlag(RecordFlags.Cut))
        {
            Skip(record, raw.Content.Length);
        }
        else if (raw.Content.Length > scenario.MaxLineBytes)
        {
            fail($"{Name}: {record} is longer than MaxLineBytes");
        }

        return record;
    }

    /// <summary>The sink keeps the record, whether the lane hears of it or not.</summary>
    public void Store(TakenRecord record)
    {
        record.IsStored = true;
        LastStored = record;
        Deliveries++;
        FileOf(record.File).Settle(record);
        if (scenario.InOrder && !scenario.Refuses && !observes && FileOf(record.File) is var file)
        {
            if (record.Offset < file.LastStored && StateOf(record.Pieces[0].Line).Stored[record.Pieces[0].Start] == 0)
            {
                fail($"{Name}: {record} overtook what stood before it");
            }

            file.LastStored = Math.Max(file.LastStored, record.Offset);
        }

        foreach (var piece in record.Pieces)
        {
            var state = StateOf(piece.Line);
            for (var i = piece.Start; i < piece.Start + piece.Length; i++)
            {
                if (++state.Stored[i] > 1)
                {
                    Repeats++;
                    if (state.Stored[i] > 1 + (state.Allowed?[i] ?? 0))
                    {
                        fail($"{Name}: {record} was stored {state.Stored[i]} times, and nothing explains it");
                        return;
                    }
                }
            }
        }
    }

    /// <summary>The sink had it already, and says so.</summary>
    public void StoreAgain(TakenRecord record)
    {
        FileOf(record.File).Settle(record);
        var last = record.Pieces[^1];
        if (record.Bytes[^1] == (byte)'\n')
        {
            // What it has may be the line that was torn before its newline.
            ref var newline = ref StateOf(last.Line).Stored[last.Start + last.Length - 1];
            newline = Math.Max(newline, (byte)1);
        }
    }

    /// <summary>
    /// The sink knows the id, as another line's that has the same bytes: where ids were given again it takes this one for that. Nothing but what was lost with the
    /// state could tell.
    /// </summary>
    /// <returns>False: that is not how it has come to the id.</returns>
    public bool TakeForAnother(TakenRecord known, TakenRecord record)
    {
        if (!MayGiveIdsAgain || !known.Content.SequenceEqual(record.Content))
        {
            return false;
        }

        FileOf(record.File).Settle(record);
        Mark(record, Excused);
        return true;
    }

    /// <summary>The sink keeps it in a place of its own for failed documents.</summary>
    public void StoreAsFailure(TakenRecord record)
    {
        record.IsStored = true;
        FileOf(record.File).Settle(record);
        Mark(record, Dead);
    }

    /// <summary>The record is stored and the lane cannot know: it may be sent once more.</summary>
    public void AllowRepeat(TakenRecord record)
    {
        if (knowsIds && !scenario.MayRegroup)
        {
            return;
        }

        foreach (var piece in record.Pieces)
        {
            var state = StateOf(piece.Line);
            state.Allowed ??= new byte[piece.Line.Bytes.Length];
            for (var i = piece.Start; i < piece.Start + piece.Length; i++)
            {
                state.Allowed[i] = Math.Max(state.Allowed[i], state.Stored[i]);
            }
        }
    }

    /// <summary>The checkpoint was written: everything before each position must be settled.</summary>
    public void Saved(byte[] bytes, SimulatedState state, string deadLetters, bool isSynced)
    {
        ReadDeadLetters(state, deadLetters);
        var document = CheckpointDocument.Parse(bytes, out var problem);
        if (document is null)
        {
            fail($"{Name}: the checkpoint cannot be read: {problem}");
            return;
        }

        Durable.Clear();
        foreach (var entry in document.Entries)
        {
            var id = new Fingerprint(entry.Fingerprint, entry.FingerprintLength).Identify(scenario.Instance, scenario.LogName(log), entry.Generation);
            Durable[id] = entry.Offset;
            CheckSettled(FileOf(id), id, entry.Offset);
        }

        foreach (var record in _ahead)
        {
            // Also of a content that was passed over when no file of it was left, and is not followed any more: nobody comes back to that.
            if (Durable.TryGetValue(record.File, out var passed) ? record.End <= passed : record.IsStored)
            {
                Mark(record, Heard);
            }
        }

        _ahead.RemoveAll(record => Durable.TryGetValue(record.File, out var passed) && record.End <= passed);
        _unsaved.RemoveAll(record => !Durable.TryGetValue(record.File, out var offset) || record.End <= offset);
        if (isSynced)
        {
            _unsynced.RemoveAll(answer => !Durable.TryGetValue(answer.Record.File, out var offset) || answer.Record.End <= offset);
        }
    }

    /// <summary>The machine has died, and with it what the process had saved and not synced; what stands there now may be older, or nothing.</summary>
    public void Forget(byte[]? checkpoint)
    {
        Durable.Clear();
        if (checkpoint is null || CheckpointDocument.Parse(checkpoint, out _) is not { } document)
        {
            ProcessEnded(clean: false);
            ForgetContents();
        }
        else
        {
            foreach (var entry in document.Entries)
            {
                Durable[new Fingerprint(entry.Fingerprint, entry.FingerprintLength).Identify(scenario.Instance, scenario.LogName(log), entry.Generation)] = entry.Offset;
            }

            ProcessEnded(clean: false);
        }
    }

    /// <summary>A record that the sink had confirmed by then, and that no position covers which the machine keeps.</summary>
    public TakenRecord? FirstUnsynced(DateTimeOffset by) =>
        _unsynced.Find(answer => answer.At < by && answer.Record is { IsAnswered: true, IsDeadLettered: false } record && Durable.ContainsKey(record.File)
            && !IsUnderWay(record.Pieces[0].Line, record.Pieces[0].Start)).Record;

    /// <summary>The process is gone: what its sink keeps beyond the durable positions comes again.</summary>
    /// <param name="clean">It ended in good order: nothing that was answered may come again.</param>
    public void ProcessEnded(bool clean)
    {
        // What became of a content that is not followed any more, nobody comes back to.
        if (clean && _ahead.Find(record => Durable.ContainsKey(record.File)) is { } ahead)
        {
            fail($"{Name}: the process ended in good order, and {ahead}, which was observed, will come again; the position is {Durable[ahead.File]}");
        }

        _ahead.Clear();
        LaneEnded(clean);
    }

    /// <summary>The lane is gone, and the process lives on: what was observed ahead of it stays known.</summary>
    /// <param name="clean">It ended in good order: nothing that was answered may come again.</param>
    public void LaneEnded(bool clean)
    {
        var ahead = _ahead.ToHashSet();
        foreach (var record in Records)
        {
            if (record.IsStored && record.End > Durable.GetValueOrDefault(record.File, long.MinValue) && !ahead.Contains(record))
            {
                if (clean && Durable.TryGetValue(record.File, out var offset) && offset == record.Offset && record.IsAnswered)
                {
                    fail($"{Name}: the process ended in good order, and {record} will come again");
                }

                AllowRepeat(record);
            }

            record.IsAnswered = false;
        }

        _batches.Clear();
        _unsaved.Clear();
        _unsynced.Clear();
    }

    /// <summary>The state directory is gone, dead letters and all, and the process as well.</summary>
    public void LoseState()
    {
        Durable.Clear();
        ProcessEnded(clean: false);
        ForgetContents();
    }

    /// <summary>Ids are given out from the beginning again: what is known of one may be another content's now.</summary>
    private void ForgetContents()
    {
        StateWasLost = true;
        _deadLetterBytes = -1;
        foreach (var file in _files.Values)
        {
            file.BeginAgain();
        }

        // All that was stored until now may come once more, and is judged by what it is called then: no position of these names says whether it may again.
        foreach (var record in Records)
        {
            record.IsStored = false;
        }
    }

    /// <summary>A record that the sink has confirmed and no durable position covers.</summary>
    public TakenRecord? FirstUnsaved() =>
        _unsaved.Find(record => record.IsAnswered && Durable.TryGetValue(record.File, out var saved) && record.End > saved && !record.IsDeadLettered
            && !IsUnderWay(record.Pieces[0].Line, record.Pieces[0].Start));

    /// <summary>A record that the lane has passed over, for it goes on behind it, and that no durable position covers.</summary>
    public TakenRecord? FirstPassedUnsaved() => _lastTaken is { } last ? _ahead.Find(record => record.File == last.File && record.End <= last.Offset) : null;

    /// <summary>The sink has confirmed the record.</summary>
    public void Answered(TakenRecord record, DateTimeOffset now)
    {
        record.IsAnswered = true;
        _unsaved.Add(record);
        _unsynced.Add((record, now));
        Mark(record, Heard);
    }

    /// <summary>The sink has confirmed that it keeps the record as a failure.</summary>
    public void AnsweredAsFailure(TakenRecord record) => Mark(record, Heard);

    public void CheckReturned()
    {
        if (_batches.Exists(known => known.Batch.Capacity > 0))
        {
            fail($"{Name}: a batch was not returned");
        }
    }

    /// <summary>Excuses what no file that the lane can still reach holds, and no batch under way either.</summary>
    public void ExcuseWhatIsGone(IEnumerable<SimulatedFile> reachable, int lines)
    {
        var held = new Dictionary<Line, bool[]>();
        foreach (var file in reachable)
        {
            foreach (var segment in file.Inside is { } inside && Knows(inside) ? inside : file.Segments)
            {
                Hold(held, segment.Line, segment.LineStart, segment.Length);
            }
        }

        _batches.RemoveAll(known => known.Batch.Capacity == 0);
        foreach (var (_, records, _) in _batches)
        {
            foreach (var piece in records.SelectMany(record => record.Pieces))
            {
                Hold(held, piece.Line, piece.Start, piece.Length);
            }
        }

        for (var i = 0; i < lines; i++)
        {
            if (_allLines![i] is { } line && line.Log == log && line.Written > 0)
            {
                var state = StateOf(line);
                held.TryGetValue(line, out var bytes);
                for (var at = 0; at < line.Written; at++)
                {
                    if ((bytes is null || !bytes[at]) && state.Stored[at] == 0 && (state.Flags[at] & Fate) == 0)
                    {
                        state.Flags[at] |= Excused;
                        ExcusedBytes++;
                    }
                }
            }
        }
    }

    private List<Line>? _allLines;

    public void Follow(List<Line> lines) => _allLines = lines;

    /// <summary>The first byte of the segments that is not delivered, dead-lettered, skipped or excused; null if there is none.</summary>
    public string? Missing(IEnumerable<Segment> segments, bool tailsToo)
    {
        foreach (var segment in segments)
        {
            if (segment.Line.Log != log || (!tailsToo && segment.Line.Written < segment.Line.Bytes.Length))
            {
                continue;
            }

            var state = StateOf(segment.Line);
            for (var i = segment.LineStart; i < segment.LineStart + segment.Length; i++)
            {
                if (state.Stored[i] == 0 && (state.Flags[i] & Fate) == 0)
                {
                    return $"{segment.Line}, byte {i} (it stands at {segment.Start + i - segment.LineStart} of its file)";
                }
            }
        }

        return null;
    }

    /// <summary>Whether the record is in the hands of a batch that is under way.</summary>
    public bool IsUnderWay(Line line, int at) =>
        _batches.Exists(known => known.Batch.Capacity > 0 && known.Records.Exists(record => record.Pieces.Exists(piece => piece.Line == line && at >= piece.Start && at < piece.Start + piece.Length)));

    /// <summary>What the durable positions know: a compressed file that continues it will be read.</summary>
    private bool Knows(List<Segment> inside) =>
        inside.Count > 0 && _ids.Any(pair => pair.Key.Line == inside[0].Line && pair.Key.Start == inside[0].LineStart && Durable.ContainsKey(pair.Value.File));

    /// <summary>Exactly the poison is in the dead letters, once each, and byte for byte.</summary>
    public void CheckDeadLetters(SimulatedState state, string name, bool keepsPoison)
    {
        ReadDeadLetters(state, name);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (id, line) in Letters(state.Files.GetValueOrDefault(name) ?? []))
        {
            var record = Records.Find(known => known.Id == id);
            if (record is null || !((record.IsPoison && keepsPoison) || record.WasRefusedAlone))
            {
                fail($"{Name}: a dead letter that is none: {id} {record}");
            }
            else if (!seen.Add(id))
            {
                fail($"{Name}: {record} is in the dead letters twice");
            }
            else if (!record.Content.SequenceEqual(line))
            {
                fail($"{Name}: {record} is not in the dead letters as it was");
            }
        }
    }

    /// <summary>Takes in what was added to the lane's dead letters.</summary>
    public void ReadDeadLetters(SimulatedState state, string name)
    {
        var bytes = state.Files.GetValueOrDefault(name) ?? [];
        if (bytes.Length == _deadLetterBytes)
        {
            return;
        }

        _deadLetterBytes = bytes.Length;
        foreach (var (id, _) in Letters(bytes))
        {
            foreach (var record in Records)
            {
                if (record.Id == id)
                {
                    FileOf(record.File).Settle(record);
                }

                if (record.Id == id && !record.IsDeadLettered)
                {
                    record.IsDeadLettered = true;
                    Mark(record, Dead | Heard);
                }
            }
        }
    }

    private static IEnumerable<(string Id, byte[] Line)> Letters(byte[] bytes)
    {
        foreach (var text in Encoding.UTF8.GetString(bytes).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            JsonDocument document;
            try
            {
                document = JsonDocument.Parse(text);
            }
            catch (JsonException)
            {
                // Torn by a death of the process: never settled.
                continue;
            }

            using (document)
            {
                yield return (
                    document.RootElement.GetProperty("id").GetString()!,
                    document.RootElement.TryGetProperty("line", out var line) ? Encoding.UTF8.GetBytes(line.GetString()!) : document.RootElement.GetProperty("line_base64").GetBytesFromBase64());
            }
        }
    }

    private void Mark(TakenRecord record, byte what)
    {
        foreach (var piece in record.Pieces)
        {
            foreach (ref var flags in StateOf(piece.Line).Flags.AsSpan(piece.Start, piece.Length))
            {
                flags |= what;
            }
        }
    }

    private void CheckSettled(FileState file, FileId id, long offset)
    {
        // The rest of a skipped line may have come since this was last asked: a copy grows by itself.
        SkipOn(file);
        for (var at = file.Verified; at < offset; at++)
        {
            if (file.IsSettled(at))
            {
                continue;
            }

            var segment = file.Source?.Find(known => known.Start <= at && at < known.End) ?? default;
            if (segment.Line is null || ((StateOf(segment.Line).Flags[segment.LineStart + (int)at - segment.Start] & Skipped) == 0 && !SkipRestOfObserved(file, id, at)))
            {
                fail($"{Name}: the checkpoint stands at {offset} of {id}, and byte {at} is not settled");
                return;
            }
        }

        file.Verified = Math.Max(file.Verified, offset);
    }

    /// <summary>
    /// Where this lane has taken the beginning of what was a whole record for another one (the rest came later), that is one record all the same, and
    /// it was observed once.
    /// </summary>
    private bool SkipRestOfObserved(FileState file, FileId id, long at)
    {
        var whole = Others.SelectMany(other => other.FileOf(id).Records).FirstOrDefault(record =>
            record.Offset < at && at < record.End && file.Records.Exists(begun => begun.End == at && begun.Offset >= record.Offset));
        if (whole is null)
        {
            return false;
        }

        foreach (var piece in PiecesAt(file.Source!, at, (int)(whole.End - at)))
        {
            foreach (ref var flags in StateOf(piece.Line).Flags.AsSpan(piece.Start, piece.Length))
            {
                flags |= Skipped;
            }
        }

        return true;
    }

    private void CheckPieces(TakenRecord record)
    {
        var at = 0;
        foreach (var piece in record.Pieces)
        {
            if (!record.Bytes.AsSpan(at, piece.Length).SequenceEqual(piece.Line.Bytes.AsSpan(piece.Start, piece.Length)))
            {
                fail($"{Name}: {record} does not hold the bytes of its lines");
                return;
            }

            at += piece.Length;
        }

        if (at != record.Bytes.Length)
        {
            fail($"{Name}: {record} holds {record.Bytes.Length - at} bytes that no line has");
        }
    }

    /// <summary>A record begins where a line begins in the file, or where a torn or cut one was left; it ends with a line, unless it is flagged.</summary>
    private void CheckEdges(TakenRecord record, RecordFlags flags, List<Segment> source, SimulatedFile file, Func<SimulatedFile, bool> mayBeTorn)
    {
        var begins = record.Offset == 0 || PiecesAt(source, record.Offset - 1, 1) is [var before] && before.Line.Bytes[before.Start] == (byte)'\n'
            || FileOf(record.File).Records.Exists(earlier => earlier.End == record.Offset);
        if (!begins)
        {
            fail($"{Name}: {record} begins inside a line");
        }

        if (record.Bytes[^1] == (byte)'\n' || flags.HasFlag(RecordFlags.Cut))
        {
            return;
        }

        if (!flags.HasFlag(RecordFlags.Torn))
        {
            fail($"{Name}: {record} ends inside a line and is not flagged");
        }

        if (!mayBeTorn(file))
        {
            fail($"{Name}: {record} is a torn line that was taken too early, from inode {file.Identity.Inode}, which grew last at {file.GrownAt:mm:ss.fff} and is written by {file.Writers}");
        }
    }

    private void Skip(TakenRecord record, int length)
    {
        if (length != scenario.MaxLineBytes)
        {
            fail($"{Name}: {record} was cut at {length}");
        }

        // The rest of the physical line, as far as it will ever be written into this file.
        var source = FileOf(record.File).Source!;
        var at = record.End;
        if (record.Bytes[^1] == (byte)'\n')
        {
            return;
        }

        FileOf(record.File).SkipFrom.Add(at);
        foreach (var segment in source)
        {
            if (segment.End <= at)
            {
                continue;
            }

            var from = segment.LineStart + (int)Math.Max(0, at - segment.Start);
            var flags = StateOf(segment.Line).Flags;
            for (var i = from; i < segment.LineStart + segment.Length; i++)
            {
                flags[i] |= Skipped;
                if (segment.Line.Bytes[i] == (byte)'\n')
                {
                    return;
                }
            }
        }
    }

    /// <summary>What was still missing of lines that are skipped may have been written since.</summary>
    public void SkipOn()
    {
        foreach (var file in _files.Values)
        {
            SkipOn(file);
        }
    }

    private void SkipOn(FileState file)
    {
        foreach (var at in file.SkipFrom)
        {
            SkipFrom(file, at);
        }
    }

    private void SkipFrom(FileState file, long at)
    {
        foreach (var segment in file.Source!)
        {
            if (segment.End <= at)
            {
                continue;
            }

            var flags = StateOf(segment.Line).Flags;
            for (var i = segment.LineStart + (int)Math.Max(0, at - segment.Start); i < segment.LineStart + segment.Length; i++)
            {
                flags[i] |= Skipped;
                if (segment.Line.Bytes[i] == (byte)'\n')
                {
                    return;
                }
            }
        }
    }

    private static List<Piece> PiecesAt(List<Segment> source, long offset, int length)
    {
        var pieces = new List<Piece>();
        var (low, high) = (0, source.Count - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (source[middle].End <= offset)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        for (; low < source.Count && source[low].Start < offset + length; low++)
        {
            var segment = source[low];
            var start = Math.Max(offset, segment.Start);
            var stop = Math.Min(offset + length, segment.End);
            var piece = new Piece(segment.Line, segment.LineStart + (int)(start - segment.Start), (int)(stop - start));
            // A line that was written in two goes is one line all the same.
            if (pieces.Count > 0 && pieces[^1] is var last && last.Line == piece.Line && last.Start + last.Length == piece.Start)
            {
                pieces[^1] = last with { Length = last.Length + piece.Length };
            }
            else
            {
                pieces.Add(piece);
            }
        }

        return pieces;
    }

    private static void Hold(Dictionary<Line, bool[]> held, Line line, int start, int length)
    {
        if (!held.TryGetValue(line, out var bytes))
        {
            held[line] = bytes = new bool[line.Bytes.Length];
        }

        bytes.AsSpan(start, length).Fill(true);
    }

    private FileState FileOf(FileId file)
    {
        if (!_files.TryGetValue(file, out var state))
        {
            _files[file] = state = new FileState();
        }

        return state;
    }

    private LineState StateOf(Line line)
    {
        while (_lines.Count <= line.Index)
        {
            _lines.Add(null);
        }

        return _lines[line.Index] ??= new LineState(line.Bytes.Length);
    }

    private sealed class LineState(int length)
    {
        public byte[] Stored { get; } = new byte[length];

        public byte[] Flags { get; } = new byte[length];

        public byte[]? Allowed { get; set; }

        public long Lost
        {
            get
            {
                var sum = 0;
                for (var at = 0; at < Flags.Length; at++)
                {
                    var isLost = Stored[at] == 0 && (Flags[at] & Dead) == 0 ? (Flags[at] & Excused) != 0 : (Flags[at] & Heard) == 0;
                    sum += isLost && (Flags[at] & Seen) != 0 ? 1 : 0;
                }

                return sum;
            }
        }
    }

    private sealed class FileState
    {
        private bool[] _settled = [];

        public List<TakenRecord> Records { get; } = [];

        public List<long> SkipFrom { get; } = [];

        public List<Segment>? Source { get; set; }

        public long LastStored { get; set; } = -1;

        /// <summary>Up to here the checkpoint was checked before; what was settled once stays so.</summary>
        public long Verified { get; set; }

        /// <summary>The id may be given to another content; of this one all is read again.</summary>
        public void BeginAgain()
        {
            _settled = [];
            SkipFrom.Clear();
            Verified = 0;
        }

        public bool IsSettled(long at) => at < _settled.Length && _settled[at];

        public void Settle(TakenRecord record)
        {
            if (_settled.Length < record.End)
            {
                Array.Resize(ref _settled, (int)record.End * 2);
            }

            _settled.AsSpan((int)record.Offset, record.Bytes.Length).Fill(true);
        }
    }
}
