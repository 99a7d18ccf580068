namespace LogShipper.Sinks.Stdout;

/// <summary>How a record looks on stdout.</summary>
internal enum StdoutLayout : byte
{
    /// <summary>The very bytes of the line.</summary>
    Raw,

    /// <summary>One ECS document a line.</summary>
    Json,
}

/// <summary>Options of a sink of type <c>stdout</c>.</summary>
internal sealed record StdoutOptions
{
    /// <summary><c>raw</c> (the very bytes of the line) or <c>json</c> (one ECS document a line). Default: <c>raw</c>.</summary>
    public StdoutLayout Layout { get; init; } = StdoutLayout.Raw;
}
