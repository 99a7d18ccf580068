using LogShipper.Tailing;

namespace LogShipper.Shipping;

/// <summary>How far a lane is, measured at the end of its turns and read by anybody.</summary>
internal sealed class LaneProgress(LogReader reader, LanePlaces places, TimeProvider time)
{
    private LanePosition[] _positions = [];
    private long _unsavedSince;
    private long _behindSince;
    private bool _wasLevel;
    private long _oldestTimeTicks;

    /// <summary>Bytes of the log that are not settled, as far as the last look saw.</summary>
    public long BytesBehind { get; private set; }

    /// <summary>Files that are open.</summary>
    public int OpenFiles { get; private set; }

    /// <summary>What is settled of each file, as of the last turn.</summary>
    public IReadOnlyList<LanePosition> Positions => Volatile.Read(ref _positions);

    /// <summary>
    /// How long it is since everything that the last look saw was settled; zero: it is. Of a lane that was never level since
    /// the start of the process it is the age of the oldest record under way, where records are parsed: a restart makes nothing younger.
    /// </summary>
    public TimeSpan BehindFor
    {
        get
        {
            if (Interlocked.Read(ref _behindSince) is not (> 0 and var since))
            {
                return TimeSpan.Zero;
            }

            var elapsed = time.GetElapsedTime(since);
            var age = Interlocked.Read(ref _oldestTimeTicks) is > 0 and var ticks ? TimeSpan.FromTicks(time.GetUtcNow().UtcTicks - ticks) : elapsed;
            return age > elapsed ? age : elapsed;
        }
    }

    /// <summary>How long something has been settled that is not saved; zero: all of it is.</summary>
    public TimeSpan CheckpointAge => Interlocked.Read(ref _unsavedSince) is > 0 and var since ? time.GetElapsedTime(since) : TimeSpan.Zero;

    /// <summary>Called in the place of a start: a lane that goes on is as far behind as it was.</summary>
    public void GoOnFrom(LaneProgress stopped)
    {
        _behindSince = stopped._behindSince;
        _wasLevel = stopped._wasLevel;
        _oldestTimeTicks = stopped._oldestTimeTicks;
    }

    /// <param name="isUnsaved">Something was settled that is not saved.</param>
    /// <param name="oldestTimeTicks">Time of the oldest record under way; 0: not known.</param>
    public void Measure(bool isUnsaved, long oldestTimeTicks)
    {
        long behind = 0;
        var open = 0;
        var count = 0;
        var isChanged = false;
        for (var i = 0; i < reader.Files.Count; i++)
        {
            var file = reader.Files[i];
            open += file.Handle is null ? 0 : 1;
            if (!file.IsMissing && file.CopyOf is null)
            {
                var position = PositionIn(file);
                behind += Math.Max(0, position.Length - position.Offset);
                isChanged |= count >= _positions.Length || _positions[count] != position;
                count++;
            }
        }

        BytesBehind = behind;
        OpenFiles = open;
        if (isChanged || count != _positions.Length)
        {
            // Another list, and only where there is something else to be said: readers keep the one that they have, an idle turn makes none.
            Volatile.Write(ref _positions, [.. reader.Files.Where(file => !file.IsMissing && file.CopyOf is null).Select(PositionIn)]);
        }

        Since(ref _unsavedSince, isUnsaved);
        Since(ref _behindSince, behind > 0);
        _wasLevel |= behind == 0;
        if (_wasLevel)
        {
            Interlocked.Exchange(ref _oldestTimeTicks, 0);
        }
        else if (oldestTimeTicks > 0)
        {
            Interlocked.Exchange(ref _oldestTimeTicks, oldestTimeTicks);
        }
    }

    private LanePosition PositionIn(TrackedFile file) =>
        file.Fingerprint is not { } fingerprint
            ? new LanePosition(file.LastName, 0, file.Length)
            : new LanePosition(file.LastName, places.SettledOffset(file.Id), file.Length)
            {
                Content = new SettledContent(file.Id, fingerprint, file.Generation, file.Identity, places.Settled(file.Id)),
            };

    /// <summary>Keeps since when something is so (timestamp); 0: it is not.</summary>
    private void Since(ref long since, bool isSo) => Interlocked.Exchange(ref since, !isSo ? 0 : since > 0 ? since : Math.Max(1, time.GetTimestamp()));
}

/// <summary>How far one file of a log is settled.</summary>
/// <param name="File">Its name in the log's directory.</param>
/// <param name="Offset">Up to where it is settled.</param>
/// <param name="Length">Its length, as the last look saw it.</param>
internal readonly record struct LanePosition(string File, long Offset, long Length)
{
    /// <summary>Which content it is; null: too little of it is there to know.</summary>
    public SettledContent? Content { get; init; }
}

/// <summary>What is needed to read again what is settled of one content, with the same ids.</summary>
internal readonly record struct SettledContent(FileId Id, Fingerprint Fingerprint, int Generation, FileIdentity Identity, Mark Settled);
