using LogShipper.Tailing;

namespace LogShipper.Parsing;

/// <summary>One record, cut into named slices: a view and never a copy.</summary>
internal ref struct Record
{
    public Record(RawRecord raw, Batch batch)
    {
        Raw = raw;
        Batch = batch;
        TimeTicks = batch.TimeBeforeTicks;
    }

    public RawRecord Raw { get; }

    public Batch Batch { get; }

    /// <summary>The record's time: its own, else that of the last record before it, else the file's birth. UTC ticks.</summary>
    public long TimeTicks { get; set; }
}
