using LogShipper.Tailing;

namespace LogShipper.Shipping;

/// <summary>
/// The files that a log's path leads to. A plain path is one log; each match of a glob (<c>*</c>, <c>?</c>, <c>**</c>) is a
/// log of its own, named <c>key/relative path</c>. What is another match's rotated file is no log.
/// </summary>
internal static class GlobbedLogs
{
    /// <summary>Logs that one glob may lead to: each has a lane to each sink, and who can write there could make any number.</summary>
    public const int MostMatches = 1_000;

    public static bool IsGlob(string path) => path.AsSpan().IndexOfAny('*', '?') >= 0;

    /// <summary>The directory before the first wildcard: where the search begins.</summary>
    public static string RootOf(string path)
    {
        var wildcard = path.AsSpan().IndexOfAny('*', '?');
        var slash = path.LastIndexOf('/', wildcard < 0 ? path.Length - 1 : wildcard);
        return slash <= 0 ? "/" : path[..slash];
    }

    /// <summary>Paths relative to the root that match now, sorted, rotated files left out; empty while the root is not there.</summary>
    /// <param name="path">The glob.</param>
    /// <param name="followsLinks">Whether symbolic links below the root lead on.</param>
    /// <param name="hasMore">There are more than are followed.</param>
    /// <param name="searched">Takes the directories that were looked through, relative to the root; null: nobody asks.</param>
    public static IReadOnlyList<string> Expand(string path, bool followsLinks, out bool hasMore, ICollection<string>? searched = null) =>
        Expand(path, followsLinks, out hasMore, out _, searched);

    /// <summary>The same, with what matches and why that is not read, where no file matches.</summary>
    public static IReadOnlyList<string> Expand(string path, bool followsLinks, out bool hasMore, out string? refused, ICollection<string>? searched = null)
    {
        var root = RootOf(path);
        var segments = path[(root == "/" ? 1 : root.Length + 1)..].Split('/', StringSplitOptions.RemoveEmptyEntries);

        // Two in a row say what one says.
        segments = [.. segments.Where((segment, place) => segment != "**" || place == 0 || segments[place - 1] != "**")];
        var search = new GlobSearch(followsLinks, searched);
        if (new LogPath(root, "", followsLinks).TryOpen(out var directory) == 0)
        {
            search.Descend(directory, "", segments);
        }

        directory.Dispose();
        var logs = search.Found.Where(name => !IsRotated(name, search.Found)).Take(MostMatches + 1).ToList();
        refused = logs.Count == 0 ? search.Refused.Min : null;
        hasMore = logs.Count > MostMatches || search.IsCut;
        return logs.Count > MostMatches ? logs[..MostMatches] : logs;
    }

    private static bool IsRotated(string name, SortedSet<string> names)
    {
        if (name.EndsWith(".gz", StringComparison.Ordinal))
        {
            return true;
        }

        // Its live name is a beginning of it, with or without its extension: looked up, not searched for among thousands.
        var directory = name[..(name.LastIndexOf('/') + 1)];
        var fileName = name[directory.Length..];
        var extension = Path.GetExtension(fileName);
        for (var place = 1; place < fileName.Length; place++)
        {
            if (fileName[place] is '.' or '-' or '_' && (IsLive(fileName[..place]) || IsLive(fileName[..place] + extension)))
            {
                return true;
            }
        }

        return false;

        bool IsLive(string live) => names.Contains(directory + live) && RotatedName.Parse(live, fileName) is { IsLive: false };
    }
}
