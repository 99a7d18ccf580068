using System.Runtime.CompilerServices;
using LogShipper.Parsing;
using LogShipper.Tailing;

namespace LogShipper.Shipping;

/// <summary>
/// What of one log the lanes that ship it have gone through for the lane that only observes it. A record that is parsed for a sink is observed on its way, and the
/// observing lane passes over it; what nobody parses, or not soon (a sink may be down), it reads for itself. Each record is observed once: a shipping lane begins where the
/// observing lane stands or ahead of it, goes on where the last one ended, and up to where it began the observing lane reads and no further. What was observed counts
/// when the observing lane passes over it: what it has not come to when it ends, its next one goes through again.
/// </summary>
internal sealed class ObservedRanges(IRecordObserver observer, TimeProvider time)
{
    /// <summary>How long the observing lane leaves new bytes to those that ship them; what they have gone through it takes over as often.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly List<Content> _contents = [];
    private readonly long _patience = (long)(Patience.TotalSeconds * time.TimestampFrequency);
    private long _waitUntil = long.MinValue;
    private bool _isCaughtUp = true;
    private bool _isReading;

    /// <summary>The content of the batch whose records are gone through now; null: none.</summary>
    private Content? _current;
    private long _observedFrom;
    private int _records;

    /// <summary>A lane that ships begins to go through the records of a batch. False: they are none of those that are wanted; else <see cref="End"/> follows.</summary>
    public bool TryBegin(Batch batch)
    {
        lock (_lock)
        {
            if (_current is not null || Find(batch.File) is not { } content || (_isReading && !content.IsBegun) || content.NewIn(batch) is not { } from)
            {
                return false;
            }

            content.Begin(from);
            (_current, _observedFrom, _records) = (content, from.Offset, 0);
            return true;
        }
    }

    /// <summary>A record of the batch, in the order of the file.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Observe(ref Record record)
    {
        if (record.Offset >= _observedFrom)
        {
            observer.Observe(ref record);
            _records++;
        }
    }

    /// <summary>All records of the batch were observed.</summary>
    public void End(Batch batch)
    {
        lock (_lock)
        {
            _current!.GoOn(batch.EndMark, _records, observer);
            _current = null;
            _waitUntil = time.GetTimestamp() + _patience;
        }
    }

    /// <summary>The observing lane stands at this place, and passes over what was gone through from there on, if anything was.</summary>
    /// <param name="file">The content.</param>
    /// <param name="carrier">The file that carries it for that lane.</param>
    /// <param name="place">Where it would read on.</param>
    /// <param name="end">Where it reads on instead.</param>
    /// <param name="records">How many records lie between.</param>
    public bool TryPass(FileId file, FileIdentity carrier, Mark place, out Mark end, out int records)
    {
        lock (_lock)
        {
            if (Find(file) is not { } content)
            {
                _contents.Add(content = new Content(file));
            }

            content.Carrier = carrier;
            return content.TryPass(place, isUnderWay: content == _current, out end, out records);
        }
    }

    /// <summary>Up to where the observing lane may read for itself.</summary>
    public long EndOf(FileId file)
    {
        lock (_lock)
        {
            return Find(file) is { IsBegun: true } content ? content.Start : long.MaxValue;
        }
    }

    /// <inheritdoc cref="Tailing.IPositions.WillBePassedOver"/>
    public bool WillBePassedOver(FileId file)
    {
        lock (_lock)
        {
            return Find(file) is { HasBeenReached: true };
        }
    }

    /// <summary>Something that the observing lane has come to is gone through now, or was: it is passed over soon.</summary>
    public bool HasMoreSoon
    {
        get
        {
            lock (_lock)
            {
                return _current is not null || _contents.Exists(content => content.CanBePassed);
            }
        }
    }

    /// <summary>The observing lane has nothing to read: what comes next is left to others at first.</summary>
    public void CaughtUp()
    {
        lock (_lock)
        {
            _isCaughtUp = true;
        }
    }

