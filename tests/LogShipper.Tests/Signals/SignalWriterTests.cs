using System.Text;
using LogShipper.Parsing;
using LogShipper.Payloads;
using LogShipper.Signals;
using LogShipper.Tests.Parsing;

namespace LogShipper.Tests.Signals;

public sealed class SignalWriterTests
{
    private const string Timed =
        "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent \"$http_referer\" \"$http_user_agent\" rt=$request_time ut=\"$upstream_response_time\"";

    private const string Unquoted = "$host $remote_addr [$time_local] \"$request\" $request_method $status $bytes_sent $request_time $upstream_response_time";
    private const string Uncertain = "$host $status $http_host [$time_local] \"$request\" $body_bytes_sent";
    private const string Json = "escape=json {\"request\":\"$request\",\"status\":$status,\"bytes\":$body_bytes_sent,\"agent\":\"$http_user_agent\",\"time\":$request_time}";
    private const string Unescaped = "escape=none \"$request\" $status $body_bytes_sent \"$http_user_agent\"";

    /// <summary>Lines as they should be and as they should not, for any of the formats.</summary>
    private static readonly string[] Known =
    [
        "192.0.2.7 - - [22/Aug/2026:10:00:00 +0000] \"GET /a HTTP/1.1\" 200 612 \"-\" \"curl/8.5.0\" \"-\"",
        "192.0.2.7 - alice [22/Aug/2026:10:00:00 +0000] \"POST /a HTTP/1.1\" 201 7 \"https://example.com/\" \"Mozilla/5.0 (X11; Linux x86_64)\" \"203.0.113.9\"",
        "192.0.2.7 - - [22/Aug/2026:10:00:00 +0000] \"HEAD /a HTTP/1.1\" 304 0 \"-\" \"curl/8.5.0\"",
        "192.0.2.7 - - [22/Aug/2026:10:00:00 +0000] \"-\" 400 0 \"-\" \"-\" \"-\"",
        "192.0.2.7 - - [22/Aug/2026:10:00:00 +0000] \"\" 400 0 \"-\" \"-\" \"-\"",
        "192.0.2.7 - - [22/Aug/2026:10:00:00 +0000] \"\\x16\\x03\\x01 x\" 400 157 \"-\" \"caf\\xC3\\xA9 \\x22q\\x22\" \"-\"",
        "192.0.2.7 - a - [ b [22/Aug/2026:10:00:00 +0000] \"PROPFIND /ä HTTP/1.1\" 499 - \"-\" \"\u0001\" \"-\"",
        "192.0.2.7 - [22/Aug/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 999 99999999999999999999 \"-\" \"-\" \"-\"",
        "\"10.0.0.1, 192.0.2.7\" - - [22/Aug/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"-\"",
        "192.0.2.7 - - [22/Aug/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 503 5 \"-\" \"-\" rt=0.123 ut=\"0.120\"",
        "192.0.2.7 - - [22/Aug/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 503 5 \"-\" \"-\" rt=- ut=\"-\"",
        "192.0.2.7 - - [22/Aug/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"-\" rt=12.3456 ut=\"0.001, - : 1.200\"",
        "example.com 192.0.2.7 [22/Aug/2026:10:00:00 +0000] \"GET / HTTP/1.1\" DELETE 200 345 0.001 0.002, 0.003",
        "example.com 192.0.2.7 [22/Aug/2026:10:00:00 +0000] \"GET / HTTP/1.1\" - 200 345 99999.000 -",
        "example.com 200 other.example.com [22/Aug/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 345",
        "{\"request\":\"GET / HTTP/1.1\",\"status\":200,\"bytes\":5,\"agent\":\"a \\\"b\\\" c\",\"time\":0.010}",
        "{\"request\":\"GET / HTTP/1.1\",\"status\":502,\"bytes\":5,\"agent\":\"\",\"time\":0.010}",
        "\"GET / HTTP/1.1\" 200 5 \"a \" b\"",
        "\"GET / HTTP/1.1\" 200 5 \"a\"",
        "what is this",
        "",
        "\"",
        "192.0.2.7 - - [22/Aug/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"-\" \"-\"\r",
    ];

    private static readonly string[][] Formats = [["main", "combined"], ["combined"], [Timed], [Unquoted], [Uncertain], [Json], [Unescaped], ["json"], [Json, "main"]];

    [Fact]
    public void What_is_picked_of_a_line_is_what_parsing_it_says()
    {
        foreach (var formats in Formats)
        {
            AssertSame(formats, string.Join('\n', Known) + "\n");
            AssertSame(formats, string.Join("\r\n", Known));
        }
    }

