namespace LogShipper.Tailing;

/// <summary>Files that were compressed before they were read to their end: each is tried once as the continuation of what is missing.</summary>
internal sealed class CompressedFiles(ILogDirectory directory, FileChain chain, IPositions positions, TimeProvider time)
{
    private readonly Dictionary<FileIdentity, (long Length, long Modified)> _tried = [];

    /// <summary>A compressed file is read only as the continuation of a content that we know and have not finished.</summary>
    /// <returns>Whether it could be looked into, if there was a reason to.</returns>
    public bool TryAdopt(DirectoryEntry entry, RotatedName rank, ref string? problem)
    {
        // Tried only while something is missing: a file compressed before that must be tried then.
        if (!chain.Files.Exists(IsLookedFor))
        {
            return true;
        }

        if (_tried.TryGetValue(entry.Identity, out var tried) && tried == (entry.Length, entry.ModifiedNanoseconds))
        {
            return true;
        }

        foreach (var missing in chain.Files)
        {
            if (!IsLookedFor(missing) || missing.Fingerprint is not { } fingerprint || chain.Files.Exists(copy => copy.CopyOf == missing))
            {
                continue;
            }

            try
            {
                if (directory.Open(entry.Name, out var why) is not { } compressed)
                {
                    problem ??= $"{entry.Name}: {why}";
                    return false;
                }

                var handle = GzipLogFile.TryOpen(compressed);
                if (handle is not null && FileProof.CarriesOrCloses(handle, fingerprint, positions.NextRead(missing.Id)))
                {
                    missing.FoundIn(entry.Name, rank, entry.Identity, handle, handle.Length, time.GetTimestamp());
                    chain.CarriersMoved = true;
                    missing.ModifiedNanoseconds = entry.ModifiedNanoseconds;
                    return true;
                }

                handle?.Dispose();
            }
            catch (IOException exception)
            {
                problem ??= $"{entry.Name}: {exception.Message}";
                return false;
            }
        }

        // Noted last: a file that could not be opened or read was not tried.
        if (_tried.Count >= FileChain.MaxFiles)
        {
            _tried.Clear();
        }

        _tried[entry.Identity] = (entry.Length, entry.ModifiedNanoseconds);
        return true;
    }

    /// <summary>Something else is missing: what was tried may be its continuation.</summary>
    public void TryAllAgain() => _tried.Clear();

    private static bool IsLookedFor(TrackedFile file) => file is { IsMissing: true, IsGivenUp: false };
}
