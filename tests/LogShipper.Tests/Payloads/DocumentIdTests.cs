using System.Buffers.Binary;
using System.Buffers.Text;
using System.IO.Hashing;
using System.Text;
using LogShipper.Payloads;
using LogShipper.Tailing;

namespace LogShipper.Tests.Payloads;

public class DocumentIdTests
{
    /// <summary>Ids are stored: what they are made of and how they are written never changes.</summary>
    [Fact]
    public void An_id_is_eight_bytes_of_the_file_six_of_the_offset_and_six_of_the_hash()
    {
        var random = new Random(6);
        for (var turn = 0; turn < 500; turn++)
        {
            var (file, offset) = (new FileId((ulong)random.NextInt64(long.MinValue, long.MaxValue)), random.NextInt64(1L << 48));
            var content = new byte[random.Next(600)];
            random.NextBytes(content);

            var exact = new byte[DocumentId.Length];
            DocumentId.Write(file, offset, content, exact);
            var roomy = new byte[DocumentId.Room];
            DocumentId.WriteIntoRoom(file, offset, content, roomy);

            Assert.Equal(Expected(file, offset, content), Encoding.ASCII.GetString(exact));
            Assert.Equal(exact, roomy[..DocumentId.Length]);
        }
    }

    private static string Expected(FileId file, long offset, ReadOnlySpan<byte> content)
    {
        Span<byte> bytes = stackalloc byte[24];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, file.Value);
        Span<byte> eight = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(eight, offset);
        eight[2..].CopyTo(bytes[8..]);
        BinaryPrimitives.WriteUInt64BigEndian(eight, XxHash3.HashToUInt64(content));
        eight[2..].CopyTo(bytes[14..]);
        return Base64Url.EncodeToString(bytes[..20]);
    }
}
