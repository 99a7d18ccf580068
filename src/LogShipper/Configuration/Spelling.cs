namespace LogShipper.Configuration;

/// <summary>Finds what somebody probably meant to write.</summary>
internal static class Spelling
{
    /// <summary>The candidate that begins like it, or else the one with the fewest edits to it, if these are few enough to be a slip; else null.</summary>
    public static string? Nearest(string written, IEnumerable<string> candidates)
    {
        // A key of absurd length is no slip, and the comparison costs the product of both lengths.
        if (written.Length > 64)
        {
            return null;
        }

        string? nearest = null;
        var fewest = int.MaxValue;
        foreach (var candidate in candidates)
        {
            var isBeginning = written.Length >= 3 && candidate.StartsWith(written, StringComparison.OrdinalIgnoreCase);
            var edits = isBeginning ? 1 : Edits(written.ToUpperInvariant(), candidate.ToUpperInvariant());
            if (edits < fewest && edits <= Math.Max(1, Math.Max(written.Length, candidate.Length) / 3))
            {
                nearest = candidate;
                fewest = edits;
            }
        }

        return nearest;
    }

    /// <summary>Insertions, deletions, replacements and swaps of neighbours between two texts.</summary>
    internal static int Edits(string from, string to)
    {
        var distances = new int[from.Length + 1, to.Length + 1];
        for (var row = 0; row <= from.Length; row++)
        {
            distances[row, 0] = row;
        }

        for (var column = 0; column <= to.Length; column++)
        {
            distances[0, column] = column;
        }

        for (var row = 1; row <= from.Length; row++)
        {
            for (var column = 1; column <= to.Length; column++)
            {
                var replaced = distances[row - 1, column - 1] + (from[row - 1] == to[column - 1] ? 0 : 1);
                var edits = Math.Min(replaced, Math.Min(distances[row - 1, column], distances[row, column - 1]) + 1);
                if (row > 1 && column > 1 && from[row - 1] == to[column - 2] && from[row - 2] == to[column - 1])
                {
                    edits = Math.Min(edits, distances[row - 2, column - 2] + 1);
                }

                distances[row, column] = edits;
            }
        }

        return distances[from.Length, to.Length];
    }
}
