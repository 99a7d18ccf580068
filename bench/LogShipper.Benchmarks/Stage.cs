using LogShipper.Tailing;

namespace LogShipper.Benchmarks;

/// <summary>One part of the way of a line, and what the machine needs at the least for the same bytes.</summary>
internal abstract class Stage(string name, string limitName)
{
    public string Name { get; } = name;

    public string LimitName { get; } = limitName;

    /// <summary>Bytes that it made, for those that make some.</summary>
    public long BytesOut { get; protected set; }

    /// <summary>Bytes that the limit made.</summary>
    public long LimitBytesOut { get; protected set; }

    public abstract void Run(Batch batch);

    public abstract void RunLimit(Batch batch);
}
