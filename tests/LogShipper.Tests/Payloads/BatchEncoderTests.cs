using System.Text;
using LogShipper.Parsing;
using LogShipper.Payloads;
using LogShipper.Shipping;
using LogShipper.Tests.Parsing;

namespace LogShipper.Tests.Payloads;

public class BatchEncoderTests
{
    private static readonly LogParser Combined = Lines.Parser("combined");
    private static readonly LogParser Error = Lines.Parser("error");

    private static JsonLines Json(PayloadCompression compression = PayloadCompression.None, bool tracksItems = false, LogParser? parser = null) =>
        new(new JsonLayout(new SinkLog("access", (parser ?? Combined).Dataset, KeepOriginal: false))) { Compression = compression, TracksItems = tracksItems };

    private static string Line(int number) =>
        $"10.0.{number / 250 % 250}.{number % 250} - - [23/Nov/2026:03:{number / 60 % 60:00}:{number % 60:00} +0000] \"GET /path/{number}?q=caf\\xC3\\xA9 HTTP/1.1\" 200 {number} \"-\" \"Mozilla/5.0 (X11; Linux x86_64)\"\n";

    private static string Text(int lines) => string.Concat(Enumerable.Range(0, lines).Select(Line));

    [Fact]
    public void Each_record_becomes_one_document()
    {
        using var batch = Lines.Batch(Text(3), Combined);
        using var payload = new BatchEncoder(Combined, Json()).Encode(batch);
        Assert.Equal(3, payload.Count);
        Assert.Equal("target", payload.Target);
        Assert.Equal(["/path/0", "/path/1", "/path/2"], Documents.ReadLines(payload).Select(document => document.At("url.path")));
        Assert.Equal(batch.Bytes.IndexOf((byte)'\n') + 1, long.Parse(Documents.ReadLines(payload)[1].At("log.offset")!));
    }

    [Fact]
    public void Compressed_and_plain_bodies_say_the_same()
    {
        using var batch = Lines.Batch(Text(2000), Combined);
        using var plain = new BatchEncoder(Combined, Json()).Encode(batch);
        using var compressed = new BatchEncoder(Combined, Json(PayloadCompression.Gzip)).Encode(batch);
        Assert.Equal(PayloadCompression.Gzip, compressed.Compression);
        Assert.True(compressed.Body.Length < plain.Body.Length / 5);
        Assert.True(Documents.Plain(compressed).AsSpan().SequenceEqual(plain.Body.Span));
    }

    [Theory]
    [InlineData(PayloadCompression.None)]
    [InlineData(PayloadCompression.Gzip)]
    internal void Encoding_twice_says_the_same(PayloadCompression compression)
    {
        using var batch = Lines.Batch(Text(700) + "no line of nginx\n", Combined);
        var encoder = new BatchEncoder(Combined, Json(compression));
        using var first = encoder.Encode(batch);
        using var second = encoder.Encode(batch);
        Assert.True(Documents.Plain(first).AsSpan().SequenceEqual(Documents.Plain(second)));
    }

    [Fact]
    public void Some_items_are_encoded_as_they_are_in_the_whole()
    {
        using var batch = Lines.Batch(Line(0) + "no time here\n" + Line(200) + "nor here\n" + Line(3), Combined);
        var encoder = new BatchEncoder(Combined, Json());
        using var whole = encoder.Encode(batch);
        using var some = encoder.Encode(batch, [1, 3]);
        var lines = Encoding.UTF8.GetString(whole.Body.Span).Split('\n');
        Assert.Equal(2, some.Count);
        Assert.Equal($"{lines[1]}\n{lines[3]}\n", Encoding.UTF8.GetString(some.Body.Span));
    }

    [Fact]
    public void A_record_without_a_time_takes_that_of_the_one_before_it()
    {
        using var batch = Lines.Batch("first\n" + Line(60) + "third\n", Combined);
        using var payload = new BatchEncoder(Combined, Json()).Encode(batch);
        Assert.Equal(
            ["2026-08-22T09:00:00.000Z", "2026-11-23T03:01:00.000Z", "2026-11-23T03:01:00.000Z"],
            Documents.ReadLines(payload).Select(document => document.At("@timestamp")));
    }

