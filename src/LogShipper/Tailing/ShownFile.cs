namespace LogShipper.Tailing;

/// <summary>A file as a look has shown it to one log.</summary>
/// <param name="Entry">What the directory says of it.</param>
/// <param name="Rank">Its place in the rotation of the log; <see cref="RotatedName.Gone"/>: its name is none of the log's, and it is followed since it had one.</param>
internal readonly record struct ShownFile(DirectoryEntry Entry, RotatedName Rank)
{
    public bool HasNameOfTheLog => Rank != RotatedName.Gone;

    /// <summary>A plain file does not become a compressed one, nor the other way round: where there are no births, and we have it closed, its inode number was used again.</summary>
    public bool IsAnotherThan(TrackedFile file, string liveName) =>
        HasNameOfTheLog && file is { Handle: null, Identity.BirthNanoseconds: 0 } && RotatedName.Parse(liveName, file.LastName) is { } last && last.IsCompressed != Rank.IsCompressed;

    /// <summary>The files of the log, each by one name: two names of one inode are one file, and the newer name in the rotation counts.</summary>
    public static List<ShownFile> OncePerFile(DirectoryLook look, string liveName, FileChain chain)
    {
        var files = new List<ShownFile>();
        foreach (var entry in look.Entries)
        {
            var shown = new ShownFile(entry, RotatedName.Parse(liveName, entry.Name) ?? RotatedName.Gone);
            if (!shown.HasNameOfTheLog && chain.CarriedBy(entry.Identity) is null)
            {
                continue;
            }

            // No closure: hundreds of lanes look at hundreds of entries each time.
            var other = 0;
            while (other < files.Count && !files[other].Entry.Identity.IsSameAs(entry.Identity))
            {
                other++;
            }

            if (other == files.Count)
            {
                files.Add(shown);
            }
            else if (shown.Rank > files[other].Rank)
            {
                files[other] = shown;
            }
        }

        return files;
    }
}
