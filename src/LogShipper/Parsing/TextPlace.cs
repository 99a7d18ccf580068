namespace LogShipper.Parsing;

/// <summary>Where some text stands in a line.</summary>
internal readonly record struct TextPlace(int Start, int Length)
{
    public int End => Start + Length;
}
