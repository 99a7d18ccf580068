using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LogShipper.Demo;

/// <summary>What becomes of one item in the answer.</summary>
internal readonly record struct BulkItemAnswer(string Operation, string Index, string? Id, int Status, string Type, string Reason, string? FailureStore);

/// <summary>Writes answers as Elasticsearch does.</summary>
internal static class BulkReceiverAnswer
{
    public static byte[] Items(List<BulkItemAnswer> items, int extra, int hugeBytes)
    {
        var buffer = new ArrayBufferWriter<byte>(1024 + (items.Count * 160));
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteBoolean("errors", items.Exists(item => item.Status >= 400));
            json.WriteNumber("took", 3);
            if (hugeBytes > 0)
            {
                json.WriteString("padding", new string('x', hugeBytes));
            }

            json.WriteStartArray("items");
            for (var i = 0; i < items.Count + extra; i++)
            {
                Item(json, items[Math.Min(i, items.Count - 1)]);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    public static byte[] Error(int status, string type, string reason)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("error");
            json.WriteStartArray("root_cause");
            json.WriteStartObject();
            json.WriteString("type", type);
            json.WriteString("reason", reason);
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteString("type", type);
            json.WriteString("reason", reason);
            json.WriteEndObject();
            json.WriteNumber("status", status);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Only what <c>filter_path</c> names: fields by their path, <c>*</c> for one name, lists passed through.</summary>
    public static byte[] Filter(byte[] answer, string filterPath)
    {
        if (filterPath.Length == 0)
        {
            return answer;
        }

        var paths = filterPath.Split(',').Select(path => path.Split('.')).ToList();
        using var json = JsonDocument.Parse(answer);
        var buffer = new ArrayBufferWriter<byte>(answer.Length);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            (Filter(json.RootElement, paths, 0) ?? new JsonObject()).WriteTo(writer);
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static JsonNode? Filter(JsonElement element, List<string[]> paths, int depth)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                JsonObject? fields = null;
                foreach (var field in element.EnumerateObject())
                {
                    var matching = paths.FindAll(path => path.Length > depth && (path[depth] == "*" || path[depth] == field.Name));
                    var kept = matching.Exists(path => path.Length == depth + 1) ? Whole(field.Value) : Filter(field.Value, matching, depth + 1);
                    if (kept is not null)
                    {
                        fields ??= [];
                        fields.Add(field.Name, kept);
                    }
                }

                return fields;
            case JsonValueKind.Array:
                JsonArray? elements = null;
                foreach (var item in element.EnumerateArray())
                {
                    if (Filter(item, paths, depth) is { } kept)
                    {
                        elements ??= [];
                        elements.Add(kept);
                    }
                }

                return elements;
            default:
                return null;
        }
    }

    private static JsonNode? Whole(JsonElement element) => JsonNode.Parse(element.GetRawText());

    private static void Item(Utf8JsonWriter json, in BulkItemAnswer item)
    {
        json.WriteStartObject();
        json.WriteStartObject(item.Operation);
        json.WriteString("_index", item.Index);
        json.WriteString("_id", item.Id);
        if (item.Status < 300)
        {
            json.WriteNumber("_version", 1);
            json.WriteString("result", "created");
            json.WriteStartObject("_shards");
            json.WriteNumber("total", 2);
            json.WriteNumber("successful", 1);
            json.WriteNumber("failed", 0);
            json.WriteEndObject();
            json.WriteNumber("_seq_no", 0);
            json.WriteNumber("_primary_term", 1);
        }

        json.WriteNumber("status", item.Status);
        if (item.FailureStore is not null)
        {
            json.WriteString("failure_store", item.FailureStore);
        }

        if (item.Type.Length > 0)
        {
            json.WriteStartObject("error");
            json.WriteString("type", item.Type);
            json.WriteString("reason", item.Reason);
            json.WriteString("index", item.Index);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }
}
