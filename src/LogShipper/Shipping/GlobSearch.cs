using LogShipper.Tailing;
using Microsoft.Win32.SafeHandles;

namespace LogShipper.Shipping;

/// <summary>One walk through the directories that a glob names, from open directory to open directory: no name is looked up twice, and no symbolic link leads the way unless it may.</summary>
/// <param name="followsLinks">Whether symbolic links lead on.</param>
/// <param name="searched">Takes the directories that were looked through, relative to the first; null: nobody asks.</param>
internal sealed class GlobSearch(bool followsLinks, ICollection<string>? searched = null)
{
    private const int MostDirectories = 10_000;
    private const int DeepestDirectory = 32;
    private const int MostFound = 20_000;
    private const int MostRefused = 100;

    private int _directories;

    public SortedSet<string> Found { get; } = new(StringComparer.Ordinal);

    /// <summary>What has a name that is looked for, and is no file: the name, and why it is not read.</summary>
    public SortedSet<string> Refused { get; } = new(StringComparer.Ordinal);

    /// <summary>There was more than is looked through.</summary>
    public bool IsCut { get; private set; }

    public void Descend(SafeFileHandle directory, string relative, ReadOnlySpan<string> segments, int depth = 0)
    {
        if (++_directories > MostDirectories || depth > DeepestDirectory)
        {
            IsCut = true;
            return;
        }

        searched?.Add(relative.TrimEnd('/'));
        try
        {
            Match(directory, DirectoryListing.Read(directory), relative, segments, depth);
        }
        catch (IOException)
        {
            // Not ours to see, or more than anybody needs: it may change.
            IsCut = true;
        }
    }

    private void Match(SafeFileHandle directory, List<(string Name, UnixFileType Type)> entries, string relative, ReadOnlySpan<string> segments, int depth)
    {
        var pattern = segments[0];
        var rest = segments[1..];
        if (pattern == "**")
        {
            Match(directory, entries, relative, rest.IsEmpty ? ["*"] : rest, depth);
            foreach (var entry in entries)
            {
                Enter(directory, entry, relative, segments, depth);
            }

            return;
        }

        foreach (var entry in entries)
        {
            if (!Matches(pattern, entry.Name))
            {
                continue;
            }

            if (!rest.IsEmpty)
            {
                Enter(directory, entry, relative, rest, depth);
                continue;
            }

            var type = DirectoryListing.TypeOf(directory, entry, followsLinks);
            if (type == UnixFileType.Regular)
            {
                if (Found.Count == MostFound)
                {
                    IsCut = true;
                    return;
                }

                Found.Add(relative + entry.Name);
            }
            else if (type != UnixFileType.Directory && Refused.Count < MostRefused)
            {
                Refused.Add($"{relative}{entry.Name} {UnixFile.RefusalOf(type)}");
            }
        }
    }

    private void Enter(SafeFileHandle directory, (string Name, UnixFileType Type) entry, string relative, ReadOnlySpan<string> segments, int depth)
    {
        if (DirectoryListing.TypeOf(directory, entry, followsLinks) != UnixFileType.Directory)
        {
            return;
        }

        var error = LogPath.TryOpenBelow(directory, entry.Name, NativeFile.OpenReadOnly | NativeFile.OpenDirectory, followsLinks, out var child);
        using (child)
        {
            if (error == 0)
            {
                Descend(child, $"{relative}{entry.Name}/", segments, depth + 1);
            }
        }
    }

    private static bool Matches(string pattern, string name) =>
        System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false) && (name[0] != '.' || pattern[0] == '.');
}
