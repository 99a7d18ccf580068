using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using LogShipper.Parsing;
using LogShipper.Payloads;
using LogShipper.Shipping;
using LogShipper.Tests.Parsing;
using Record = LogShipper.Parsing.Record;

namespace LogShipper.Tests.Payloads;

public class CombinedDocumentTests
{
    private const string Escaping = "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent \"$http_referer\" \"$http_user_agent\"";

    private static readonly DocumentContext Pod = new() { PodName = "webserver", PodNamespace = "default", NodeName = "node", HostName = "node" };

    private static readonly string[] Addresses =
        ["1.2.3.4", "203.0.113.77", "10.0.0.1", "2001:db8::1", "::1", "unix:", "1.2.3.04", "1.2.3.4, 5.6.7.8", "\"1.2.3.4, 5.6.7.8\"", "-", "256.1.1.1", "fe80::1", "host"];

    private static readonly string[] Users = ["-", "-", "alice", "", "a b", "- [", "x\\x22y"];

    private static readonly string[] Requests =
    [
        "GET / HTTP/1.1", "GET /index.html HTTP/2.0", "POST /a/b.c/d?x=1&y=2 HTTP/1.0", "GET /a.tar.gz?q=/x.y HTTP/1.1", "GET /?", "GET /x", "OPTIONS * HTTP/1.1",
        "GET http://example.com:80/a?b HTTP/1.1", "GET /a#b HTTP/1.1", "GET /.hidden HTTP/1.1", "GET /a. HTTP/1.1", "GET /a/?b.c HTTP/1.1", "\\x16\\x03\\x01", "-", "",
        "GET /caf\\xC3\\xA9 HTTP/1.1", "GET /a b c HTTP/1.1", "get-it /x HTTP/1.1", "GET /? HTTP/1.1", "GET // HTTP/1.1", "GET /\u00e9 HTTP/1.1", "GET /\u007f HTTP/1.1",
    ];

    private static readonly string[] Statuses = ["200", "304", "404", "500", "000", "099", "-", "1000", "20", "399", "400"];
    private static readonly string[] Sizes = ["0", "1", "612", "123456789012345", "007", "-", "1234567890123456789", "00"];
    private static readonly string[] Texts = ["-", "https://example.com/a?b=c", "", "Mozilla/5.0 (X11; Linux x86_64)", "caf\\xC3\\xA9", "a\\x22b", "tab\\x09", "\u00fc", "\u0001"];

    [Theory]
    [InlineData("main", 200)]
    [InlineData("combined", 200)]
    [InlineData("log_format x escape=none '" + Escaping + "'", 0)]
    [InlineData("log_format x escape=json '" + Escaping + "'", 200)]
    public void Written_in_one_go_it_is_what_its_members_are_one_by_one(string format, int atLeast)
    {
        var parser = Lines.Parser(format);
        var layout = new JsonLayout(new SinkLog("access", parser.Dataset, KeepOriginal: false), Pod);
        var combined = 0;
        var random = new Random(6);
        for (var round = 0; round < 20_000; round++)
        {
            var line = Encoding.UTF8.GetBytes(Line(random, format == "main") + (random.Next(20) == 0 ? "" : "\n"));
            using var batch = Lines.Batch(line, parser);
            foreach (var raw in batch)
            {
                var (whole, members) = (Document(layout, parser, raw, batch, oneByOne: false), Document(layout, parser, raw, batch, oneByOne: true));
                Assert.Equal(Encoding.UTF8.GetString(members), Encoding.UTF8.GetString(whole));
                Assert.True(whole.AsSpan().SequenceEqual(members));
                combined += IsCombined(layout, parser, raw, batch) ? 1 : 0;
            }
        }

        // Both ways were taken. Without escapes nothing says that a quote is not a value's.
        Assert.InRange(combined, atLeast, atLeast == 0 ? 0 : 19_000);
    }

