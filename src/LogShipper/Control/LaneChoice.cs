using LogShipper.Configuration;
using LogShipper.Shipping;

namespace LogShipper.Control;

/// <summary>Finds the lane that a request means.</summary>
internal static class LaneChoice
{
    /// <summary>The lane of the request's log and sink; where no sink is named, of the first that gets the log and takes records now, else of the first. Null, with a sentence, if there is none.</summary>
    public static Shipper? Find(Fleet fleet, ControlRequest request, out string problem)
    {
        problem = "";
        var lanes = fleet.Lanes;
        var ofLog = lanes.Where(lane => IsOf(lane, request.Log)).ToArray();
        if (ofLog.Length == 0)
        {
            problem = $"no log {PrintableText.Quote(request.Log)} is shipped now; there are {Listed(lanes.Select(lane => lane.Log.Name))}";
            return null;
        }

        var found = request.Sink.Length == 0 ? Array.Find(ofLog, lane => LaneProblem(lane) is null) ?? ofLog[0] : Array.Find(ofLog, lane => lane.Sink == request.Sink);
        if (found is null)
        {
            problem = $"{request.Log} is not shipped to {PrintableText.Quote(request.Sink)}; it goes to {Listed(ofLog.Select(lane => lane.Sink))}";
        }

        return found;
    }

    /// <summary>Why the lane delivers nothing now; null: it does.</summary>
    public static string? LaneProblem(Shipper lane) => lane.Circuit.Failure ?? (lane.IsRefused ? "its records are refused" : null);

    /// <summary>The lanes of the request's log (all of them, where none is named) and sink (likewise). Empty, with a sentence, if there are none.</summary>
    public static IReadOnlyList<Shipper> FindAll(Fleet fleet, ControlRequest request, out string problem)
    {
        problem = "";
        var lanes = fleet.Lanes;
        if (request.Sink.Length > 0 && lanes.All(lane => lane.Sink != request.Sink))
        {
            problem = $"there is no sink {PrintableText.Quote(request.Sink)}; there are {Listed(lanes.Select(lane => lane.Sink))}";
            return [];
        }

        if (request.Log.Length > 0 && Find(fleet, request, out problem) is null)
        {
            return [];
        }

        return [.. lanes.Where(lane => (request.Sink.Length == 0 || lane.Sink == request.Sink) && (request.Log.Length == 0 || IsOf(lane, request.Log)))];
    }

    /// <summary>Whether a sink stores nothing twice that has the same id.</summary>
    public static bool KnowsIds(Fleet fleet, string sink) => fleet.Plan.Sinks.Any(plan => plan.Name == sink && plan is ElasticsearchSinkPlan);

    private static bool IsOf(Shipper lane, string log) => lane.Log.Name == log || lane.Log.Name.StartsWith($"{log}/", StringComparison.Ordinal);

    private static string Listed(IEnumerable<string> names) => string.Join(", ", names.Distinct(StringComparer.Ordinal)) is { Length: > 0 } list ? PrintableText.Escape(list) : "none";
}
