using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LogShipper.Shipping;

/// <summary>A checkpoint as it stands in its file: one line of JSON, and a line with its hash that shows when a byte has changed.</summary>
internal sealed record CheckpointDocument
{
    public const int CurrentVersion = 1;

    public required int Version { get; init; }

    /// <summary>Full path of the log; a checkpoint of another path knows nothing of this one.</summary>
    public required string Path { get; init; }

    /// <summary>One for each content that is in the directory, open or in flight, oldest first.</summary>
    public required IReadOnlyList<CheckpointEntry> Entries { get; init; }

    /// <summary>How contents began that are gone, oldest first: their generations are not given out again.</summary>
    public required IReadOnlyList<ForgottenContent> Forgotten { get; init; }

    public byte[] ToBytes()
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(this, CheckpointJson.Default.CheckpointDocument);
        var bytes = new byte[json.Length + 18];
        json.CopyTo(bytes, 0);
        bytes[json.Length] = (byte)'\n';
        Encoding.ASCII.GetBytes(XxHash3.HashToUInt64(json).ToString("x16"), bytes.AsSpan(json.Length + 1));
        bytes[^1] = (byte)'\n';
        return bytes;
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote; null, with the reason, if it is anything else.</summary>
    public static CheckpointDocument? Parse(ReadOnlySpan<byte> bytes, out string problem)
    {
        problem = "it is not what was written there";
        if (bytes.Length < 18 || bytes[^1] != (byte)'\n' || bytes[^18] != (byte)'\n')
        {
            return null;
        }

        var json = bytes[..^18];
        Span<byte> hash = stackalloc byte[16];
        Encoding.ASCII.GetBytes(XxHash3.HashToUInt64(json).ToString("x16"), hash);
        if (!hash.SequenceEqual(bytes[^17..^1]))
        {
            return null;
        }

        try
        {
            var document = JsonSerializer.Deserialize(json, CheckpointJson.Default.CheckpointDocument);
            if (document is not { Version: CurrentVersion })
            {
                problem = $"its version is {document?.Version}, this program writes version {CurrentVersion}";
                return null;
            }

            return document.IsWhole ? document : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The hash proves that it is what was written, not who wrote it: nothing that we never write may stop the start.</summary>
    private bool IsWhole =>
        Path is not null && Entries is not null && Forgotten is not null && Forgotten.All(content => content is { FingerprintLength: >= 0, Generation: >= 0 })
        && Entries.All(entry => entry is { Name: not null, FingerprintLength: >= 0, Generation: >= 0, Base: >= 0, Offset: >= 0, AnchorLength: >= 0, Length: >= 0, SeenOffset: >= 0, SeenAnchorLength: >= 0 });
}

/// <summary>What is known of one content and how far it is settled.</summary>
/// <param name="Device">Of the file that carries it.</param>
/// <param name="Inode">Of the file that carries it.</param>
/// <param name="Birth">Nanoseconds since 1970, 0 unknown.</param>
/// <param name="Name">Last name of the file.</param>
/// <param name="Fingerprint">Hash of how it begins.</param>
/// <param name="FingerprintLength">How many bytes of it that is.</param>
/// <param name="Generation">The how-manieth content of the log that begins so, from 0.</param>
/// <param name="Base">Bytes at its front that were given back to the file system; 0 in this version.</param>
/// <param name="Offset">Bytes that are settled.</param>
/// <param name="Anchor">Hash of the bytes before the offset.</param>
/// <param name="AnchorLength">How many bytes that is.</param>
/// <param name="Skipping">The offset lies inside a line whose beginning was shipped cut.</param>
/// <param name="Time">Of the last record before the offset, UTC ticks; 0: none had one.</param>
/// <param name="Length">As the last look saw it: what is lost if it is gone.</param>
/// <param name="Finished">Its torn last line was shipped.</param>
/// <param name="SeenOffset">Up to here it was seen, settled or not.</param>
/// <param name="SeenAnchor">Hash of the bytes before that: with the fingerprint it proves the content where little of it is settled.</param>
/// <param name="SeenAnchorLength">How many bytes that is.</param>
internal sealed record CheckpointEntry(
    ulong Device, ulong Inode, long Birth, string Name, ulong Fingerprint, int FingerprintLength, int Generation, long Base, long Offset,
    ulong Anchor, int AnchorLength, bool Skipping, long Time, long Length, bool Finished,
    long SeenOffset = 0, ulong SeenAnchor = 0, int SeenAnchorLength = 0);

/// <summary>How a content began that is gone, and the highest generation given out for it.</summary>
internal sealed record ForgottenContent(ulong Fingerprint, int FingerprintLength, int Generation);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(CheckpointDocument))]
internal sealed partial class CheckpointJson : JsonSerializerContext;
