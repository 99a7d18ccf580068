using LogShipper.Configuration;
using LogShipper.Shipping;

namespace LogShipper.Control;

/// <summary>Moves a lane's position, once it is clear that whoever asks knows what that costs.</summary>
internal sealed class ResetControl(Fleet fleet)
{
    public const string Name = "reset";

    public const string Beginning = "beginning";

    public const string End = "end";

    public async Task RunAsync(ControlRequest request, ControlReply reply, CancellationToken cancellation)
    {
        if (LaneChoice.Find(fleet, request, out var problem) is not { } lane || lane.Log.Name != request.Log)
        {
            await reply.FaultAsync(problem.Length > 0 ? problem : $"{PrintableText.Quote(request.Log)} stands for several logs; name one of them, as status does", cancellation);
            return;
        }

        var toEnd = request.To == End;
        var isConfirmed = request.Confirmed || (!toEnd && LaneChoice.KnowsIds(fleet, lane.Sink));

        // From here on it is carried through, whether anybody still listens or not.
        if (await fleet.ResetAsync(lane.Log.Name, lane.Sink, toEnd, isConfirmed) is not { } reset)
        {
            await reply.FaultAsync("the shipper is stopping, or the lane cannot be started again now; see its messages", cancellation);
            return;
        }

        if (reset.IsRefused)
        {
            var cost = toEnd ? $"{reset.Bytes} bytes that {lane.Sink} has not taken would never be sent to it" : $"{reset.Bytes} bytes of lines would be repeated on {lane.Sink}";
            await reply.FaultAsync($"{cost}; nothing was done. Say --yes if that is what you want", cancellation);
            return;
        }

        if (reset.Files == 0)
        {
            await reply.NoteAsync($"{lane.Log.Name} to {lane.Sink} stands at the {request.To} already: nothing was moved", cancellation);
            return;
        }

        var done = toEnd ? $"{reset.Bytes} bytes are skipped, counted as lost (skipped)" : $"{reset.Bytes} bytes are sent again";
        await reply.NoteAsync($"{lane.Log.Name} to {lane.Sink} stands at the {(toEnd ? End : Beginning)} of {Words.Count(reset.Files, "file")} now: {done}", cancellation);
        if (!reset.IsSaved)
        {
            await reply.FaultAsync("the position could not be written to the state directory yet; that is tried again", cancellation);
        }
    }
}
