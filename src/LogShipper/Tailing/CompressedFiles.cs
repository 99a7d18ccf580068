namespace LogShipper.Tailing;

/// <summary>Files that were compressed before they were read to their end: each is tried once as the continuation of what is missing.</summary>
internal sealed class CompressedFiles(ILogDirectory directory, FileChain chain, IPositions positions, Lookout lookout, TimeProvider time)
{
    private readonly Dictionary<FileIdentity, (long Length, long Modified)> _tried = [];

    /// <summary>A compressed file is read only as the continuation of a content that we know and have not finished.</summary>
    public void TryAdopt(DirectoryEntry entry, RotatedName rank)
    {
        // Tried only while something is missing: a file compressed before that must be tried then.
        if (!chain.Files.Exists(IsLookedFor))
        {
            return;
        }

        if (_tried.TryGetValue(entry.Identity, out var tried) && tried == (entry.Length, entry.ModifiedNanoseconds))
        {
            return;
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
                    lookout.NotOpened(entry.Name, why);
                    return;
                }

                var handle = GzipLogFile.TryOpen(compressed);
                if (handle is not null && FileProof.CarriesOrCloses(handle, fingerprint, positions.NextRead(missing.Id)) && !IsOfAnother(handle, missing))
                {
                    missing.FoundIn(entry.Name, rank, entry.Identity, handle, handle.Length, time.GetTimestamp());
                    chain.CarriersMoved = true;
                    missing.ModifiedNanoseconds = entry.ModifiedNanoseconds;
                    return;
                }

                handle?.Dispose();
            }
            catch (IOException exception)
            {
                lookout.NotOpened(entry.Name, exception.Message);
                return;
            }
        }

        // Noted last: a file that could not be opened or read was not tried.
        if (_tried.Count >= FileChain.MaxFiles)
        {
            _tried.Clear();
        }

        _tried[entry.Identity] = (entry.Length, entry.ModifiedNanoseconds);
    }

    /// <summary>Something else is missing: what was tried may be its continuation.</summary>
    public void TryAllAgain() => _tried.Clear();

    /// <summary>
    /// Of a content that began with a torn line no more may be known than that: any line that begins so would do. Where
    /// what the file begins with is the first line of a content that we know, it is that one's.
    /// </summary>
    private bool IsOfAnother(GzipLogFile handle, TrackedFile missing)
    {
        Span<byte> head = stackalloc byte[Fingerprint.MaxLength];
        try
        {
            return positions.NextRead(missing.Id).Offset <= missing.Fingerprint!.Value.Length
                && Fingerprint.Take(head[..FileProof.ReadHead(handle, head)], finished: true) is { } whole && whole != missing.Fingerprint && chain.Knows(whole);
        }
        catch (IOException)
        {
            handle.Dispose();
            throw;
        }
    }

    private static bool IsLookedFor(TrackedFile file) => file is { IsMissing: true, IsGivenUp: false };
}
