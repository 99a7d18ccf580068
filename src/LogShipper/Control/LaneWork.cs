using LogShipper.Configuration;
using LogShipper.Shipping;

namespace LogShipper.Control;

/// <summary>What is done on request beside the lanes: one at a time, until it is done, whoever asked is gone, or the shipper stops.</summary>
internal sealed class LaneWork(Fleet fleet, TimeProvider time)
{
    /// <summary>Between two words about how far it is.</summary>
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(5);

    private int _busy;

    /// <summary>Runs it; what ends it early is told as a fault.</summary>
    /// <param name="lanes">Whose sinks it uses: it ends when one of them is replaced.</param>
    /// <param name="work">The work.</param>
    /// <param name="progress">A sentence about how far it is.</param>
    /// <param name="reply">Who asked.</param>
    /// <param name="cancellation">Whoever asked is gone.</param>
    public async Task RunAsync(IReadOnlyList<Shipper> lanes, Func<CancellationToken, Task> work, Func<string> progress, ControlReply reply, CancellationToken cancellation)
    {
        if (Interlocked.Exchange(ref _busy, 1) == 1)
        {
            await reply.FaultAsync("a replay or a retry of dead letters is under way already; one runs at a time", cancellation);
            return;
        }

        try
        {
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation, fleet.Stopping);

            // Off this thread: reading and encoding do not wait.
            var working = Task.Run(() => work(ended.Token), CancellationToken.None);
            var problem = await WatchAsync(lanes, working, progress, reply, ended);
            cancellation.ThrowIfCancellationRequested();
            if (problem is not null)
            {
                await reply.FaultAsync(problem, cancellation);
            }
        }
        finally
        {
            Volatile.Write(ref _busy, 0);
        }
    }

    private async Task<string?> WatchAsync(IReadOnlyList<Shipper> lanes, Task working, Func<string> progress, ControlReply reply, CancellationTokenSource ended)
    {
        string? problem = null;
        while (await Task.WhenAny(working, Task.Delay(ProgressEvery, time, ended.Token)) != working && !ended.IsCancellationRequested)
        {
            if (lanes.Any(lane => !fleet.Sinks.Contains(lane.Circuit)))
            {
                problem = "the configuration has changed the sink; say it again";
                await ended.CancelAsync();
                break;
            }

            if (!await TryNoteAsync(reply, progress()))
            {
                await ended.CancelAsync();
            }
        }

        try
        {
            await working;
            return null;
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            return problem ?? "the shipper is stopping; what is not sent is not sent";
        }
        catch (ObjectDisposedException) when (lanes.Any(lane => !fleet.Sinks.Contains(lane.Circuit)))
        {
            return "the configuration has changed the sink; say it again";
        }
        catch (IOException exception)
        {
            return PrintableText.Message(exception);
        }
    }

    /// <summary>False: nobody listens any more.</summary>
    private static async Task<bool> TryNoteAsync(ControlReply reply, string text)
    {
        try
        {
            await reply.NoteAsync(text, CancellationToken.None);
            return true;
        }
        catch (Exception exception) when (exception is IOException or System.Net.Sockets.SocketException or ObjectDisposedException)
        {
            return false;
        }
    }
}
