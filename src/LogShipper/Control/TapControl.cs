using LogShipper.Configuration;
using LogShipper.Parsing;
using LogShipper.Payloads;
using LogShipper.Shipping;
using LogShipper.Stages;
using LogShipper.Tailing;

namespace LogShipper.Control;

/// <summary>Shows records as they are shipped. All the work is done here, on a copy; the lane only copies.</summary>
internal sealed class TapControl(Fleet fleet, DocumentContext context)
{
    public const string Name = "tap";

    public const string Raw = "raw";

    public const string Json = "json";

    public async Task RunAsync(ControlRequest request, ControlReply reply, CancellationToken cancellation)
    {
        var condition = default(Condition);
        if (request.Where.Length > 0 && (condition = Condition.Parse(request.Where, out var problem)) is null)
        {
            await reply.FaultAsync($"--where: {problem}", cancellation);
            return;
        }

        if (LaneChoice.Find(fleet, request, out problem) is not { } lane)
        {
            await reply.FaultAsync(problem, cancellation);
            return;
        }

        using var tap = fleet.Taps.Open(request.Log, lane.Sink);
        if (tap is null)
        {
            await reply.FaultAsync($"{RecordTaps.MaxTaps} taps are open already", cancellation);
            return;
        }

        await reply.NoteAsync($"what {lane.Sink} takes of {request.Log}, as it is settled; the files are looked at every {Duration.Format(fleet.Plan.Interval)}", cancellation);
        if (LaneChoice.LaneProblem(lane) is { } failure)
        {
            await reply.NoteAsync($"{lane.Sink} takes nothing now ({failure}): nothing is shown until it does", cancellation);
        }

        foreach (var warning in WarningsOf(condition, lane.Log.Name))
        {
            await reply.NoteAsync(warning, cancellation);
        }

        await ShowAsync(tap, condition, request, reply, cancellation);
    }

    /// <summary>Fields that no line of the log can have: whoever waits for them waits for ever.</summary>
    private IEnumerable<string> WarningsOf(Condition? condition, string log)
    {
        var plan = fleet.Plan.Logs.FirstOrDefault(plan => plan.Name == LogSource.KeyOf(log));
        if (condition is null || plan is null || FormatNames.MayHaveAnyKey(plan.Formats))
        {
            return [];
        }

        var own = FormatNames.In(plan.Formats).ToHashSet(StringComparer.Ordinal);
        return condition.Fields.Where(field => !field.IsKnown && !own.Contains(field.Key)).DistinctBy(field => field.Name)
            .Select(field => $"--where: no line of {log} has a field {PrintableText.Quote(field.Name)}{(field.Nearest is { } nearest ? $"; did you mean {nearest}?" : "")}");
    }

    private async Task ShowAsync(RecordTap tap, Condition? condition, ControlRequest request, ControlReply reply, CancellationToken cancellation)
    {
        var limit = request.Limit > 0 ? request.Limit : long.MaxValue;
        var toldMissed = 0L;
        using var viewer = new Viewer(condition, request.Format == Json, context);
        for (var shown = 0L; shown < limit;)
        {
            var (log, batch) = await tap.TakeAsync(cancellation);
            using (batch)
            {
                for (var index = 0; index < batch.Count && shown < limit; index++)
                {
                    // One record at a time: a span cannot be kept while the watcher takes what it was shown.
                    if (viewer.View(log, batch, index) is { } text)
                    {
                        await reply.DataAsync(text, cancellation);
                        shown++;
                    }
                }
            }

            if (tap.MissedRecords is var missed && missed > toldMissed)
            {
                await reply.NoteAsync(missed - toldMissed == 1 ? "1 record is not shown: it came faster than it could be" : $"{missed - toldMissed} records are not shown: they came faster than they could be", cancellation);
                toldMissed = missed;
            }
        }
    }

    /// <summary>Makes of a record what the watcher sees.</summary>
    private sealed class Viewer(Condition? condition, bool asJson, DocumentContext context) : IDisposable
    {
        private readonly FieldTable _fields = new();
        private readonly PayloadBuffer _document = new(4096);
        private readonly List<(int Start, int Length, long Time)> _places = [];
        private Batch? _batch;

        /// <summary>Null: the condition does not hold.</summary>
        public byte[]? View(LogSource log, Batch batch, int index)
        {
            if (_batch != batch)
            {
                Look(log, batch);
            }

            var (start, length, time) = _places[index];
            if (length < 0)
            {
                return null;
            }

            var bytes = batch.Bytes.Slice(start, length);
            if (!asJson)
            {
                return (bytes is [.., (byte)'\n'] ? bytes[..^1] : bytes).ToArray();
            }

            var raw = new RawRecord(index, batch.Start + batch.SkippedBytes + start, bytes, batch.Flags);
            var record = new Record(raw, batch, _fields) { TimeTicks = time };
            log.Parser.Parse(ref record);
            _document.Clear();
            new JsonLayout(new SinkLog(log.Name, log.Parser.Dataset, log.KeepOriginal), context).Write(ref record, _document);
            return _document.WrittenSpan.ToArray();
        }

        public void Dispose() => _document.Dispose();

        /// <summary>Walks the batch once: where its records stand, and which of them are to be shown (a negative length: not).</summary>
        private void Look(LogSource log, Batch batch)
        {
            _batch = batch;
            _places.Clear();
            var time = batch.TimeBeforeTicks;
            foreach (var raw in batch)
            {
                var record = new Record(raw, batch, _fields) { TimeTicks = time };
                log.Parser.Parse(ref record);
                var start = (int)(raw.Offset - batch.Start - batch.SkippedBytes);
                _places.Add((start, condition is null || condition.Holds(ref record) ? raw.Bytes.Length : -1, time));
                time = record.TimeTicks;
            }
        }
    }
}
