namespace LogShipper.Parsing;

/// <summary>Finds the ends of a format's values by their shapes and by what stands between them.</summary>
internal static class ValueEnds
{
    /// <summary>Length of the value of variable <paramref name="index"/> at <paramref name="start"/>, which its separator
    /// follows before <paramref name="end"/>; -1: it does not. <paramref name="right"/> is the last variable of what ends there.</summary>
    public static int MeasureForward(FormatVariable[] variables, int index, int right, ReadOnlySpan<byte> content, int start, int end)
    {
        var variable = variables[index];
        var separator = variable.Separator;
        if (variable.Shape != ValueShape.Free)
        {
            var length = ValueShapes.MeasureForward(variable.Shape, content[start..end]);
            return length >= 0 && start + length + separator.Length <= end && separator.StandsAt(content, start + length) ? length : -1;
        }

        // A free value ends at the first separator that is followed by what must come next.
        var next = variables[index + 1];
        var from = start;
        while (true)
        {
            var found = separator.Find(content, from, end);
            if (found < 0)
            {
                return MeasureBeforeNothing(variables, index, right, content[start..end]);
            }

            if (!next.IsClosed)
            {
                return found - start;
            }

            var after = content[(found + separator.Length)..end];
            var length = ValueShapes.MeasureForward(next.Shape, after);
            if (length >= 0 && (index + 1 == right ? length == after.Length : after[length..].StartsWith(next.Separator.Bytes)))
            {
                return found - start;
            }

            from = found + 1;
        }
    }

    /// <summary>Some write no <c>-</c> for a missing value, and one space where two would meet: <c>1.2.3.4 - [08/Jun/…</c>.</summary>
    private static int MeasureBeforeNothing(FormatVariable[] variables, int index, int right, ReadOnlySpan<byte> text)
    {
        var separator = variables[index].Separator.Bytes;
        return index + 1 == right && separator is [_, .., (byte)' '] && text.EndsWith(separator.AsSpan(0, separator.Length - 1))
            ? text.Length - separator.Length + 1
            : -1;
    }
}
