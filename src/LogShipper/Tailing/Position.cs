namespace LogShipper.Tailing;

/// <summary>Where a line begins: which content, and how many bytes into it. The seed of every document id.</summary>
internal readonly record struct Position(FileId File, long Offset)
{
    public override string ToString() => $"{File}@{Offset}";
}
