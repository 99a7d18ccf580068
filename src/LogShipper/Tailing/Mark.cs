namespace LogShipper.Tailing;

/// <summary>A place in a file, with what is needed to go on from there and to prove that the file is still the same.</summary>
/// <param name="Offset">Bytes before the place.</param>
/// <param name="Anchor">Of the bytes just before it.</param>
/// <param name="InSkippedLine">The place lies inside a line whose beginning was shipped cut: what follows up to the next newline is skipped.</param>
/// <param name="TimeTicks">Time of the last record before it, UTC ticks; 0: none had one.</param>
internal readonly record struct Mark(long Offset, Anchor Anchor, bool InSkippedLine, long TimeTicks)
{
    public static readonly Mark Beginning;
}
