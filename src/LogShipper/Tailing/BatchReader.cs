namespace LogShipper.Tailing;

/// <summary>What came of an attempt to read.</summary>
internal enum ReadResult : byte
{
    /// <summary>There is nothing (more) to read in what the last look saw.</summary>
    Nothing,

    /// <summary>A batch.</summary>
    Batch,

    /// <summary>The next record is larger than a batch: read it with the room of an oversize line.</summary>
    Oversize,

    /// <summary>The file does not hold what was read of it any more.</summary>
    Replaced,

    /// <summary>The disk failed: nothing is known.</summary>
    Failed,
}

/// <summary>The sizes that batches are cut to.</summary>
/// <param name="BatchBytes">Bytes read at once.</param>
/// <param name="MaxLineBytes">A longer line (or joined record) is shipped cut.</param>
internal readonly record struct BatchLimits(int BatchBytes, int MaxLineBytes);

/// <summary>Reads one batch from a place in a file: one <c>pread</c> that also fetches the bytes before the place, which prove that the file is still the same.</summary>
internal sealed class BatchReader
{
    private readonly string _log;
    private readonly BatchLimits _limits;
    private readonly RecordFraming _framing;
    private readonly TimeProvider _time;

    public BatchReader(string log, BatchLimits limits, RecordFraming framing, TimeProvider time)
    {
        _log = log;
        _limits = limits;
        _framing = framing;
        _time = time;
    }

    /// <summary>Reads the next batch of <paramref name="file"/> after <paramref name="place"/>, as far as its last look saw.</summary>
    /// <param name="file">An identified file with an open handle.</param>
    /// <param name="place">Where to begin.</param>
    /// <param name="end">Up to where, if that is less: the end of a record.</param>
    /// <param name="path">Its full path, for the documents.</param>
    /// <param name="mayTakeTail">Asked only when a torn last line is all that is left: whether it may be taken for a line.</param>
    /// <param name="oversize">Whether room for a line of MaxLineBytes was leased.</param>
    /// <param name="batch">The batch, if the result says so.</param>
    public ReadResult Read(TrackedFile file, Mark place, long end, string path, Func<TrackedFile, bool> mayTakeTail, bool oversize, out Batch? batch)
    {
        batch = null;
        var available = Math.Min(file.Length, end) - place.Offset;
        if (available <= 0)
        {
            return ReadResult.Nothing;
        }

        var before = place.Anchor.Length;
        var room = oversize ? Math.Max(_limits.BatchBytes, _limits.MaxLineBytes + 1 + before) : _limits.BatchBytes;
        var wanted = (int)Math.Min(room - before, available);
        var buffer = BytePool.Shared.Rent(before + wanted);
        var kept = false;
        try
        {
            var read = FileProof.ReadFully(file.Handle!, buffer.AsSpan(0, before + wanted), place.Offset - before);
            if (read < before + wanted || !place.Anchor.Matches(buffer.AsSpan(0, before)) || (place.Offset == 0 && !BeginsAsBefore(file, buffer.AsSpan(0, read))))
            {
                return ReadResult.Replaced;
            }

            var cut = Cut(file, place, buffer.AsSpan(before, wanted), wanted < available, mayTakeTail, oversize, out var result);
            if (result == ReadResult.Batch)
            {
                batch = Build(file, place, path, buffer, before, cut);
                kept = true;
            }

            return result;
        }
        finally
        {
            if (!kept)
            {
                BytePool.Shared.Return(buffer);
            }
        }
    }

    /// <summary>A range that somebody else has gone through: nothing of it is read.</summary>
    public Batch Passed(FileId file, Mark place, Mark end, int records) => new(file, place.Offset, end.Offset, [], 0, 0, _framing)
    {
        Log = _log,
        ReadAtTicks = _time.GetUtcNow().UtcTicks,
        TimeBeforeTicks = place.TimeTicks,
        LastTimeTicks = end.TimeTicks,
        StartAnchor = place.Anchor,
        EndAnchor = end.Anchor,
        StartsInSkippedLine = place.InSkippedLine,
        EndsInSkippedLine = end.InSkippedLine,
        Count = records,
    };

    private static bool BeginsAsBefore(TrackedFile file, ReadOnlySpan<byte> head) =>
        file.Fingerprint is not { } fingerprint || head.Length < fingerprint.Length || fingerprint.Matches(head);

