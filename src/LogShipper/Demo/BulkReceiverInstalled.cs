using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;

namespace LogShipper.Demo;

/// <summary>The index templates and ingest pipelines that a receiver was given, by path.</summary>
internal sealed class BulkReceiverInstalled
{
    private readonly ConcurrentDictionary<string, byte[]> _bodies = new(StringComparer.Ordinal);
    private readonly IReadOnlyList<string> _unknownProcessors;

    public BulkReceiverInstalled(IReadOnlyList<string> unknownProcessors) => _unknownProcessors = unknownProcessors;

    public IReadOnlyDictionary<string, byte[]> Bodies => _bodies;

    public bool HasPipeline(string name) => _bodies.ContainsKey($"_ingest/pipeline/{name}");

    /// <summary>Keeps it, and says what to answer.</summary>
    public byte[] Put(string[] path, byte[] body)
    {
        try
        {
            JsonDocument.Parse(body, new JsonDocumentOptions { AllowDuplicateProperties = false }).Dispose();
        }
        catch (JsonException error)
        {
            throw new BulkRequestRefused(400, "parse_exception", error.Message);
        }

        var text = Encoding.UTF8.GetString(body);
        foreach (var processor in _unknownProcessors)
        {
            if (text.Contains($"\"{processor}\":", StringComparison.Ordinal))
            {
                throw new BulkRequestRefused(400, "parse_exception", $"No processor type exists with name [{processor}]");
            }
        }

        _bodies[KeyOf(path)] = body;
        return "{\"acknowledged\":true}"u8.ToArray();
    }

    public byte[] Get(string[] path)
    {
        if (!_bodies.TryGetValue(KeyOf(path), out var body))
        {
            throw new BulkRequestRefused(404, "resource_not_found_exception", $"[{path[^1]}] not found");
        }

        var text = Encoding.UTF8.GetString(body);
        return Encoding.UTF8.GetBytes(path[0] == "_index_template"
            ? $"{{\"index_templates\":[{{\"name\":\"{path[^1]}\",\"index_template\":{text}}}]}}"
            : $"{{\"{path[^1]}\":{text}}}");
    }

    private static string KeyOf(string[] path) => Uri.UnescapeDataString(string.Join('/', path));
}
