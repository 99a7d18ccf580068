namespace LogShipper.Tailing;

/// <summary>Whether a range that begins at a place is passed over.</summary>
/// <param name="file">The content.</param>
/// <param name="carrier">The file that carries it.</param>
/// <param name="place">Where the next batch of it would begin.</param>
/// <param name="end">Where it begins instead.</param>
/// <param name="records">How many records lie between.</param>
internal delegate bool PassOver(FileId file, FileIdentity carrier, Mark place, out Mark end, out int records);

/// <summary>
/// The chain of files of one log, oldest first. Reading moves nothing: the caller holds the positions, and may read a
/// range again as long as its bytes exist.
/// </summary>
internal sealed class LogReader : IDisposable
{
    private readonly ILogDirectory _directory;
    private readonly IPositions _positions;
    private readonly ITailEvents _events;
    private readonly FileChain _chain;
    private readonly RotationTracker _tracker;
    private readonly BatchReader _batches;

    public LogReader(
        string log, string instance, string liveName, ILogDirectory directory, RecordFraming framing, BatchLimits limits,
        TimeSpan rotationGrace, IPositions positions, ITailEvents events, TimeProvider time)
    {
        _directory = directory;
        _positions = positions;
        _events = events;
        _chain = new FileChain(instance, log);
        _tracker = new RotationTracker(liveName, directory, _chain, positions, events, time, rotationGrace);
        _batches = new BatchReader(log, limits, framing, time);
    }

    /// <summary>All contents that are known, oldest first.</summary>
    public IReadOnlyList<TrackedFile> Files => _chain.Files;

    public FileChain Chain => _chain;

    /// <summary>Bytes behind the positions, as far as the last look saw.</summary>
    public long UnreadBytes
    {
        get
        {
            long sum = 0;
            foreach (var file in _chain.Files)
            {
                if (!file.IsMissing && file.CopyOf is null)
                {
                    sum += Math.Max(0, file.Length - (file.IsIdentified ? _positions.NextRead(file.Id).Offset : 0));
                }
            }

            return sum;
        }
    }

    /// <summary>The drain takes torn last lines that nobody will finish.</summary>
    public bool Draining
    {
        get => _tracker.Draining;
        set => _tracker.Draining = value;
    }

    /// <summary>The last look did not see everything: nobody may say that nothing is left.</summary>
    public bool LookFailed { get; private set; }

    /// <summary>Looks at the directory (a look taken since <paramref name="notBefore"/> may be shared) and decides which file is which.</summary>
    public void Look(long notBefore)
    {
        LookFailed = true;
        try
        {
            var look = _directory.Look(notBefore);
            if (look.IsMissing && _chain.Files.Count == 0)
            {
                // A log of which nothing is known is waited for, with its directory or without.
                LookFailed = false;
                _events.Problem(null);
                return;
            }

            _tracker.Look(look);
            LookFailed = look.Problem is not null || _tracker.MissedGrowth;
        }
        catch (IOException exception)
        {
            // The disk failed under a proof: the next look decides.
            _events.Problem(exception.Message);
        }
    }

    /// <summary>Whether a content was found in another file since this was last asked: the checkpoint should say so.</summary>
    public bool TakeCarriersMoved()
    {
        var moved = _chain.CarriersMoved;
        _chain.CarriersMoved = false;
        return moved;
    }

    /// <summary>Whether a read would find a record.</summary>
    public bool HasUnread()
    {
        foreach (var file in _chain.Files)
        {
            if (IsReadable(file) && _positions.NextRead(file.Id).Offset < file.Length)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Reads the next batch, from the oldest file that has one.</summary>
    public ReadResult TryRead(bool oversize, out Batch? batch)
    {
        batch = null;
        var end = ReadResult.Nothing;
        for (var i = 0; i < _chain.Files.Count; i++)
        {
            var file = _chain.Files[i];
            if (!IsReadable(file))
            {
                continue;
            }

            var place = _positions.NextRead(file.Id);
            ReadResult result;
            try
            {
                // What a replaced file held may be found in a copy, and is older than what it holds now: from the oldest again.
                result = _batches.Read(file, place, _positions.EndOf(file.Id), $"{_directory.Path}/{file.LastName}", _tracker.MayTakeTornTail, oversize, out batch);
                if (result == ReadResult.Replaced)
                {
                    i = -1;
                    _tracker.Replace(file);
                    continue;
                }
            }
            catch (IOException exception)
            {
                _events.Problem($"{file.LastName}: {exception.Message}");
                end = ReadResult.Failed;
                continue;
            }

            if (result != ReadResult.Nothing)
            {
                return result;
            }

            file.WasReadAfterSuccessor |= file.SuccessorSeenAt is not null && place.Offset >= file.Length;
        }

        return end;
    }

    /// <summary>Asks for each content whether it is to be passed over: also where no file is there to be read, as long as one is looked for.</summary>
    /// <returns>The range that is passed over, as a batch without records' bytes; null: none is.</returns>
    public Batch? Pass(PassOver passOver)
    {
        foreach (var file in _chain.Files)
        {
            if (file is { IsIdentified: true, CopyOf: null } && _positions.NextRead(file.Id) is var place && passOver(file.Id, file.Identity, place, out var end, out var records))
            {
                return _batches.Passed(file.Id, place, end, records);
            }
        }

        return null;
    }

    /// <summary>Whether the content is still followed, with or without a file.</summary>
    public bool Knows(FileId file) => _chain.Files.Exists(known => known.IsIdentified && known.Id == file);

    /// <summary>Whether the bytes of a batch could be read once more.</summary>
    public bool CanReadAgain(FileId file) => _chain.Files.Exists(known => known.Id == file && IsReadable(known));

    /// <summary>Whether nobody writes any of the files; null where the file system does not say.</summary>
    public bool? NobodyWrites()
    {
        foreach (var file in _chain.Files)
        {
            if (file is { Handle: { } handle, CopyOf: null, IsMissing: false })
            {
                var writers = handle.AskWriters();
                if (writers != Writers.None)
                {
                    return writers == Writers.Some ? false : null;
                }
            }
        }

        return true;
    }

    /// <summary>When a file last grew (timestamp).</summary>
    public long LastGrowth()
    {
        var last = long.MinValue;
        foreach (var file in _chain.Files)
        {
            if (!file.IsMissing && file.CopyOf is null)
            {
                last = Math.Max(last, file.GrownAt);
            }
        }

        return last;
    }

    public void Dispose()
    {
        foreach (var file in _chain.Files)
        {
            file.Dispose();
        }

        _chain.Files.Clear();
    }

    private static bool IsReadable(TrackedFile file) => file is { IsIdentified: true, IsMissing: false, CopyOf: null, Handle: not null };
}