    [Fact]
    public void Encoding_the_whole_remembers_the_last_time_and_encoding_some_does_not()
    {
        using var batch = Lines.Batch(Line(1) + Line(2) + "x\n", Combined);
        var encoder = new BatchEncoder(Combined, Json());
        encoder.Encode(batch, [0]).Dispose();
        Assert.Equal(0, batch.LastTimeTicks);
        encoder.Encode(batch).Dispose();
        Assert.Equal(new DateTime(2026, 11, 23, 3, 0, 2, DateTimeKind.Utc).Ticks, batch.LastTimeTicks);
    }

    [Fact]
    public void A_batch_without_any_time_hands_on_the_one_before_it()
    {
        using var batch = Lines.Batch("x\ny\n", Combined);
        new BatchEncoder(Combined, Json()).Encode(batch).Dispose();
        Assert.Equal(Lines.TimeBefore, batch.LastTimeTicks);
    }

    [Fact]
    public void A_writer_that_asks_is_told_where_items_end()
    {
        using var batch = Lines.Batch("one\ntwo!\nthree", Combined);
        using var payload = new BatchEncoder(Combined, new RawLines { TracksItems = true }).Encode(batch);
        Assert.Equal([4, 9, 15], payload.ItemEnds!);
        using var some = new BatchEncoder(Combined, new RawLines { TracksItems = true }).Encode(batch, [0, 2]);
        Assert.Equal([4, 10], some.ItemEnds!);
    }

    [Fact]
    public void The_raw_layout_is_the_very_bytes_and_ends_a_torn_line()
    {
        byte[] bytes = [0xff, 0x00, (byte)'\r', (byte)'\n', 0xc3, (byte)'x'];
        using var batch = Lines.Batch(bytes, Combined);
        using var payload = new BatchEncoder(Combined, new RawLines()).Encode(batch);
        Assert.Equal([.. bytes, (byte)'\n'], payload.Body.ToArray());
    }

    [Fact]
    public void A_batch_of_error_log_is_counted_by_records()
    {
        const string First = "2026/11/23 03:42:12 [error] 7#7: *78 FastCGI sent in stderr: \"PHP message: a\nb\" while reading response header from upstream, client: 127.0.0.1, server: x\n";
        using var batch = Lines.Batch(First + "2026/11/23 03:42:13 [notice] 7#7: exiting\n", Error);
        using var payload = new BatchEncoder(Error, Json(parser: Error)).Encode(batch);
        Assert.Equal(2, payload.Count);
        Assert.Equal("[\"multiline\"]", Documents.ReadLines(payload)[0].At("log.flags"));
        Assert.Equal("2026-11-23T03:42:12.000Z", Documents.ReadLines(payload)[0].At("@timestamp"));
    }

    [Fact]
    public void A_line_of_a_mebibyte_is_encoded()
    {
        using var batch = Lines.Batch(new string('\u0001', 1 << 20) + "\n" + Line(1), Combined);
        using var payload = new BatchEncoder(Combined, Json(PayloadCompression.Gzip)).Encode(batch);
        var documents = Documents.ReadLines(payload);
        Assert.Equal(1 << 20, documents[0].At("message")!.Length);
        Assert.Equal("/path/1", documents[1].At("url.path"));
    }

    [Theory]
    [InlineData(PayloadCompression.None)]
    [InlineData(PayloadCompression.Gzip)]
    internal void A_line_allocates_nothing(PayloadCompression compression)
    {
        var encoder = new BatchEncoder(Combined, Json(compression));
        using var few = Lines.Batch(Text(1_000), Combined);
        using var many = Lines.Batch(Text(100_000), Combined);
        encoder.Encode(many).Dispose();
        encoder.Encode(few).Dispose();
        var cost = Allocation.Of(() => encoder.Encode(few).Dispose());
        var costOfMany = Allocation.Of(() => encoder.Encode(many).Dispose());
        Assert.True(costOfMany - cost < 4096, $"1,000 lines: {cost} bytes, 100,000 lines: {costOfMany} bytes");
    }

    [Fact]
    public void Several_threads_may_encode_at_once()
    {
        using var batch = Lines.Batch(Text(500), Combined);
        var encoder = new BatchEncoder(Combined, Json(PayloadCompression.Gzip));
        using var expected = encoder.Encode(batch);
        var expectedBody = Documents.Plain(expected);
        Parallel.For(0, 16, _ =>
        {
            using var payload = encoder.Encode(batch);
            Assert.True(Documents.Plain(payload).AsSpan().SequenceEqual(expectedBody));
        });
    }
}
