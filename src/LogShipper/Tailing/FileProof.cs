namespace LogShipper.Tailing;

/// <summary>What a file's bytes prove about which content it carries.</summary>
internal static class FileProof
{
    /// <summary>The first bytes of the file, enough for a fingerprint.</summary>
    public static int ReadHead(ILogFile file, Span<byte> head) => ReadFully(file, head[..Fingerprint.MaxLength], 0);

    /// <summary>Whether the file still holds, or holds as well, what was read of the content up to <paramref name="place"/>.</summary>
    public static bool Carries(ILogFile file, long length, Fingerprint fingerprint, Mark place)
    {
        if (length < place.Offset || length < fingerprint.Length)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[Fingerprint.MaxLength];
        var head = bytes[..fingerprint.Length];
        return ReadFully(file, head, 0) == head.Length && fingerprint.Matches(head) && HasAnchor(file, place);
    }

    /// <summary>Whether a file that was known to carry the content with <paramref name="known"/> bytes still does.</summary>
    public static bool StillCarries(ILogFile file, long known, long length, Fingerprint fingerprint, Mark place) =>
        // A copy that ends before what was read of its original can prove its beginning only: asked for more, it would be lost and found for ever.
        known < place.Offset && length >= known && length < place.Offset ? Begins(file, fingerprint) : Carries(file, length, fingerprint, place);

    /// <summary>Whether the file carries the content; a file that cannot be read is closed.</summary>
    public static bool CarriesOrCloses(ILogFile file, Fingerprint fingerprint, Mark place)
    {
        try
        {
            return Carries(file, file.Length, fingerprint, place);
        }
        catch (IOException)
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>What is seen of the file up to its length.</summary>
    public static Mark See(ILogFile file, long length)
    {
        Span<byte> bytes = stackalloc byte[Anchor.MaxLength];
        var before = bytes[..(int)Math.Min(length, Anchor.MaxLength)];
        return ReadFully(file, before, length - before.Length) == before.Length ? Mark.Beginning with { Offset = length, Anchor = Anchor.Of(before) } : Mark.Beginning;
    }

    /// <summary>Whether the file begins as the content does.</summary>
    public static bool Begins(ILogFile file, Fingerprint fingerprint)
    {
        Span<byte> bytes = stackalloc byte[Fingerprint.MaxLength];
        var head = bytes[..fingerprint.Length];
        return ReadFully(file, head, 0) == head.Length && fingerprint.Matches(head);
    }

    /// <summary>Whether one file is a prefix of the other, as far as their beginnings and the bytes before their common length show.</summary>
    public static bool ArePrefixes(ILogFile one, long oneLength, ILogFile other, long otherLength)
    {
        var common = Math.Min(oneLength, otherLength);
        Span<byte> bytes = stackalloc byte[Fingerprint.MaxLength * 2];
        var size = (int)Math.Min(common, Fingerprint.MaxLength);
        return SameAt(one, other, 0, bytes[..size], bytes.Slice(Fingerprint.MaxLength, size))
            && SameAt(one, other, common - size, bytes[..size], bytes.Slice(Fingerprint.MaxLength, size));
    }

    public static int ReadFully(ILogFile file, Span<byte> destination, long offset)
    {
        var total = 0;
        while (total < destination.Length)
        {
            var read = file.Read(destination[total..], offset + total);
            if (read <= 0)
            {
                break;
            }

            total += read;
        }

        return total;
    }

    private static bool HasAnchor(ILogFile file, Mark place)
    {
        Span<byte> bytes = stackalloc byte[Anchor.MaxLength];
        var before = bytes[..place.Anchor.Length];
        return ReadFully(file, before, place.Offset - before.Length) == before.Length && place.Anchor.Matches(before);
    }

    private static bool SameAt(ILogFile one, ILogFile other, long offset, Span<byte> left, Span<byte> right) =>
        ReadFully(one, left, offset) == left.Length && ReadFully(other, right, offset) == right.Length && left.SequenceEqual(right);
}