    /// <summary>Where the batch begins and ends in <paramref name="data"/>.</summary>
    private Extent Cut(
        TrackedFile file, Mark place, ReadOnlySpan<byte> data, bool moreFollows, Func<TrackedFile, bool> mayTakeTail, bool oversize, out ReadResult result)
    {
        result = ReadResult.Batch;
        var skipped = 0;
        if (place.InSkippedLine)
        {
            var newline = data.IndexOf((byte)'\n');
            if (newline < 0)
            {
                return new Extent(data.Length, data.Length, RecordFlags.None, InSkippedLine: true);
            }

            skipped = newline + 1;
        }

        var records = data[skipped..];
        var end = records.LastIndexOf((byte)'\n') + 1;
        if (end > 0 && _framing.JoinsLines && moreFollows)
        {
            end = EndOfLastWholeRecord(records[..end]);
        }

        end = EndBeforeLongRecord(records, end);
        if (end > 0)
        {
            return new Extent(skipped, skipped + end, RecordFlags.None, InSkippedLine: false);
        }

        if (records.Length > _limits.MaxLineBytes)
        {
            // A joined record over the limit is not cut: it ends at a line, and what continues it ships as a record of its own.
            var lines = _framing.JoinsLines ? records[..(_limits.MaxLineBytes + 1)].LastIndexOf((byte)'\n') + 1 : 0;
            return lines > 0 ? new Extent(skipped, skipped + lines, RecordFlags.None, InSkippedLine: false) : CutLine(skipped, records);
        }

        if (moreFollows)
        {
            // Only the rest of a cut line was in reach, or the record is larger than a batch.
            result = skipped > 0 ? ReadResult.Batch : ReadResult.Oversize;
            return new Extent(skipped, skipped, RecordFlags.None, InSkippedLine: false);
        }

        if (records.Length > 0 && mayTakeTail(file))
        {
            file.Finished = true;
            return new Extent(skipped, data.Length, RecordFlags.None, InSkippedLine: false);
        }

        result = skipped > 0 ? ReadResult.Batch : ReadResult.Nothing;
        return new Extent(skipped, skipped, RecordFlags.None, InSkippedLine: false);
    }

    /// <summary>The first line is too long: it is shipped up to the limit; its rest is skipped if it is not the newline alone.</summary>
    private Extent CutLine(int skipped, ReadOnlySpan<byte> records)
    {
        var length = _limits.MaxLineBytes;
        return records[length] == (byte)'\n'
            ? new Extent(skipped, skipped + length + 1, RecordFlags.None, InSkippedLine: false)
            : new Extent(skipped, skipped + length, RecordFlags.Cut, InSkippedLine: true);
    }

    /// <summary>The last record in reach may go on beyond it: the batch ends before it.</summary>
    private int EndOfLastWholeRecord(ReadOnlySpan<byte> records)
    {
        var start = 0;
        var position = 0;
        while (position < records.Length)
        {
            var lineEnd = position + records[position..].IndexOf((byte)'\n') + 1;
            if (position > start && !_framing.Continues(records[start..position], records[position..lineEnd]))
            {
                start = position;
            }

            position = lineEnd;
        }

        return start;
    }

    /// <summary>Where batches are larger than the longest line, a longer one ends the batch before it.</summary>
    private int EndBeforeLongRecord(ReadOnlySpan<byte> records, int end)
    {
        if (end <= _limits.MaxLineBytes)
        {
            return end;
        }

        var start = 0;
        var position = 0;
        while (position < end)
        {
            var lineEnd = position + records[position..end].IndexOf((byte)'\n') + 1;
            if (position > start && !(_framing.JoinsLines && _framing.Continues(records[start..position], records[position..lineEnd])))
            {
                start = position;
            }

            if (lineEnd - 1 - start > _limits.MaxLineBytes)
            {
                return start;
            }

            position = lineEnd;
        }

        return end;
    }

    private Batch Build(TrackedFile file, Mark place, string path, byte[] buffer, int before, Extent extent)
    {
        var time = place.TimeTicks != 0 ? place.TimeTicks : BirthTicks(file.Identity);
        return new Batch(file.Id, place.Offset, place.Offset + extent.End, buffer, before + extent.Start, extent.End - extent.Start, _framing)
        {
            Log = _log,
            Path = path,
            Carrier = file.Identity,
            Flags = extent.Flags | (file.WasReadAfterSuccessor || (file.Finished && place.Offset > 0 && !EndsWithTail(file, place, extent)) ? RecordFlags.Late : RecordFlags.None),
            ReadAtTicks = _time.GetUtcNow().UtcTicks,
            TimeBeforeTicks = time,
            LastTimeTicks = time,
            StartAnchor = place.Anchor,
            EndAnchor = Anchor.Of(buffer.AsSpan(0, before + extent.End)),
            SkippedBytes = extent.Start,
            StartsInSkippedLine = place.InSkippedLine,
            EndsInSkippedLine = extent.InSkippedLine,
        };
    }

    /// <summary>This batch is the torn tail itself, not what came after it.</summary>
    private static bool EndsWithTail(TrackedFile file, Mark place, Extent extent) => place.Offset + extent.End == file.Length;

    private long BirthTicks(FileIdentity identity) =>
        identity.BirthNanoseconds != 0 ? DateTime.UnixEpoch.Ticks + (identity.BirthNanoseconds / 100) : _time.GetUtcNow().UtcTicks;

    /// <summary>A part of what was read: records from Start to End; what stands before Start is skipped.</summary>
    private readonly record struct Extent(int Start, int End, RecordFlags Flags, bool InSkippedLine);
}
