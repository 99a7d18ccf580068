namespace LogShipper.Tailing;

/// <summary>
/// The contents of one log, oldest first, and which generation comes next for a fingerprint. Knows the contents;
/// which file carries which is the business of <see cref="RotationTracker"/>.
/// </summary>
internal sealed class FileChain
{
    /// <summary>Fingerprints whose files are gone and whose generations are still remembered.</summary>
    public const int MaxForgotten = 16;

    /// <summary>Contents at most; when full, new files wait.</summary>
    public const int MaxFiles = 1024;

    private readonly string _instance;
    private readonly string _log;
    private readonly List<(Fingerprint Fingerprint, int Generation)> _forgotten = [];

    public FileChain(string instance, string log)
    {
        _instance = instance;
        _log = log;
    }

    public List<TrackedFile> Files { get; } = [];

    /// <summary>Fingerprints of contents that are gone, oldest first, with the highest generation that each had.</summary>
    public IReadOnlyList<(Fingerprint Fingerprint, int Generation)> Forgotten => _forgotten;

    /// <summary>A content is carried by another file than before, or was given up: whoever starts again must know it.</summary>
    public bool CarriersMoved { get; set; }

    public bool IsFull => Files.Count >= MaxFiles;

    /// <summary>The content that this file carries; asked for every file of the directory with every look.</summary>
    public TrackedFile? CarriedBy(FileIdentity identity)
    {
        foreach (var file in Files)
        {
            if (!file.IsMissing && file.Identity.IsSameAs(identity))
            {
                return file;
            }
        }

        return null;
    }

    /// <summary>Whether a content of this log has begun so, as far as that is remembered.</summary>
    public bool Knows(Fingerprint fingerprint) =>
        Files.Exists(file => file.Fingerprint == fingerprint) || _forgotten.Exists(known => known.Fingerprint == fingerprint);

    /// <summary>Gives a content its id: generation 0 if no content of this log began so, else one more than the highest known.</summary>
    public void Identify(TrackedFile file, Fingerprint fingerprint)
    {
        var generation = -1;
        foreach (var other in Files)
        {
            if (other.Fingerprint == fingerprint)
            {
                generation = Math.Max(generation, other.Generation);
            }
        }

        foreach (var (known, highest) in _forgotten)
        {
            if (known == fingerprint)
            {
                generation = Math.Max(generation, highest);
            }
        }

        file.Identify(fingerprint, generation + 1, fingerprint.Identify(_instance, _log, generation + 1));
    }

    /// <summary>Puts back a content that a checkpoint remembers.</summary>
    public void Remember(TrackedFile file, Fingerprint fingerprint, int generation)
    {
        file.Identify(fingerprint, generation, fingerprint.Identify(_instance, _log, generation));
        Files.Add(file);
    }

    /// <summary>Remembers only how a content began, not where it is.</summary>
    public void Forget(Fingerprint fingerprint, int generation)
    {
        var index = _forgotten.FindIndex(known => known.Fingerprint == fingerprint);
        if (index >= 0)
        {
            generation = Math.Max(generation, _forgotten[index].Generation);
            _forgotten.RemoveAt(index);
        }

        _forgotten.Add((fingerprint, generation));
        if (_forgotten.Count > MaxForgotten)
        {
            _forgotten.RemoveAt(0);
        }
    }

    /// <summary>Takes over all that another chain of the same log knows, its files open; that one is empty then.</summary>
    public void TakeOver(FileChain other)
    {
        foreach (var (fingerprint, generation) in other._forgotten)
        {
            Forget(fingerprint, generation);
        }

        Files.AddRange(other.Files);
        other.Files.Clear();
    }

    /// <summary>Takes a content out of the chain; its generation stays remembered.</summary>
    public void Remove(TrackedFile file)
    {
        file.Dispose();
        Files.Remove(file);
        if (file.Fingerprint is { } fingerprint && file.CopyOf is null)
        {
            Forget(fingerprint, file.Generation);
        }
    }

    /// <summary>Sorts by place in the rotation, keeping the order of those that have none any more, and notes for each file when a newer one came.</summary>
    public void Order(long now)
    {
        for (var i = 1; i < Files.Count; i++)
        {
            var file = Files[i];
            var j = i;
            for (; j > 0 && Files[j - 1].Rank > file.Rank; j--)
            {
                Files[j] = Files[j - 1];
            }

            Files[j] = file;
        }

        var newerSeen = false;
        for (var i = Files.Count - 1; i >= 0; i--)
        {
            var file = Files[i];
            if (file.CopyOf is not null)
            {
                // Kept open, even where it had waited before it was known as a copy: it may have to carry its content on.
                file.SuccessorSeenAt = null;
                continue;
            }

            if (file.IsMissing)
            {
                continue;
            }

            file.SuccessorSeenAt = newerSeen ? file.SuccessorSeenAt ?? now : null;
            newerSeen = true;
        }
    }
}