    [Fact]
    public void However_a_line_is_damaged_it_counts_as_parsing_it_says()
    {
        const string Bytes = "\" \"-[]\\,.:0129aGP{}'\r\t";
        var random = new Random(20260822);
        for (var round = 0; round < 300; round++)
        {
            var text = new StringBuilder();
            for (var line = 0; line < 40; line++)
            {
                var damaged = new StringBuilder(Known[random.Next(Known.Length)]);
                for (var damage = random.Next(3); damage > 0 && damaged.Length > 1; damage--)
                {
                    var at = random.Next(damaged.Length);
                    switch (random.Next(4))
                    {
                        case 0:
                            damaged.Remove(at, 1);
                            break;
                        case 1:
                            damaged.Insert(at, Bytes[random.Next(Bytes.Length)]);
                            break;
                        case 2:
                            damaged.Length = at;
                            break;
                        default:
                            damaged[at] = Bytes[random.Next(Bytes.Length)];
                            break;
                    }
                }

                text.Append(damaged).Append('\n');
            }

            AssertSame(Formats[round % Formats.Length], text.ToString());
        }
    }

    [Fact]
    public void Most_lines_are_not_parsed_again()
    {
        foreach (var formats in (string[][])[["main"], [Timed], [Json]])
        {
            Assert.NotEmpty(Lines.Parser(formats).Pickers(PickedSignals.Variables));
        }

        var picker = Assert.Single(Lines.Parser("combined").Pickers(PickedSignals.Variables));
        var line = "192.0.2.7 - - [22/Aug/2026:10:00:00 +0000] \"GET /a HTTP/1.1\" 200 612 \"-\" \"curl/8.5.0\""u8;
        var places = new FieldPlace[PickedSignals.Variables.Length];
        Array.Fill(places, FieldPlace.None);
        Assert.True(picker.TryPick(line, line.Length, [43, 59, 69, 71, 73, 84], places));
        Assert.Equal((byte)'G', line[places[1].Start]);
        Assert.Equal(new SignalItem(SignalKind.Request, 0, 1, NginxAlarm.None, -1, -1, 612), PickedSignals.ItemOf(line, places));
    }

    [Fact]
    public void The_times_of_a_batch_are_those_of_its_first_and_last_line()
    {
        var parser = Lines.Parser("main");
        using var batch = Lines.Batch(string.Concat(Enumerable.Range(10, 9).Select(second => $"192.0.2.7 - - [22/Aug/2026:10:00:{second} +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"-\" \"-\"\n")), parser);
        using var payload = new BatchEncoder(parser, new SignalWriter("access", isErrorLog: false)).Encode(batch);
        Assert.Equal(9, payload.Count);
        Assert.Equal(new DateTime(2026, 8, 22, 10, 0, 10, DateTimeKind.Utc).Ticks, batch.FirstTimeTicks);
        Assert.Equal(new DateTime(2026, 8, 22, 10, 0, 18, DateTimeKind.Utc).Ticks, batch.LastTimeTicks);
    }

    [Fact]
    public void Counting_a_batch_allocates_nothing_for_a_line()
    {
        var parser = Lines.Parser(Timed);
        using var batch = Lines.Batch(string.Concat(Enumerable.Repeat(Known[9] + "\n", 2000)), parser);
        var encoder = new BatchEncoder(parser, new SignalWriter("access", isErrorLog: false));
        var counts = new LogSignals("access", isErrorLog: false);
        void Count()
        {
            using var payload = encoder.Encode(batch);
            counts.Add(payload.Body.Span);
        }

        Count();
        Count();
        Assert.InRange(Allocation.Of(Count), 0, 512);
        Assert.Equal(0, counts.Requests(0, 4) % 2000);
        Assert.NotEqual(0, counts.Requests(0, 4));
    }

    /// <summary>A part of a batch is parsed, and the whole is one of them.</summary>
    private static void AssertSame(string[] formats, string text)
    {
        var parser = Lines.Parser(formats);
        var encoder = new BatchEncoder(parser, new SignalWriter("access", isErrorLog: false));
        using var batch = Lines.Batch(text, parser);
        using var parsed = encoder.Encode(batch, [.. Enumerable.Range(0, batch.Count)]);
        using var picked = encoder.Encode(batch);
        Assert.Equal(parsed.Count, picked.Count);
        if (!parsed.Body.Span.SequenceEqual(picked.Body.Span))
        {
            Assert.Fail($"{string.Join(", ", formats)}:\n{FirstDifferent(encoder, parser, text)}");
        }
    }

    private static string FirstDifferent(BatchEncoder encoder, LogParser parser, string text) => Array.Find(
        text.Split('\n'),
        line =>
        {
            using var batch = Lines.Batch($"-\n{line}\n-\n", parser);
            using var parsed = encoder.Encode(batch, [.. Enumerable.Range(0, batch.Count)]);
            using var picked = encoder.Encode(batch);
            return !parsed.Body.Span.SequenceEqual(picked.Body.Span);
        }) ?? text;
}
