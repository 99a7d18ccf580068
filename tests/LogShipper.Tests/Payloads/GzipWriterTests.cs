using System.IO.Compression;
using System.Text;
using LogShipper.Payloads;
using Microsoft.Extensions.Time.Testing;

namespace LogShipper.Tests.Payloads;

public sealed class GzipWriterTests
{
    private const int Window = 32 * 1024;

    /// <summary>Words that come again and again, and none of them near: whoever looks back finds something everywhere.</summary>
    private static readonly byte[] Text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 40_000).Select(line => $"{{\"word\":\"{line * 7919 % 1000}\"}}\n")));

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(Window - 1)]
    [InlineData(Window)]
    [InlineData(Window + 1)]
    [InlineData(400_000)]
    public void Each_body_can_be_read_alone_though_all_say_the_same(int length)
    {
        using var writer = new GzipWriter();
        for (var body = 0; body < 5; body++)
        {
            Assert.Equal(Text[..length], Decompress(Compress(writer, Text[..length])));
        }
    }

    [Fact]
    public void Bodies_of_all_lengths_follow_each_other()
    {
        using var writer = new GzipWriter();
        var random = new Random(7);
        for (var body = 0; body < 300; body++)
        {
            var start = random.Next(Text.Length);
            var part = Text[start..random.Next(start, Math.Min(Text.Length, start + (body % 3 == 0 ? 200 : 100_000)))];
            Assert.Equal(part, Decompress(Compress(writer, part)));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(Window - 3)]
    [InlineData(Window + 5)]
    public void What_holds_NULs_refers_to_none_of_those_that_were_thrown_away(int place)
    {
        using var writer = new GzipWriter();
        Compress(writer, Text);
        byte[] strange = [.. Text[..place], .. new byte[600], .. Text[..1000]];
        for (var body = 0; body < 3; body++)
        {
            Assert.Equal(strange, Decompress(Compress(writer, strange)));
            Assert.Equal(strange, Decompress(Compress(writer, [strange[..(place / 2)], strange[(place / 2)..]])));
            Assert.Equal(Text, Decompress(Compress(writer, Text)));
        }
    }

    [Fact]
    public void Nothing_is_a_body_as_well()
    {
        using var writer = new GzipWriter();
        Assert.Empty(Decompress(Compress(writer, [])));
        Assert.Equal(Text, Decompress(Compress(writer, Text)));
        Assert.Empty(Decompress(Compress(writer, [])));
    }

    [Fact]
    public void A_second_body_is_no_larger_than_the_library_makes_it()
    {
        using var writer = new GzipWriter();
        Compress(writer, Text);
        using var library = new MemoryStream();
        using (var gzip = new GZipStream(library, new ZLibCompressionOptions { CompressionLevel = 1 }, leaveOpen: true))
        {
            gzip.Write(Text);
        }

        Assert.InRange(Compress(writer, Text).Length, 1, library.Length + 16);
    }

    [Fact]
    public void What_lay_unused_for_a_minute_while_others_came_and_went_is_let_go()
    {
        var time = new FakeTimeProvider();
        var writers = new GzipWriters(2, time);
        var (first, second, third) = (writers.Rent(), writers.Rent(), writers.Rent());
        writers.Return(first);
        writers.Return(second);
        writers.Return(third);
        Assert.Equal(2, writers.Kept);
        Assert.Same(third, writers.Rent());

        time.Advance(GzipWriters.Idle + TimeSpan.FromSeconds(1));
        writers.Return(third);
        Assert.Equal(1, writers.Kept);
        Assert.Throws<ObjectDisposedException>(() => Compress(second, Text));
        Assert.Equal(Text, Decompress(Compress(writers.Rent(), Text)));
    }

    private static byte[] Compress(GzipWriter writer, params byte[][] parts)
    {
        using var body = new PayloadBuffer(4096);
        writer.Begin(body);
        foreach (var part in parts)
        {
            writer.Write(part);
        }

        writer.End();
        return body.WrittenSpan.ToArray();
    }

    private static byte[] Decompress(byte[] body)
    {
        using var plain = new MemoryStream();
        using var gzip = new GZipStream(new MemoryStream(body), CompressionMode.Decompress);
        gzip.CopyTo(plain);
        return plain.ToArray();
    }
}
