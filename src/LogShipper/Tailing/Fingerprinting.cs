namespace LogShipper.Tailing;

/// <summary>Takes from the files what proves later which content they carry.</summary>
internal sealed class Fingerprinting(FileChain chain, Lookout lookout, Func<TrackedFile, bool> mayTakeTornTail)
{
    /// <summary>A content that has a whole line by now, or whose torn one is all that will come, gets its id.</summary>
    public void IdentifyTheNascent()
    {
        foreach (var file in chain.Files)
        {
            if (file is { IsIdentified: false, IsMissing: false, CopyOf: null, MayBeCopy: false, Handle: { } handle, Length: > 0 })
            {
                try
                {
                    Identify(file, handle);
                }
                catch (IOException exception)
                {
                    lookout.NotRead(file.LastName, exception);
                }
            }
        }
    }

    /// <summary>Where little of a content is read, how far it was seen proves it after a restart.</summary>
    public void NoteWhatIsSeen()
    {
        foreach (var file in chain.Files)
        {
            if (file is { IsIdentified: true, IsMissing: false, CopyOf: null, Rank.IsCompressed: false, Handle: { } handle } && file.Seen.Offset != file.Length)
            {
                try
                {
                    file.Seen = FileProof.See(handle, file.Length);
                }
                catch (IOException exception)
                {
                    lookout.NotRead(file.LastName, exception);
                }
            }
        }
    }

    private void Identify(TrackedFile file, ILogFile handle)
    {
        Span<byte> head = stackalloc byte[Fingerprint.MaxLength];
        var seen = (int)Math.Min(file.Length, FileProof.ReadHead(handle, head));
        var fingerprint = Fingerprint.Take(head[..seen], finished: false);
        if (fingerprint is null && mayTakeTornTail(file))
        {
            fingerprint = Fingerprint.Take(head[..seen], finished: true);
        }

        if (fingerprint is { } taken)
        {
            // It may have been emptied and begun anew since its length was asked for: what it has now may be less.
            file.Length = Math.Min(file.Length, handle.Length);
            chain.Identify(file, taken);
        }
    }
}
