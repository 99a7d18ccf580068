using System.Text;
using System.Text.Json;
using CsCheck;
using LogShipper.Parsing;
using LogShipper.Tests.Payloads;

namespace LogShipper.Tests.Parsing;

public class NoInputThrowsTests
{
    private static readonly string[] Formats =
    [
        "combined",
        "main",
        "error",
        "json",
        $"escape=none {LogFormatCompiler.Main} $upstream_addr $upstream_status [$request_time] $msec $server_port $foo",
        "escape=json {\"t\":\"$time_iso8601\",\"r\":\"$request\",\"s\":$status,\"u\":$upstream_addr,\"h\":\"$host\",\"x\":\"$http_traceparent\",\"a\":\"$remote_addr\"}",
        "$host $remote_addr $time_local $remote_user $request_uri $uri $args $ssl_protocol $msec $time_iso8601 $connection $gzip_ratio",
    ];

    private static readonly LogParser[] Parsers = [.. Formats.Select(format => Lines.Parser(format))];

    private static readonly byte[][] Seeds =
    [
        .. SharedCase.Load().Select(one => one.Line),
        "1.2.3.4 - u [23/Nov/2026:03:41:45 +0000] \"GET /a?b#c HTTP/1.1\" 200 1 \"http://r/\" \"u\\xC3\\xA9\" \"5.6.7.8\""u8.ToArray(),
        "{\"t\":\"2026-11-23T03:41:45+01:00\",\"r\":\"GET /\\u00e9\\ud83d\\ude80\\ud83d HTTP/1.1\",\"s\":009,\"u\":1.2.3.4:5, [::1]:6 : -,\"h\":\"[::1]:99\",\"x\":\"\",\"a\":\"\\\"\"}"u8.ToArray(),
        "2026/11/23 03:41:57 [error] 1#1: *38 limiting requests, excess: 1.2 by zone \"one\", client: 1.2.3.4, server: , request: \"GET http://h:1/ HTTP/1.1\", host: \"[::]:1\", referrer: \"x\""u8.ToArray(),
        "example.com:80 10.0.0.1, 1.1.1.1 23/Nov/2026:03:41:45 +0000 - http://a:99/b.c?d#e /x q=1 TLSv1.3 1795405305.892 2026-11-23T03:41:45+01:00 5 1.00"u8.ToArray(),
    ];

    private static readonly byte[] Nasty = " \"\\x:,[]{}-#?/.%\n\r\0\u007f0aZ*"u8.ToArray();

    private static readonly Gen<byte[]> Random = Gen.Byte.Array[0, 200];

    private static readonly Gen<byte[]> Mutated =
        from seed in Gen.Int[0, Seeds.Length - 1].Select(index => Seeds[index])
        from changes in Gen.Select(Gen.Int[0, 5], Gen.Int[0, 4000], Gen.Int[0, 4000], Gen.Byte).Array[0, 6]
        select Mutate(seed, changes);

    [Fact]
    public void No_bytes_make_a_parser_throw_or_a_document_invalid() => Gen.OneOf(Mutated, Mutated, Random).Sample(
        bytes =>
        {
            foreach (var parser in Parsers)
            {
                Check(parser, bytes);
            }

            return true;
        },
        iter: 6_000);

    [Fact]
    public void No_bytes_make_the_framing_throw() => Gen.Select(Gen.OneOf(Mutated, Random), Gen.OneOf(Mutated, Random)).Sample(
        (record, line) =>
        {
            foreach (var parser in Parsers)
            {
                parser.Continues(record, line);
                parser.Continues([], line);
            }

            return true;
        },
        iter: 20_000);

    [Fact]
    public void Records_of_a_batch_are_its_bytes() => Gen.OneOf(Mutated, Random).Array[1, 6].Sample(
        parts =>
        {
            byte[] bytes = [.. parts.SelectMany(part => (byte[])[.. part, (byte)'\n'])];
            using var batch = Lines.Batch(bytes, Parsers[2]);
            var length = 0;
            foreach (var raw in batch)
            {
                Assert.Equal(length, raw.Offset);
                length += raw.Bytes.Length;
            }

            return length == bytes.Length;
        },
        iter: 5_000);

    private static void Check(LogParser parser, byte[] bytes)
    {
        var document = Documents.Bytes(parser, bytes, keepOriginal: true);
        try
        {
            var read = Documents.Read(document);
            Assert.Equal("nginx", read.At("event.module"));
            Assert.Equal(Lines.Path, read.At("log.file.path"));
            Assert.Equal(Encoding.UTF8.GetString(bytes is [.. var content, (byte)'\n'] ? content : bytes), read.At("event.original"));
        }
        catch (JsonException problem)
        {
            Assert.Fail($"{problem.Message}\nline: {Encoding.Latin1.GetString(bytes)}\ndocument: {Encoding.UTF8.GetString(document)}");
        }
    }

    private static byte[] Mutate(byte[] seed, (int Kind, int At, int Length, byte Value)[] changes)
    {
        var bytes = new List<byte>(seed.Length > 4000 ? seed[..4000] : seed);
        foreach (var (kind, where, howMany, value) in changes)
        {
            if (bytes.Count == 0)
            {
                break;
            }

            var at = where % bytes.Count;
            var length = howMany % Math.Min(40, bytes.Count - at + 1);
            switch (kind)
            {
                case 0:
                    bytes[at] = value;
                    break;
                case 1:
                    bytes.RemoveRange(at, Math.Min(length, bytes.Count - at));
                    break;
                case 2:
                    bytes.Insert(at, Nasty[value % Nasty.Length]);
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(length, bytes.Count - at)));
                    break;
                case 4:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                default:
                    var other = Seeds[value % Seeds.Length];
                    bytes.InsertRange(at, other.Take(howMany % 300));
                    break;
            }
        }

        return [.. bytes];
    }
}
