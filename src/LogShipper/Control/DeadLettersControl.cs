using System.Text;
using LogShipper.Configuration;
using LogShipper.Shipping;

namespace LogShipper.Control;

/// <summary>Sends dead letters again. What is accepted is taken out of the file by the lane that owns it; the rest stays.</summary>
internal sealed class DeadLettersControl(Fleet fleet, LaneWork work)
{
    public const string RetryName = "deadletters-retry";

    /// <summary>Accepted ones are taken out so many at a time: the file is written anew each time.</summary>
    private const int RemovedTogether = 256;

    /// <summary>Told one by one; the rest is summed up.</summary>
    private const int MostTold = 20;

    public async Task RetryAsync(ControlRequest request, ControlReply reply, CancellationToken cancellation)
    {
        if (LaneChoice.FindAll(fleet, request, out var problem) is not { Count: > 0 } lanes)
        {
            await reply.FaultAsync(problem, cancellation);
            return;
        }

        var count = new RetryCount();
        await work.RunAsync(
            lanes,
            async ended =>
            {
                foreach (var lane in lanes)
                {
                    await RetryAsync(lane, [.. request.Ids], count, reply, ended);
                }
            },
            () => $"{Words.Count(count.Tried, "dead letter")} sent again so far",
            reply,
            cancellation);
        await reply.DataAsync(Encoding.UTF8.GetBytes($"{Words.Count(count.Tried, "dead letter")} sent again: {Words.Number(count.Removed)} taken and removed"), cancellation);
        var unknown = request.Ids.Except(count.Ids, StringComparer.Ordinal).ToArray();
        if (unknown.Length > 0)
        {
            await reply.FaultAsync($"no dead letter here has the id {string.Join(", ", unknown.Take(MostTold).Select(PrintableText.Quote))}; logshipper deadletters list shows them", cancellation);
        }

        if (count.Stayed > 0)
        {
            await reply.FaultAsync($"{Words.Count(count.Stayed, "dead letter")} stay{(count.Stayed == 1 ? "s" : "")}", cancellation);
        }
    }

    private async Task RetryAsync(Shipper lane, HashSet<string> ids, RetryCount count, ControlReply reply, CancellationToken ended)
    {
        var file = Array.Empty<byte>();
        await fleet.WithDeadLettersAsync(lane.Log.Name, lane.Sink, letters => file = letters.ReadAll());
        var retry = new DeadLetterRetry(lane);
        var taken = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            foreach (var letter in DeadLetter.ReadAll(file).Where(letter => ids.Count == 0 || ids.Contains(letter.Id)))
            {
                var (outcome, reason) = await retry.SendAsync(letter, ended);
                count.Add(letter.Id, outcome);
                if (outcome == RetryOutcome.Taken)
                {
                    taken.Add(letter.Id);
                }
                else if (count.Stayed <= MostTold)
                {
                    await reply.NoteAsync($"{lane.Log.Name} to {lane.Sink}: {letter.Id} stays: {reason}", ended);
                }

                if (outcome == RetryOutcome.SinkTakesNothing)
                {
                    throw new IOException($"{lane.Sink} takes nothing now ({reason}); nothing more is tried");
                }

                if (taken.Count == RemovedTogether)
                {
                    await RemoveAsync(lane, taken, count);
                }
            }
        }
        finally
        {
            // Whatever ended it: what the sink has is not to be sent once more.
            await RemoveAsync(lane, taken, count);
        }
    }

    private async Task RemoveAsync(Shipper lane, HashSet<string> taken, RetryCount count)
    {
        if (taken.Count > 0)
        {
            await fleet.WithDeadLettersAsync(lane.Log.Name, lane.Sink, letters => count.Removed += letters.Remove(taken));
            taken.Clear();
        }
    }

    /// <summary>How the letters of all lanes fared.</summary>
    private sealed class RetryCount
    {
        private long _tried;

        public long Tried => Interlocked.Read(ref _tried);

        public long Removed { get; set; }

        public long Stayed { get; private set; }

        public HashSet<string> Ids { get; } = new(StringComparer.Ordinal);

        public void Add(string id, RetryOutcome outcome)
        {
            Interlocked.Increment(ref _tried);
            Stayed += outcome == RetryOutcome.Taken ? 0 : 1;
            Ids.Add(id);
        }
    }
}
