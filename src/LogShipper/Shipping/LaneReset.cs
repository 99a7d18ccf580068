using LogShipper.Tailing;

namespace LogShipper.Shipping;

/// <summary>What a reset did.</summary>
/// <param name="Files">Files whose position was moved.</param>
/// <param name="Bytes">Bytes that are sent again, or skipped.</param>
/// <param name="IsRefused">Nothing was moved: it would have touched bytes, and that was not confirmed.</param>
/// <param name="IsSaved">The new position is on disk; else it is as soon as that can be written.</param>
internal readonly record struct LaneReset(int Files, long Bytes, bool IsRefused, bool IsSaved);

/// <summary>A position written by hand: in every file of a log, to its beginning or behind its last whole line.</summary>
internal sealed class HandWrittenPosition(LogReader reader, Checkpoint checkpoint, LaneEvents events, bool toEnd)
{
    private readonly List<(TrackedFile File, Mark From, Mark To)> _moves = [];

    public int Files => _moves.Count;

    /// <summary>Bytes that are sent again, or skipped.</summary>
    public long Bytes { get; private set; }

    /// <summary>Finds what would be moved in the files that the last look saw.</summary>
    public void Find(int maxLineBytes)
    {
        foreach (var file in reader.Files)
        {
            if (file is not { IsIdentified: true, CopyOf: null } || (toEnd && file.IsMissing))
            {
                continue;
            }

            var settled = checkpoint.Settled(file.Id);
            var place = toEnd ? EndOf(file, settled, maxLineBytes) : Mark.Beginning;
            if (place.Offset != settled.Offset)
            {
                _moves.Add((file, settled, place));
                Bytes += Math.Abs(place.Offset - settled.Offset);
            }
        }
    }

    public void Write()
    {
        foreach (var (file, from, to) in _moves)
        {
            checkpoint.Move(file.Id, to);
            if (toEnd)
            {
                events.Lost(file, LossReason.Skipped, from.Offset, to.Offset - from.Offset);
            }
            else
            {
                file.ReadAnew();
            }
        }
    }

    private Mark EndOf(TrackedFile file, Mark settled, int maxLineBytes)
    {
        try
        {
            return LineEnd.Last(file, settled, maxLineBytes);
        }
        catch (IOException exception)
        {
            events.Problem(exception.Message);
            return settled;
        }
    }
}
