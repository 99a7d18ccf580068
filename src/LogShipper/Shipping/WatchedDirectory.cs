using System.IO.Enumeration;
using System.Text;
using LogShipper.Tailing;

namespace LogShipper.Shipping;

/// <summary>One directory of which the kernel's word is wanted: which of its names concern which logs.</summary>
internal sealed class WatchedDirectory(string path)
{
    /// <summary>Whoever may write there could make any number of names.</summary>
    private const int MostNamesKept = 1024;

    private const int LongestName = 255;

    private readonly List<(string Log, string LiveName)> _logs = [];
    private readonly List<(string Name, bool MayBeDirectory)> _patterns = [];
    private readonly Dictionary<string, Meaning> _meanings = new(StringComparer.Ordinal);

    public string Path { get; } = path;

    /// <summary>The number of its watch, or of the one at <see cref="WaitsAt"/>; -1: none.</summary>
    public int Watch { get; set; } = -1;

    /// <summary>It is not there: the directory above in which it, or the way to it, is waited for.</summary>
    public string? WaitsAt { get; set; }

    /// <summary>The names of its logs.</summary>
    public IEnumerable<string> Logs => _logs.Select(log => log.Log);

    /// <summary>New files in it may be new logs.</summary>
    public bool MayHaveNewLogs => _patterns.Count > 0;

    /// <summary>A log that is followed here.</summary>
    public void Add(string log, string liveName) => _logs.Add((log, liveName));

    /// <summary>A glob that was searched for here.</summary>
    /// <param name="name">The pattern of its matches' names.</param>
    /// <param name="mayBeDirectory">New directories may hold matches.</param>
    public void AddPattern(string name, bool mayBeDirectory) => _patterns.Add((name, mayBeDirectory));

    /// <summary>Enters the logs that an event concerns into <paramref name="changed"/>; whether it may be about a new log.</summary>
    public bool Take(in FileEvent next, HashSet<string> changed)
    {
        var isNew = (next.Changes & (FileChanges.Created | FileChanges.MovedTo)) != 0;
        if ((next.Changes & FileChanges.OfDirectory) != 0)
        {
            return isNew && _patterns.Exists(pattern => pattern.MayBeDirectory);
        }

        var meaning = MeaningOf(next.Name);

        // Who closes the live file wrote it before, and was heard then; of a rotated one it means that no more will come.
        if (next.Changes != FileChanges.WriterClosed || !meaning.IsLive)
        {
            foreach (var log in meaning.Logs)
            {
                changed.Add(log);
            }
        }

        return isNew && meaning.MayBeNewLog;
    }

    private Meaning MeaningOf(ReadOnlySpan<byte> name)
    {
        Span<char> room = stackalloc char[LongestName];
        if (name.Length > LongestName || !Encoding.UTF8.TryGetChars(name, room, out var length))
        {
            return new Meaning([.. Logs], IsLive: false, MayHaveNewLogs);
        }

        var text = room[..length];
        var known = _meanings.GetAlternateLookup<ReadOnlySpan<char>>();
        if (known.TryGetValue(text, out var meaning))
        {
            return meaning;
        }

        if (_meanings.Count == MostNamesKept)
        {
            _meanings.Clear();
        }

        return _meanings[text.ToString()] = Learn(text.ToString());
    }

    private Meaning Learn(string name)
    {
        string[] logs = [.. _logs.Where(log => RotatedName.Parse(log.LiveName, name) is not null).Select(log => log.Log)];
        return new Meaning(
            logs,
            _logs.Exists(log => log.LiveName == name),
            logs.Length == 0 && _patterns.Exists(pattern => FileSystemName.MatchesSimpleExpression(pattern.Name, name, ignoreCase: false)));
    }

    private sealed record Meaning(string[] Logs, bool IsLive, bool MayBeNewLog);
}
