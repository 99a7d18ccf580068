namespace LogShipper.Demo;

/// <summary>What writes the demo's logs: the generator, or a real nginx under load.</summary>
internal interface IDemoWriter : IAsyncDisposable
{
    /// <summary>Times that the logs were rotated.</summary>
    int Rotations { get; }

    /// <summary>Writes and rotates until it is told to stop; then the files are closed.</summary>
    Task WriteAsync(CancellationToken stop);
}
