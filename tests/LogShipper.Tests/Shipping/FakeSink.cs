using System.Text;
using LogShipper.Payloads;
using LogShipper.Shipping;
using LogShipper.Sinks.Stdout;

namespace LogShipper.Tests.Shipping;

/// <summary>A sink that keeps the lines that it was sent, and does what it is told.</summary>
internal sealed class FakeSink : ISink
{
    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];

    /// <summary>What becomes of an attempt; null: it is taken.</summary>
    public Func<CancellationToken, Task<Delivery>>? Answer { get; set; }

    /// <summary>What becomes of a request with these lines; null: it is taken.</summary>
    public Func<string[], Delivery?>? Judge { get; set; }

    public bool IsDisposed { get; private set; }

    /// <summary>Attempts that have begun.</summary>
    public int Attempts { get; private set; }

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lock)
            {
                return [.. _lines];
            }
        }
    }

    public int MaxInFlight { get; init; } = 1;

    public int MaxBatchBytes => 0;

    public TimeSpan? AttemptTimeout => null;

    public TimeSpan CheckpointInterval => TimeSpan.Zero;

    /// <summary>Never answers by itself.</summary>
    public static async Task<Delivery> HangAsync(CancellationToken cancellation)
    {
        await new TaskCompletionSource().Task.WaitAsync(cancellation);
        return Delivery.Complete;
    }

    /// <summary>What it writes for a record; null: the line as it stands in the log.</summary>
    public Func<SinkLog, IRecordWriter>? Writer { get; init; }

    public IRecordWriter CreateWriter(SinkLog log) => Writer?.Invoke(log) ?? new StdoutRecordWriter(null);

    public async ValueTask<Delivery> SendAsync(Payload payload, CancellationToken cancellation)
    {
        lock (_lock)
        {
            Attempts++;
        }

        var lines = Encoding.UTF8.GetString(payload.Body.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var delivery = Judge?.Invoke(lines) ?? (Answer is { } answer ? await answer(cancellation) : Delivery.Complete);
        if (delivery == Delivery.Complete)
        {
            lock (_lock)
            {
                _lines.AddRange(lines);
            }
        }

        return delivery;
    }

    public ValueTask<string?> ContactAsync(CancellationToken cancellation) => ValueTask.FromResult<string?>(null);

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }
}
