using LogShipper.Parsing;
using LogShipper.Payloads;
using LogShipper.Tailing;

namespace LogShipper.Signals;

/// <summary>
/// Counts a batch. Nothing of the records' text leaves with it. Of a line that is as its format has it only the fields are looked for that are counted;
/// every other one is parsed.
/// </summary>
internal sealed class SignalWriter(string target, bool isErrorLog) : IBatchWriter
{
    /// <summary>More than a format has.</summary>
    private const int MostQuotes = 128;

    private LogParser? _parser;
    private FieldPicker[] _pickers = [];

    public bool Parses => true;

    public bool TracksItems => false;

    public string Target => target;

    public PayloadCompression Compression => PayloadCompression.None;

    public int Write(Batch batch, int[]? items, LogParser parser, FieldTable fields, PayloadBuffer output)
    {
        var tally = new SignalTally(stackalloc long[SignalTally.Count]);
        var pickers = PickersOf(parser);
        var count = items is null && pickers.Length > 0 ? CountLines(batch, parser, fields, pickers, tally, output) : CountRecords(batch, items, parser, fields, tally, output);
        SignalBody.Write(output, tally);
        return count;
    }

    /// <summary>Every record is parsed.</summary>
    private int CountRecords(Batch batch, int[]? items, LogParser parser, FieldTable fields, SignalTally tally, PayloadBuffer output)
    {
        var time = batch.TimeBeforeTicks;
        var counted = 0;
        foreach (var raw in batch)
        {
            var item = Parse(raw, batch, parser, fields, ref time);
            if (items is null || (counted < items.Length && items[counted] == raw.Index))
            {
                Add(item, tally, output);
                counted++;
            }
        }

        batch.LastTimeTicks = items is null ? time : batch.LastTimeTicks;
        return counted;
    }

    /// <summary>Records are lines. The first and the last are parsed, for their times.</summary>
    private int CountLines(Batch batch, LogParser parser, FieldTable fields, FieldPicker[] pickers, SignalTally tally, PayloadBuffer output)
    {
        Span<int> quotes = stackalloc int[MostQuotes];
        Span<FieldPlace> places = stackalloc FieldPlace[PickedSignals.Variables.Length];
        places.Fill(FieldPlace.None);
        var lines = new MarkedLines(batch.Bytes, quotes);
        var time = batch.TimeBeforeTicks;
        var index = 0;
        for (; lines.MoveNext(); index++)
        {
            var isPicked = false;
            if (index > 0 && !lines.IsLast)
            {
                foreach (var picker in pickers)
                {
                    if (picker.Quotes == lines.QuoteCount)
                    {
                        isPicked = picker.TryPick(lines.Rest, lines.Length, quotes[..picker.Quotes], places);
                        break;
                    }
                }
            }

            var item = isPicked ? PickedSignals.ItemOf(lines.Rest, places)
                : Parse(new RawRecord(index, batch.Start + batch.SkippedBytes + lines.Start, batch.Bytes[lines.Start..lines.Next], batch.Flags), batch, parser, fields, ref time);
            Add(item, tally, output);
        }

        batch.LastTimeTicks = time;
        return index;
    }

    private SignalItem Parse(RawRecord raw, Batch batch, LogParser parser, FieldTable fields, ref long time)
    {
        var record = new Record(raw, batch, fields) { TimeTicks = time };
        parser.Parse(ref record);
        time = record.TimeTicks;
        if (raw.Index == 0)
        {
            batch.FirstTimeTicks = time;
        }

        return RecordSignals.ItemOf(ref record, isErrorLog);
    }

    private static void Add(in SignalItem item, SignalTally tally, PayloadBuffer output)
    {
        tally.Add(item);
        if ((item.RequestMilliseconds & item.UpstreamMilliseconds) >= 0)
        {
            SignalBody.WriteDurations(output, item.RequestMilliseconds, item.UpstreamMilliseconds);
        }
    }

    /// <summary>A log has one parser, so that they are found once; who finds them at the same time finds the same.</summary>
    private FieldPicker[] PickersOf(LogParser parser)
    {
        if (!ReferenceEquals(Volatile.Read(ref _parser), parser))
        {
            _pickers = isErrorLog ? [] : [.. parser.Pickers(PickedSignals.Variables).Where(picker => picker.Quotes <= MostQuotes)];
            Volatile.Write(ref _parser, parser);
        }

        return _pickers;
    }
}
