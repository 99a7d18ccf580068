namespace LogShipper.Tailing;

/// <summary>The seam to the kernel's word on changes in directories: a hint that comes at once, and may be missed.</summary>
internal interface IFileEvents : IDisposable
{
    /// <summary>Watches a directory, under the number that it has already if it is watched. The error number if it cannot.</summary>
    /// <param name="directory">Its path, symbolic links followed.</param>
    /// <param name="namesOnly">Only what comes into it or leaves it is wanted, if nobody wants more.</param>
    /// <param name="watch">The number.</param>
    int TryWatch(string directory, bool namesOnly, out int watch);

    /// <summary>Watches it no more; <see cref="FileChanges.WatchEnded"/> is the last that is read of it.</summary>
    void Unwatch(int watch);

    /// <summary>Waits for events, and reads what there is; 0: there will be none any more.</summary>
    int Read(Span<byte> events);
}

/// <summary>Asks the kernel for a descriptor; the error number if there is none.</summary>
internal delegate int FileEventsOpening(out IFileEvents? events);
