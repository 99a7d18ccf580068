using LogShipper.Tailing;

namespace LogShipper.Shipping;

/// <summary>
/// The files that a log's path leads to. A plain path is one log; each match of a glob (<c>*</c>, <c>?</c>, <c>**</c>) is a
/// log of its own, named <c>key/relative path</c>. What is another match's rotated file is no log.
/// </summary>
internal static class GlobbedLogs
{
    public static bool IsGlob(string path) => path.AsSpan().IndexOfAny('*', '?') >= 0;

    /// <summary>The directory before the first wildcard: where the search begins.</summary>
    public static string RootOf(string path)
    {
        var wildcard = path.AsSpan().IndexOfAny('*', '?');
        var slash = path.LastIndexOf('/', wildcard < 0 ? path.Length - 1 : wildcard);
        return slash <= 0 ? "/" : path[..slash];
    }

    /// <summary>Paths relative to the root that match now, sorted; empty while the root is not there.</summary>
    public static IReadOnlyList<string> Expand(string path)
    {
        var root = RootOf(path);
        var segments = path[(root == "/" ? 1 : root.Length + 1)..].Split('/', StringSplitOptions.RemoveEmptyEntries);
        var found = new SortedSet<string>(StringComparer.Ordinal);
        Descend(root, "", segments, found);
        return [.. found.Where(name => !IsRotated(name, found))];
    }

    private static bool IsRotated(string name, SortedSet<string> names)
    {
        if (name.EndsWith(".gz", StringComparison.Ordinal))
        {
            return true;
        }

        var directory = name[..(name.LastIndexOf('/') + 1)];
        var fileName = name[directory.Length..];
        return names.Any(other => other != name && other.StartsWith(directory, StringComparison.Ordinal)
            && RotatedName.Parse(other[directory.Length..], fileName) is { IsLive: false });
    }

    private static void Descend(string directory, string relative, ReadOnlySpan<string> segments, SortedSet<string> found)
    {
        var pattern = segments[0];
        var rest = segments[1..];
        try
        {
            if (pattern == "**")
            {
                Descend(directory, relative, rest.IsEmpty ? ["*"] : rest, found);
                foreach (var child in new DirectoryInfo(directory).EnumerateDirectories().Where(child => child.LinkTarget is null))
                {
                    Descend(child.FullName, $"{relative}{child.Name}/", segments, found);
                }
            }
            else if (rest.IsEmpty)
            {
                foreach (var path in Directory.EnumerateFiles(directory))
                {
                    if (Matches(pattern, Path.GetFileName(path)) && NativeFile.TryStatus(path, out var status) == 0 && status.IsRegular)
                    {
                        found.Add(relative + Path.GetFileName(path));
                    }
                }
            }
            else
            {
                foreach (var child in new DirectoryInfo(directory).EnumerateDirectories().Where(child => child.LinkTarget is null && Matches(pattern, child.Name)))
                {
                    Descend(child.FullName, $"{relative}{child.Name}/", rest, found);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Not there, or not ours to see: it may come.
        }
    }

    private static bool Matches(string pattern, string name) =>
        System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false) && (name[0] != '.' || pattern[0] == '.');
}
