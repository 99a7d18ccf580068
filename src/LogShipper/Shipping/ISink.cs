using LogShipper.Payloads;

namespace LogShipper.Shipping;

/// <summary>What a sink is told of a log whose records it will get.</summary>
/// <param name="Name">Name of the log in the configuration.</param>
/// <param name="Dataset"><c>nginx.access</c>, <c>nginx.error</c>: <c>event.dataset</c> and the middle of a data stream's name.</param>
/// <param name="KeepOriginal">Whether documents carry <c>event.original</c>.</param>
internal sealed record SinkLog(string Name, string Dataset, bool KeepOriginal);

/// <summary>
/// One attempt to deliver one payload: never retries, never sleeps, keeps nothing between attempts. Used by all lanes
/// of the sink at once, up to <see cref="MaxInFlight"/> payloads from each.
/// </summary>
internal interface ISink : IAsyncDisposable
{
    /// <summary>Payloads of one log that may be under way at once; 1 keeps a log's order.</summary>
    int MaxInFlight { get; }

    /// <summary>The most bytes of a log that one payload should carry; 0: as the configuration says.</summary>
    int MaxBatchBytes { get; }

    /// <summary>How long an attempt may take; null: as long as it takes (a blocked stdout is lag, not failure).</summary>
    TimeSpan? AttemptTimeout { get; }

    /// <summary>The least time between two saves of a checkpoint: zero where a repeated record would be seen.</summary>
    TimeSpan CheckpointInterval { get; }

    /// <summary>What this sink writes for each record of <paramref name="log"/>.</summary>
    IRecordWriter CreateWriter(SinkLog log);

    /// <summary>Sends it once. Throws only for programming errors and, when <paramref name="cancellation"/> is
    /// cancelled with nothing known to have been delivered, <see cref="OperationCanceledException"/>.</summary>
    ValueTask<Delivery> SendAsync(Payload payload, CancellationToken cancellation);

    /// <summary>Looks whether the sink can be reached (for <c>logshipper check</c>); null: yes, else what is wrong, without secrets.</summary>
    ValueTask<string?> ContactAsync(CancellationToken cancellation);
}
