using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using LogShipper.Tailing;

namespace LogShipper.Payloads;

/// <summary>
/// The id of a record: 8 bytes of its content's <see cref="FileId"/>, 6 of its offset, 6 of the hash of all its bytes
/// (without the final newline), base64url. Place and content stand in the id itself, so a sink that says "I have that
/// id" says that this very record is there.
/// </summary>
internal static class DocumentId
{
    /// <summary>Length in characters.</summary>
    public const int Length = 27;

    /// <summary>What an id is best written into: more than it is long.</summary>
    public const int Room = 32;

    public static void Write(FileId file, in RawRecord record, Span<byte> destination) => Write(file, record.Offset, record.Content, destination);

    public static void Write(FileId file, long offset, ReadOnlySpan<byte> content, Span<byte> destination)
    {
        Span<byte> characters = stackalloc byte[Room];
        WriteIntoRoom(file, offset, content, characters);
        characters[..Length].CopyTo(destination);
    }

    /// <summary>The same without a copy: <paramref name="destination"/> has <see cref="Room"/>, of which <see cref="Length"/> are the id.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteIntoRoom(FileId file, long offset, ReadOnlySpan<byte> content, Span<byte> destination)
    {
        // Three bytes make four characters: the 20 bytes in groups of three, the last of which has a byte that is not there.
        var id = file.Value;
        var place = (ulong)offset;
        var hash = XxHash3.HashToUInt64(content);
        var first = Encode(Vector128.Create((uint)(id >> 40), (uint)(id >> 16), ((uint)id << 8) | (byte)(place >> 40), (uint)(place >> 16)));
        var second = Encode(Vector128.Create(((uint)place << 8) | (byte)(hash >> 40), (uint)(hash >> 16), (uint)hash << 8, 0));
        first.CopyTo(destination);
        second.CopyTo(destination[Vector128<byte>.Count..]);
    }

    /// <summary>base64url of the low three bytes of each number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Encode(Vector128<uint> groups)
    {
        var bits = (((groups >> 18) & Vector128.Create(0x3fu)) | ((groups >> 4) & Vector128.Create(0x3f00u)) |
            ((groups << 10) & Vector128.Create(0x3f0000u)) | ((groups << 24) & Vector128.Create(0x3f000000u))).AsSByte();
        // The alphabet's pieces begin at A, a, 0, - and _: each adds its distance to the piece before.
        return (bits + Vector128.Create((sbyte)'A') +
            (Vector128.GreaterThan(bits, Vector128.Create((sbyte)25)) & Vector128.Create((sbyte)('a' - 'A' - 26))) +
            (Vector128.GreaterThan(bits, Vector128.Create((sbyte)51)) & Vector128.Create((sbyte)('0' - 'a' - 26))) +
            (Vector128.GreaterThan(bits, Vector128.Create((sbyte)61)) & Vector128.Create((sbyte)('-' - '0' - 10))) +
            (Vector128.GreaterThan(bits, Vector128.Create((sbyte)62)) & Vector128.Create((sbyte)('_' - '-' - 1)))).AsByte();
    }
}
