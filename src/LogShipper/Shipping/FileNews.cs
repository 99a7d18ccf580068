using LogShipper.Tailing;

namespace LogShipper.Shipping;

/// <summary>What all lanes of one log see in its files, each by itself: the first that sees it tells, for all.</summary>
internal sealed class FileNews
{
    /// <summary>Files that are remembered; an older one is told again.</summary>
    private const int MaxRemembered = 64;

    private readonly Lock _lock = new();
    private readonly List<(Kind Kind, FileIdentity File, HashSet<object> SeenBy)> _told = [];

    internal enum Kind : byte
    {
        Rotated,
        Removed,
        Truncated,
    }

    /// <summary>Whether this is to be told. Where the same lane sees the same again, it has happened again.</summary>
    public bool IsNew(Kind kind, FileIdentity file, object lane)
    {
        lock (_lock)
        {
            var index = _told.FindIndex(told => told.Kind == kind && told.File == file);
            if (index >= 0 && _told[index].SeenBy.Add(lane))
            {
                return false;
            }

            if (index >= 0)
            {
                _told.RemoveAt(index);
            }
            else if (_told.Count == MaxRemembered)
            {
                _told.RemoveAt(0);
            }

            _told.Add((kind, file, [lane]));
            return true;
        }
    }
}
