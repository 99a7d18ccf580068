using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using LogShipper.Parsing;

namespace LogShipper.Tailing;

/// <summary>
/// Whole records: one contiguous byte range [Start, End) of one file, in a pooled buffer that the batch owns.
/// What depends on the clock is fixed here when it is read, so that encoding it again gives the same bytes.
/// </summary>
internal sealed class Batch : IDisposable
{
    private byte[]? _buffer;
    private readonly int _from;
    private readonly int _length;
    private int _count = -1;

    public Batch(FileId file, long start, long end, byte[] buffer, int from, int length, RecordFraming framing)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(end - start, length);
        File = file;
        Start = start;
        End = end;
        _buffer = buffer;
        _from = from;
        _length = length;
        Framing = framing;
    }

    public FileId File { get; }

    /// <summary>The file that it was read from: carries the content now, as another may later.</summary>
    public FileIdentity Carrier { get; init; }

    public long Start { get; }

    /// <summary>Where the next batch begins.</summary>
    public long End { get; }

    /// <summary>Name of the log in the configuration (a glob's match: <c>key/relative path</c>).</summary>
    public string Log { get; init; } = "";

    /// <summary>Full path under which the file stood when it was read: <c>log.file.path</c>.</summary>
    public string Path { get; init; } = "";

    /// <summary>What stands before Start and before End: proves at the next read that the file is still the same.</summary>
    public Anchor StartAnchor { get; init; }

    public Anchor EndAnchor { get; init; }

    /// <summary>Bytes at the beginning of the range that belong to no record: the rest of a line that was shipped cut.</summary>
    public int SkippedBytes { get; init; }

    /// <summary>Start lies inside a line whose beginning was shipped cut.</summary>
    public bool StartsInSkippedLine { get; init; }

    /// <summary>Start lies behind a newline, or at the beginning of the file; not behind a torn line that was taken for one.</summary>
    public bool StartsWithLine => Start == 0 || (!StartsInSkippedLine && _from > 0 && _buffer![_from - 1] == (byte)'\n');

    public Mark StartMark => new(Start, StartAnchor, StartsInSkippedLine, TimeBeforeTicks);

    public Mark EndMark => new(End, EndAnchor, EndsInSkippedLine, LastTimeTicks);

    /// <summary>The place after the first <paramref name="recordBytes"/> bytes of records.</summary>
    public Mark MarkAfter(int recordBytes)
    {
        // What stands before the records in the buffer is what stands before them in the file.
        var before = Math.Min(_from, StartAnchor.Length + SkippedBytes);
        return new Mark(Start + SkippedBytes + recordBytes, Anchor.Of(_buffer.AsSpan(_from - before, before + recordBytes)), InSkippedLine: false, TimeBeforeTicks);
    }

    /// <summary>Flags that hold for every record of the batch (Late), or for its only one (Cut).</summary>
    public RecordFlags Flags { get; init; }

    /// <summary>When it was read: UTC, 100 ns ticks since 0001.</summary>
    public long ReadAtTicks { get; init; }

    /// <summary>Time of the last record before Start, else the file's birth: what a record without a time of its own gets. UTC ticks.</summary>
    public long TimeBeforeTicks { get; init; }

    /// <summary>Time of its first record, TimeBeforeTicks where that has none; 0 as long as nobody has parsed the batch. UTC ticks.</summary>
    public long FirstTimeTicks { get; set; }

    /// <summary>Time of the last record in it that has one, else TimeBeforeTicks; set by whoever parses the batch first. UTC ticks.</summary>
    public long LastTimeTicks { get; set; }

    /// <summary>The end of this batch lies inside a line whose beginning was shipped cut: what follows up to a newline is skipped.</summary>
    public bool EndsInSkippedLine { get; init; }

    public RecordFraming Framing { get; }

    /// <summary>The records, one after the other; they begin <see cref="SkippedBytes"/> after Start.</summary>
    public ReadOnlySpan<byte> Bytes => (_buffer ?? throw new ObjectDisposedException(nameof(Batch))).AsSpan(_from, _length);

    /// <summary>A part of its bytes and whatever stands behind it in memory: for those who read more at a time than there may be left, and use no more than is theirs.</summary>
    public ReadOnlySpan<byte> BytesAndMore(ReadOnlySpan<byte> part)
    {
        ReadOnlySpan<byte> buffer = _buffer;
        return buffer.Overlaps(part, out var at) ? buffer[at..] : part;
    }

    /// <summary>Bytes of memory that the batch holds.</summary>
    public int Capacity => _buffer?.Length ?? 0;

    /// <summary>It holds no record: only the rest of a line that was shipped cut.</summary>
    public bool IsEmpty => _length == 0;

    /// <summary>Number of records; set by whoever went through all of them, else counted when it is asked for.</summary>
    public int Count
    {
        get => _count >= 0 ? _count : _count = CountRecords();
        set => _count = value;
    }

    public RecordEnumerator GetEnumerator() => new(this);

    private int CountRecords()
    {
        if (!Framing.JoinsLines)
        {
            var newlines = Bytes.Count((byte)'\n');
            return Bytes is [] or [.., (byte)'\n'] ? newlines : newlines + 1;
        }

        var count = 0;
        foreach (var _ in this)
        {
            count++;
        }

        return count;
    }

    public void Dispose()
    {
        if (_buffer is { } buffer)
        {
            _buffer = null;
            BytePool.Shared.Return(buffer);
        }
    }

    /// <summary>Walks the records of a batch in file order, joining lines as the log's framing says.</summary>
    public ref struct RecordEnumerator
    {
        private readonly Batch _batch;
        private readonly ReadOnlySpan<byte> _bytes;
        private readonly bool _joinsLines;
        private readonly RecordFlags _flags;
        private readonly long _offset;
        private int _start;
        private int _end;
        private int _index;

        public RecordEnumerator(Batch batch)
        {
            _batch = batch;
            _bytes = batch.Bytes;
            _joinsLines = batch.Framing.JoinsLines;
            _flags = batch.Flags;
            _offset = batch.Start + batch.SkippedBytes;
            _index = -1;
        }

        public readonly RawRecord Current
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get
            {
                var bytes = _bytes[_start.._end];
                var flags = _flags;
                if (bytes[^1] != (byte)'\n' && (flags & RecordFlags.Cut) == 0)
                {
                    flags |= RecordFlags.Torn;
                }

                if (_joinsLines && _index == 0 && _batch.Framing.Continues([], bytes))
                {
                    flags |= RecordFlags.Continuation;
                }

                return new RawRecord(_index, _offset + _start, bytes, flags);
            }
        }

        public bool MoveNext()
        {
            if (_end >= _bytes.Length)
            {
                return false;
            }

            _start = _end;
            _end = LineEnd(_start);
            _index++;
            if (_joinsLines)
            {
                while (_end < _bytes.Length)
                {
                    var lineEnd = LineEnd(_end);
                    if (!_batch.Framing.Continues(_bytes[_start.._end], _bytes[_end..lineEnd]))
                    {
                        break;
                    }

                    _end = lineEnd;
                }
            }

            return true;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly int LineEnd(int from)
        {
            var bytes = _bytes;
            for (; bytes.Length - from >= ByteMask.Length; from += ByteMask.Length)
            {
                var step = new ByteMask(bytes.Slice(from, ByteMask.Length));
                if (step.Any((byte)'\n') != Vector128<byte>.Zero)
                {
                    return from + ByteMask.First(step.Of((byte)'\n')) + 1;
                }
            }

            var newline = bytes[from..].IndexOf((byte)'\n');
            return newline < 0 ? bytes.Length : from + newline + 1;
        }
    }
}
