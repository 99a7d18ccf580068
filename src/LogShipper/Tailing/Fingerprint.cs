using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace LogShipper.Tailing;

/// <summary>How a content begins: the hash of its first complete line or of its first 1024 bytes, whichever ends first.</summary>
internal readonly record struct Fingerprint(ulong Hash, int Length)
{
    public const int MaxLength = 1024;

    /// <summary>Takes the fingerprint of a content from its first bytes; null while there is neither a whole line nor
    /// 1024 bytes, unless the content is <paramref name="finished"/>: then what there is counts.</summary>
    public static Fingerprint? Take(ReadOnlySpan<byte> head, bool finished)
    {
        var newline = head.IndexOf((byte)'\n');
        var length = newline >= 0 && newline < MaxLength ? newline + 1
            : head.Length >= MaxLength ? MaxLength
            : finished ? head.Length
            : 0;
        return length == 0 ? null : new Fingerprint(XxHash3.HashToUInt64(head[..length]), length);
    }

    /// <summary>Whether a content that begins with <paramref name="head"/> begins as this one.</summary>
    public bool Matches(ReadOnlySpan<byte> head) => head.Length >= Length && XxHash3.HashToUInt64(head[..Length]) == Hash;

    /// <summary>The id of the content of <paramref name="log"/> that begins so and is the <paramref name="generation"/>-th that does.</summary>
    public FileId Identify(string instance, string log, int generation)
    {
        var hash = new XxHash3();
        hash.Append(Encoding.UTF8.GetBytes(instance));
        hash.Append([0]);
        hash.Append(Encoding.UTF8.GetBytes(log));
        Span<byte> numbers = stackalloc byte[17];
        numbers[0] = 0;
        BinaryPrimitives.WriteUInt64BigEndian(numbers[1..], Hash);
        BinaryPrimitives.WriteInt32BigEndian(numbers[9..], Length);
        BinaryPrimitives.WriteInt32BigEndian(numbers[13..], generation);
        hash.Append(numbers);
        return new FileId(hash.GetCurrentHashAsUInt64());
    }
}