    /// <summary>The observing lane wants to read for itself. Until <see cref="EndReading"/> nobody begins anywhere, though what was begun is gone on with.</summary>
    /// <param name="isPatient">Whether it waits for those that may do it.</param>
    /// <param name="until">How long it waits (timestamp), if it may not.</param>
    public bool TryBeginReading(bool isPatient, out long until)
    {
        lock (_lock)
        {
            until = time.GetTimestamp();
            // Where something was begun ahead of it, nobody but itself goes through what is left up to there.
            if (isPatient && !_contents.Exists(content => content.IsBegun))
            {
                if (_isCaughtUp)
                {
                    _waitUntil = Math.Max(_waitUntil, until + _patience);
                    _isCaughtUp = false;
                }

                if (until < _waitUntil)
                {
                    until = _waitUntil;
                    return false;
                }
            }

            return _isReading = true;
        }
    }

    /// <summary>It has read this batch; null: nothing.</summary>
    public void EndReading(Batch? batch)
    {
        lock (_lock)
        {
            _isReading = false;
            if (batch is not null)
            {
                Find(batch.File)?.ReadOn(batch.EndMark);
            }
        }
    }

    /// <summary>Drops the contents that the observing lane does not follow any more.</summary>
    public void Prune(Func<FileId, bool> isNeeded)
    {
        lock (_lock)
        {
            _contents.RemoveAll(content => !isNeeded(content.File));
        }
    }

    private Content? Find(FileId file) => _contents.Find(content => content.File == file);

    /// <summary>One content that the observing lane follows.</summary>
    private sealed class Content(FileId file)
    {
        private Mark _place;
        private Mark _start;
        private Mark _end;
        private int _records;
        private IObservations? _observations;

        public FileId File => file;

        /// <summary>Where contents begin alike, two lanes that have seen different ones of them may give the same name to different contents: those stand in different files.</summary>
        public FileIdentity Carrier { get; set; }

        /// <summary>A lane that ships goes through it, or has, from <see cref="Start"/> on.</summary>
        public bool IsBegun { get; private set; }

        public long Start => _start.Offset;

        /// <summary>The observing lane has come to where it was begun.</summary>
        public bool HasBeenReached => IsBegun && _start.Offset == _place.Offset;

        public bool CanBePassed => HasBeenReached && _end.Offset > _start.Offset;

        /// <summary>From where on the records of a batch are wanted; null: none of them are, there would be a gap, or the content is another one.</summary>
        public Mark? NewIn(Batch batch)
        {
            if (!batch.Carrier.IsSameAs(Carrier))
            {
                return null;
            }

            var known = IsBegun ? _end : _place;
            if (known.Offset < batch.Start)
            {
                // Up to there the observing lane reads whole lines for itself: it would never come to where no line begins.
                return IsBegun || !batch.StartsWithLine ? null : batch.StartMark;
            }

            if (known.Offset == batch.Start)
            {
                return IsSame(known, batch.StartMark) ? known : null;
            }

            var before = known.Offset - batch.Start - batch.SkippedBytes;
            return known.Offset < batch.End && before > 0 && IsSame(known, batch.MarkAfter((int)before)) ? known : null;
        }

        public void ReadOn(Mark place) => _place = place;

        public void Begin(Mark from)
        {
            if (!IsBegun)
            {
                (_start, _end, IsBegun) = (from, from, true);
            }
        }

        public void GoOn(Mark end, int records, IRecordObserver observer) => (_end, _records, _observations) = (end, _records + records, observer.Take(_observations));

        public bool TryPass(Mark place, bool isUnderWay, out Mark end, out int records)
        {
            (_place, end, records) = (place, place, 0);
            if (!IsBegun || place.Offset < _start.Offset)
            {
                return false;
            }

            // What does not begin where the lane stands, though it should, was another content by the same name.
            var isPassed = IsSame(place, _start) && _end.Offset > _start.Offset;
            if (isPassed)
            {
                (_place, end, records) = (_end, _end, _records);
                _observations?.Count();
            }

            IsBegun = isUnderWay;
            (_start, _records, _observations) = (_end, 0, null);
            return isPassed;
        }

        private static bool IsSame(Mark one, Mark other) => (one.Offset, one.Anchor, one.InSkippedLine) == (other.Offset, other.Anchor, other.InSkippedLine);
    }
}
