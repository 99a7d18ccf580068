namespace LogShipper.Tailing;

/// <summary>Takes from the files what proves later which content they carry.</summary>
internal sealed class Fingerprinting(FileChain chain, Func<TrackedFile, bool> mayTakeTornTail)
{
    /// <summary>A content that has a whole line by now, or whose torn one is all that will come, gets its id.</summary>
    public void IdentifyTheNascent()
    {
        Span<byte> head = stackalloc byte[Fingerprint.MaxLength];
        foreach (var file in chain.Files)
        {
            if (file is { IsIdentified: false, IsMissing: false, CopyOf: null, Handle: { } handle, Length: > 0 })
            {
                var seen = (int)Math.Min(file.Length, FileProof.ReadHead(handle, head));
                var fingerprint = Fingerprint.Take(head[..seen], finished: false);
                if (fingerprint is null && mayTakeTornTail(file))
                {
                    fingerprint = Fingerprint.Take(head[..seen], finished: true);
                }

                if (fingerprint is { } taken)
                {
                    chain.Identify(file, taken);
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
                file.Seen = FileProof.See(handle, file.Length);
            }
        }
    }
}
