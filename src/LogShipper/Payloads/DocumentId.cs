using System.Buffers.Binary;
using System.Buffers.Text;
using System.IO.Hashing;
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

    public static void Write(FileId file, in RawRecord record, Span<byte> destination)
    {
        Span<byte> id = stackalloc byte[22];
        BinaryPrimitives.WriteUInt64BigEndian(id, file.Value);
        // Each eight-byte write leaves its six low bytes in place; the two high ones are overwritten by what stands before.
        Span<byte> eight = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(eight, record.Offset);
        eight[2..].CopyTo(id[8..]);
        BinaryPrimitives.WriteUInt64BigEndian(eight, XxHash3.HashToUInt64(record.Content));
        eight[2..].CopyTo(id[14..]);
        Base64Url.EncodeToUtf8(id[..20], destination, out _, out _);
    }
}
