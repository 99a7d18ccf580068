using LogShipper.Configuration;
using LogShipper.Shipping;

namespace LogShipper.Control;

/// <summary>Finds the lane that a request means.</summary>
internal static class LaneChoice
{
    /// <summary>The lane of the request's log and sink; where no sink is named, of the first that gets the log. Null, with a sentence, if there is none.</summary>
    public static Shipper? Find(Fleet fleet, ControlRequest request, out string problem)
    {
        problem = "";
        var lanes = fleet.Lanes;
        var ofLog = lanes.Where(lane => lane.Log.Name == request.Log || lane.Log.Name.StartsWith($"{request.Log}/", StringComparison.Ordinal)).ToArray();
        if (ofLog.Length == 0)
        {
            problem = $"no log {PrintableText.Quote(request.Log)} is shipped now; there are {Listed(lanes.Select(lane => lane.Log.Name))}";
            return null;
        }

        var found = request.Sink.Length == 0 ? ofLog[0] : Array.Find(ofLog, lane => lane.Sink == request.Sink);
        if (found is null)
        {
            problem = $"{request.Log} is not shipped to {PrintableText.Quote(request.Sink)}; it goes to {Listed(ofLog.Select(lane => lane.Sink))}";
        }

        return found;
    }

    private static string Listed(IEnumerable<string> names) => string.Join(", ", names.Distinct(StringComparer.Ordinal)) is { Length: > 0 } list ? PrintableText.Escape(list) : "none";
}
