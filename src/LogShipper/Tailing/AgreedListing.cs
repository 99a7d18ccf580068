namespace LogShipper.Tailing;

/// <summary>
/// A directory is listed name by name. A file that is renamed between its listing and its status is missed, though it is
/// there all the time, and whatever is missed may be taken for gone: only two listings that agree are what was there.
/// </summary>
internal static class AgreedListing
{
    private const int MaxListings = 16;

    /// <exception cref="IOException">No two listings agreed.</exception>
    public static List<DirectoryEntry> Take(Func<List<DirectoryEntry>> list)
    {
        var before = list();
        for (var listings = 1; listings < MaxListings; listings++)
        {
            var now = list();
            if (Agree(before, now))
            {
                return now;
            }

            before = now;
        }

        throw new IOException("files come and go in it, or are renamed, while it is listed; the next look tries again");
    }

    private static bool Agree(List<DirectoryEntry> one, List<DirectoryEntry> other)
    {
        if (one.Count != other.Count)
        {
            return false;
        }

        for (var i = 0; i < one.Count; i++)
        {
            if (one[i].Name != other[i].Name || !one[i].Identity.IsSameAs(other[i].Identity))
            {
                return false;
            }
        }

        return true;
    }
}
