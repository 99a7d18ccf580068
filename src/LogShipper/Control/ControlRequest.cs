using System.Text.Json;
using System.Text.Json.Serialization;

namespace LogShipper.Control;

/// <summary>What a command asks of the running shipper: one line of JSON.</summary>
internal sealed record ControlRequest
{
    /// <summary>The longest request that is read.</summary>
    public const int MaxBytes = 64 * 1024;

    public required string Command { get; init; }

    public string Log { get; init; } = "";

    /// <summary>Empty: the command chooses, if it may.</summary>
    public string Sink { get; init; } = "";

    /// <summary>A <see cref="Stages.Condition"/>; empty: every record.</summary>
    public string Where { get; init; } = "";

    public string Format { get; init; } = "";

    /// <summary>Records at most; 0: no limit.</summary>
    public long Limit { get; init; }

    /// <summary>Ids of documents; empty: all.</summary>
    public IReadOnlyList<string> Ids { get; init; } = [];

    public string From { get; init; } = "";

    public string To { get; init; } = "";

    /// <summary>Whoever asks knows what it costs (<c>--yes</c>).</summary>
    public bool Confirmed { get; init; }

    public byte[] ToLine() => [.. JsonSerializer.SerializeToUtf8Bytes(this, ControlJson.Default.ControlRequest), (byte)'\n'];

    /// <summary>Null: it is none.</summary>
    public static ControlRequest? Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            // What is absent is null, whatever its initial value says: these are set by the generated code in any case.
            return JsonSerializer.Deserialize(line, ControlJson.Default.ControlRequest) is { } request
                ? request with
                {
                    Log = request.Log ?? "",
                    Sink = request.Sink ?? "",
                    Where = request.Where ?? "",
                    Format = request.Format ?? "",
                    From = request.From ?? "",
                    To = request.To ?? "",
                    Ids = [.. (request.Ids ?? []).OfType<string>()],
                }
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ControlRequest))]
internal sealed partial class ControlJson : JsonSerializerContext;