    [Fact]
    public void It_is_what_the_platform_writes_of_what_it_reads()
    {
        var parser = Lines.Parser("main", "combined");
        var layout = new JsonLayout(new SinkLog("access", parser.Dataset, KeepOriginal: false), Pod);
        var random = new Random(7);
        var combined = 0;
        for (var round = 0; round < 5_000; round++)
        {
            using var batch = Lines.Batch(Line(random, withForwardedFor: true) + "\n", parser);
            foreach (var raw in batch)
            {
                if (IsCombined(layout, parser, raw, batch))
                {
                    var document = Document(layout, parser, raw, batch, oneByOne: false);
                    Assert.Equal(Rewritten(document), Encoding.UTF8.GetString(document));
                    combined++;
                }
            }
        }

        Assert.InRange(combined, 50, 5_000);
    }

    [Fact]
    public void Batches_of_several_files_read_at_several_times_keep_their_own()
    {
        var parser = Lines.Parser("combined");
        var layout = new JsonLayout(new SinkLog("access", parser.Dataset, KeepOriginal: false), Pod);
        var fields = new FieldTable();
        foreach (var (path, second) in new[] { ("/a/access.log", 1), ("/a/access.log", 2), ("/b/\"access\".log", 2), ("/a/access.log", 1) })
        {
            var text = Encoding.ASCII.GetBytes("1.2.3.4 - - [23/Nov/2026:03:42:12 +0000] \"GET /a HTTP/1.1\" 200 5 \"-\" \"x\"\n");
            var buffer = ArrayPool<byte>.Shared.Rent(text.Length);
            text.CopyTo(buffer, 0);
            using var batch = new LogShipper.Tailing.Batch(new LogShipper.Tailing.FileId(7), 0, text.Length, buffer, 0, text.Length, parser)
            {
                Path = path,
                ReadAtTicks = Lines.ReadAt + (second * TimeSpan.TicksPerSecond),
            };
            foreach (var raw in batch)
            {
                using var output = new PayloadBuffer(16);
                var record = new Record(raw, batch, fields);
                parser.Parse(ref record);
                layout.Write(ref record, output);
                var document = Documents.Read(output.WrittenSpan.ToArray());
                Assert.Equal(path, document.At("log.file.path"));
                Assert.Equal($"2026-08-22T10:00:0{1 + second}.000Z", document.At("event.created"));
            }
        }
    }

    /// <summary>Values are copied in steps that are longer than most of them, and those that a line lacks are written over.</summary>
    [Fact]
    public void However_long_its_parts_are_nothing_is_cut_or_left_behind()
    {
        var parser = Lines.Parser("combined");
        var layout = new JsonLayout(new SinkLog("access", parser.Dataset, KeepOriginal: false), Pod);
        var random = new Random(8);
        string Text(int most) => new([.. Enumerable.Range(0, random.Next(most)).Select(_ => (char)('a' + random.Next(26)))]);
        for (var round = 0; round < 3_000; round++)
        {
            var uri = $"/{Text(70)}{(random.Next(2) == 0 ? $".{Text(70)}" : "")}{(random.Next(2) == 0 ? $"?{Text(140)}" : "")}";
            var line = $"1.2.3.4 - {(random.Next(2) == 0 ? "-" : Text(80))} [23/Nov/2026:03:42:12 +0000] \"GET {uri} HTTP/1.1\" 200 5 \"{(random.Next(2) == 0 ? "-" : Text(200))}\" \"{Text(300)}\"\n";
            using var batch = Lines.Batch(line, parser);
            foreach (var raw in batch)
            {
                Assert.True(IsCombined(layout, parser, raw, batch));
                Assert.Equal(
                    Encoding.UTF8.GetString(Document(layout, parser, raw, batch, oneByOne: true)),
                    Encoding.UTF8.GetString(Document(layout, parser, raw, batch, oneByOne: false)));
            }
        }
    }

