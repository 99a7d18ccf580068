using System.IO.Compression;
using System.Text;
using LogShipper.Payloads;

namespace LogShipper.Tests.Payloads;

public class GzipEncoderTests
{
    [Fact]
    public void Nothing_is_nothing() => Assert.Empty(RoundTrip([], 1));

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(258)]
    [InlineData(259)]
    [InlineData(4096)]
    [InlineData(300_000)]
    public void A_run_of_one_byte_comes_back(int length)
    {
        var text = new byte[length];
        Array.Fill(text, (byte)200);
        Assert.Equal(text, RoundTrip(text, length));
    }

    [Fact]
    public void Bytes_that_repeat_nothing_come_back()
    {
        var text = new byte[200_000];
        new Random(1).NextBytes(text);
        Assert.Equal(text, RoundTrip(text, 50_000));
    }

    [Theory]
    [InlineData(GzipEncoder.History - 1)]
    [InlineData(GzipEncoder.History)]
    [InlineData(GzipEncoder.History + 1)]
    public void What_stands_as_far_back_as_can_be_pointed_to_comes_back(int distance)
    {
        var text = new byte[distance + 300];
        new Random(2).NextBytes(text);
        text.AsSpan(0, 300).CopyTo(text.AsSpan(distance));
        Assert.Equal(text, RoundTrip(text, text.Length));
    }

    [Fact]
    public void Text_of_any_make_comes_back_however_it_is_handed_over()
    {
        for (var seed = 0; seed < 150; seed++)
        {
            var random = new Random(seed);
            var text = Text(random, random.Next(150_000));
            Assert.Equal(text, RoundTrip(text, 1 + random.Next(80_000)));
        }
    }

    [Fact]
    public void Every_length_and_many_distances_come_back()
    {
        var random = new Random(4);
        var source = new byte[40_000];
        random.NextBytes(source);
        var text = new List<byte>(source);
        for (var length = 3; length <= 600; length++)
        {
            var from = text.Count - 1 - random.Next(GzipEncoder.History - length - 1) - length;
            text.AddRange(text.GetRange(from, length));
            text.Add((byte)random.Next(256));
        }

        var whole = text.ToArray();
        Assert.Equal(whole, RoundTrip(whole, 70_000));
    }

    /// <summary>Pieces of text, some of them seen before.</summary>
    private static byte[] Text(Random random, int length)
    {
        var text = new List<byte>(length);
        while (text.Count < length)
        {
            if (text.Count > 10 && random.Next(3) > 0)
            {
                var from = random.Next(text.Count - 5);
                text.AddRange(text.GetRange(from, Math.Min(random.Next(1, 400), text.Count - from)));
            }
            else
            {
                text.AddRange(Encoding.Latin1.GetBytes($"{random.Next(100_000)}\u00fc,\"{random.Next():x}\""));
            }
        }

        return [.. text];
    }

    /// <summary>Compressed as documents are, in steps of at least <paramref name="step"/> bytes, and undone by zlib.</summary>
    private static byte[] RoundTrip(byte[] text, int step)
    {
        using var plain = new PayloadBuffer(16);
        using var body = new PayloadBuffer(16);
        using (var encoder = new GzipEncoder(body))
        {
            for (var at = 0; at < text.Length; at += step)
            {
                plain.Write(text.AsSpan(at, Math.Min(step, text.Length - at)));
                encoder.Take(plain);
                Assert.True(plain.Length <= GzipEncoder.History);
            }

            encoder.Complete();
        }

        using var unzipped = new MemoryStream();
        using (var stream = new GZipStream(new MemoryStream(body.WrittenSpan.ToArray()), CompressionMode.Decompress))
        {
            stream.CopyTo(unzipped);
        }

        return unzipped.ToArray();
    }
}
