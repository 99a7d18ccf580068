using LogShipper.Tailing;

namespace LogShipper.Shipping;

/// <summary>
/// What one lane knows, durably: for each content of its log the contiguous prefix that is settled. Only
/// <see cref="Advance"/> moves a position, only the lane's Shipper calls it, only for the oldest batch in flight.
/// </summary>
internal sealed class Checkpoint
{
    private readonly string _name;
    private readonly string _logPath;
    private readonly IStateDirectory _state;
    private readonly Dictionary<FileId, Mark> _settled = [];

    public Checkpoint(string name, string logPath, IStateDirectory state)
    {
        _name = name;
        _logPath = logPath;
        _state = state;
    }

    /// <summary>The file of a log's and a sink's positions.</summary>
    public static string FileNameOf(string log, string sink) => $"{Uri.EscapeDataString(log)}.{sink}.json";

    /// <summary>Something was settled that is not saved.</summary>
    public bool IsDirty { get; private set; }

    public Mark Settled(FileId file) => _settled.GetValueOrDefault(file, Mark.Beginning);

    /// <summary>A batch, or its beginning, is settled: from where its content's position stands up to <paramref name="place"/>.</summary>
    public void Advance(FileId file, long from, Mark place)
    {
        // A gap would be a loss: whatever was settled beyond it must wait for it.
        if (Settled(file).Offset != from)
        {
            throw new InvalidOperationException($"The checkpoint of {_name} stands at {Settled(file).Offset} of {file}, not at {from}.");
        }

        _settled[file] = place;
        IsDirty = true;
    }

    /// <summary>What is known of the files has changed, if not what is settled of them.</summary>
    public void NoteFilesChanged() => IsDirty = true;

    /// <summary>A position is written by hand, forward or back.</summary>
    public void Move(FileId file, Mark place)
    {
        _settled[file] = place;
        IsDirty = true;
    }

    /// <summary>A content is about to be shipped for the first time: its generation must be known to the next process,
    /// or another content that begins alike would get the same ids.</summary>
    /// <returns>Whether it was new: the checkpoint should be saved before anything of it is sent.</returns>
    public bool Introduce(FileId file)
    {
        var isNew = _settled.TryAdd(file, Mark.Beginning);
        IsDirty |= isNew;
        return isNew;
    }

    /// <summary>Loads the checkpoint into the chain: every content that it knows is missing until a look finds its file.</summary>
    /// <returns>Null, or why there was a checkpoint that could not be used; it was set aside, and the log is read from its beginning.</returns>
    /// <exception cref="IOException">The state directory cannot be read: starting without it would ship everything again.</exception>
    public string? Load(FileChain chain, long now)
    {
        if (_state.Read(_name) is not { } bytes)
        {
            return null;
        }

        if (CheckpointDocument.Parse(bytes, out var problem) is not { } document)
        {
            _state.SetAside(_name);
            return problem;
        }

        if (document.Path != _logPath)
        {
            return $"it belongs to {document.Path}";
        }

        foreach (var (fingerprint, length, generation) in document.Forgotten)
        {
            chain.Forget(new Fingerprint(fingerprint, length), generation);
        }

        foreach (var entry in document.Entries)
        {
            var file = new TrackedFile(entry.Name, RotatedName.Gone, new FileIdentity(entry.Device, entry.Inode, entry.Birth))
            {
                Length = entry.Length,
                Finished = entry.Finished,
                Seen = new Mark(entry.SeenOffset, new Anchor(entry.SeenAnchor, entry.SeenAnchorLength), InSkippedLine: false, TimeTicks: 0),
            };
            chain.Remember(file, new Fingerprint(entry.Fingerprint, entry.FingerprintLength), entry.Generation);
            file.Lose(now, truncated: false);
            _settled[file.Id] = new Mark(entry.Offset, new Anchor(entry.Anchor, entry.AnchorLength), entry.Skipping, entry.Time);
        }

        return null;
    }

    /// <summary>Takes over what a stopped lane's checkpoint knew, saved or not.</summary>
    public void GoOnFrom(Checkpoint stopped)
    {
        foreach (var (file, place) in stopped._settled)
        {
            _settled[file] = place;
        }

        IsDirty = stopped.IsDirty;
    }

    /// <summary>Writes what is settled.</summary>
    /// <param name="chain">Which contents there are.</param>
    /// <param name="isSynced">Durably; else so that it survives the process but not the machine.</param>
    /// <exception cref="IOException">The disk refused; nothing has changed there.</exception>
    public void Save(FileChain chain, bool isSynced = true)
    {
        var entries = new List<CheckpointEntry>(chain.Files.Count);
        foreach (var file in chain.Files)
        {
            if (file is not { Fingerprint: { } fingerprint, CopyOf: null })
            {
                continue;
            }

            var place = Settled(file.Id);
            entries.Add(new CheckpointEntry(
                file.Identity.Device, file.Identity.Inode, file.Identity.BirthNanoseconds, file.LastName, fingerprint.Hash, fingerprint.Length, file.Generation,
                Base: 0, place.Offset, place.Anchor.Hash, place.Anchor.Length, place.InSkippedLine, place.TimeTicks, file.Length, file.Finished,
                file.Seen.Offset, file.Seen.Anchor.Hash, file.Seen.Anchor.Length));
        }

        var forgotten = new List<ForgottenContent>();
        foreach (var (fingerprint, generation) in chain.Forgotten)
        {
            forgotten.Add(new ForgottenContent(fingerprint.Hash, fingerprint.Length, generation));
        }

        var bytes = new CheckpointDocument { Version = CheckpointDocument.CurrentVersion, Path = _logPath, Entries = entries, Forgotten = forgotten }.ToBytes();
        if (isSynced)
        {
            _state.Replace(_name, bytes);
        }
        else
        {
            _state.ReplaceUnsynced(_name, bytes);
        }

        IsDirty = false;
    }

    /// <summary>Nothing in it is needed any more.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public void Remove() => _state.Remove(_name);

    /// <summary>Drops the positions of contents that are gone and of which nothing is in flight.</summary>
    public void Prune(Func<FileId, bool> isNeeded)
    {
        foreach (var file in _settled.Keys.ToArray())
        {
            if (!isNeeded(file))
            {
                _settled.Remove(file);
            }
        }
    }
}