    [Fact]
    public void A_format_that_has_less_than_combined_is_written_in_one_go_too()
    {
        var parser = Lines.Parser("log_format x '[$time_local] $remote_addr \"$request\" $status $body_bytes_sent'");
        var layout = new JsonLayout(new SinkLog("access", parser.Dataset, KeepOriginal: false), Pod);
        using var batch = Lines.Batch("[23/Nov/2026:03:42:12 +0000] 1.2.3.4 \"GET /a.b?c HTTP/1.1\" 200 5\n", parser);
        foreach (var raw in batch)
        {
            Assert.True(IsCombined(layout, parser, raw, batch));
            Assert.Equal(Document(layout, parser, raw, batch, oneByOne: true), Document(layout, parser, raw, batch, oneByOne: false));
        }
    }

    [Fact]
    public void A_line_at_the_end_of_its_memory_is_written_member_by_member()
    {
        var parser = Lines.Parser("combined");
        var layout = new JsonLayout(new SinkLog("access", parser.Dataset, KeepOriginal: false), Pod);
        var text = Encoding.ASCII.GetBytes($"1.2.3.4 - - [23/Nov/2026:03:42:12 +0000] \"GET /a HTTP/1.1\" 200 5 \"-\" \"{new string('x', 56)}\"\n");
        var buffer = ArrayPool<byte>.Shared.Rent(text.Length);
        text.CopyTo(buffer, 0);
        Assert.Equal(text.Length, buffer.Length);
        using var batch = new LogShipper.Tailing.Batch(new LogShipper.Tailing.FileId(7), 0, text.Length, buffer, 0, text.Length, parser);
        foreach (var raw in batch)
        {
            Assert.False(IsCombined(layout, parser, raw, batch));
            Assert.Equal("/a", Documents.Read(Document(layout, parser, raw, batch, oneByOne: false)).At("url.path"));
        }
    }

    private static string Line(Random random, bool withForwardedFor)
    {
        // Mostly ordinary, else hardly any line would be ordinary in all of its parts.
        string Pick(string[] values) => values[random.Next(2) == 0 ? random.Next(Math.Min(3, values.Length)) : random.Next(values.Length)];
        var line = $"{Pick(Addresses)} - {Pick(Users)} [23/Nov/2026:03:{random.Next(60):00}:12 +0000] \"{Pick(Requests)}\" {Pick(Statuses)} {Pick(Sizes)} \"{Pick(Texts)}\" \"{Pick(Texts)}\"";
        line += withForwardedFor ? random.Next(5) == 0 ? " \"9.9.9.9\"" : " \"-\"" : "";
        return random.Next(30) == 0 ? line.Remove(random.Next(line.Length), 1) : line;
    }

    private static byte[] Document(JsonLayout layout, LogParser parser, LogShipper.Tailing.RawRecord raw, LogShipper.Tailing.Batch batch, bool oneByOne)
    {
        using var output = new PayloadBuffer(16);
        var record = new Record(raw, batch, new FieldTable());
        parser.Parse(ref record);
        if (oneByOne)
        {
            layout.WriteMembers(record, output);
        }
        else
        {
            layout.Write(ref record, output);
        }

        return output.WrittenSpan.ToArray();
    }

    private static bool IsCombined(JsonLayout layout, LogParser parser, LogShipper.Tailing.RawRecord raw, LogShipper.Tailing.Batch batch)
    {
        using var output = new PayloadBuffer(16);
        var record = new Record(raw, batch, new FieldTable());
        parser.Parse(ref record);
        return layout.TryWriteCombined(record, output);
    }

    private static string Rewritten(byte[] document)
    {
        var text = new ArrayBufferWriter<byte>();
        using var parsed = JsonDocument.Parse(document);
        using (var writer = new Utf8JsonWriter(text, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            parsed.WriteTo(writer);
        }

        return Encoding.UTF8.GetString(text.WrittenSpan);
    }
}
