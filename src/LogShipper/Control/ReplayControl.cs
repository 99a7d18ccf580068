using System.Globalization;
using System.Text;
using LogShipper.Configuration;
using LogShipper.Shipping;
using LogShipper.Tailing;

namespace LogShipper.Control;

/// <summary>Sends a range of what was shipped to one sink again.</summary>
internal sealed class ReplayControl(Fleet fleet, TimeProvider time, LaneWork work)
{
    public const string Name = "replay";

    /// <summary>How the times of a request are written.</summary>
    public const string TimeFormat = "O";

    public async Task RunAsync(ControlRequest request, ControlReply reply, CancellationToken cancellation)
    {
        if (!TryReadTime(request.From, out var from) || !TryReadTime(request.To, out var to))
        {
            await reply.FaultAsync("the range cannot be understood: is the running shipper of another version?", cancellation);
            return;
        }

        if (LaneChoice.FindAll(fleet, request, out var problem) is not { Count: > 0 } lanes)
        {
            await reply.FaultAsync(problem, cancellation);
            return;
        }

        // What knows the ids stores nothing twice; everybody else would see the lines again.
        if (!request.Confirmed && !LaneChoice.KnowsIds(fleet, request.Sink))
        {
            await reply.FaultAsync($"{request.Sink} knows no ids: each line would be repeated; nothing was done. Say --yes if that is what you want", cancellation);
            return;
        }

        var range = new ReplayRange(from, to);
        var limits = new BatchLimits(fleet.Plan.BatchBytes, fleet.Plan.MaxLineBytes);
        Replay[] replays = [.. lanes.Select(lane => new Replay(lane, limits, range, time))];
        await work.RunAsync(
            lanes,
            async ended =>
            {
                for (var index = 0; index < replays.Length; index++)
                {
                    var name = lanes[index].Log.Name;
                    await replays[index].RunAsync(note => reply.NoteAsync($"{name}: {note}", ended), ended);
                }
            },
            () => Progress(replays, lanes[0].Circuit),
            reply,
            cancellation);
        for (var index = 0; index < replays.Length; index++)
        {
            await reply.DataAsync(Encoding.UTF8.GetBytes(Sentence(lanes[index], replays[index].Result)), cancellation);
        }

        if (replays.Sum(replay => replay.Result.Refused) is > 0 and var refused)
        {
            await reply.FaultAsync($"{Words.Count(refused, "record")} refused: mend the cause and say it again, what is there already is not stored twice", cancellation);
        }
    }

    private static bool TryReadTime(string text, out DateTimeOffset time) =>
        DateTimeOffset.TryParseExact(text, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out time);

    private static string Progress(Replay[] replays, SinkCircuit circuit)
    {
        var failing = circuit.Failure is { } reason ? $"; {circuit.Name} takes nothing now ({reason}), it is tried again until it does" : "";
        return $"{Words.Count(replays.Sum(replay => replay.Result.Delivered), "record")} sent again so far{failing}";
    }

    private static string Sentence(Shipper lane, ReplayResult result)
    {
        var text = new StringBuilder($"{lane.Log.Name} to {lane.Sink}: {Words.Count(result.Sent, "record")} of {Words.Count(result.Files, "file")} sent again, {Words.Number(result.Delivered)} delivered");
        if (result.AlreadyThere > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $" ({Words.Number(result.AlreadyThere)} of them were there already)");
        }

        text.Append(CultureInfo.InvariantCulture, $", {Words.Number(result.Refused)} refused");
        if (result.Reasons.Count > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $" ({string.Join(", ", result.Reasons.Select(reason => $"{reason.Key} {Words.Number(reason.Value)}"))})");
        }

        return text.ToString();
    }
}
