using System.Text;
using CsCheck;
using LogShipper.Parsing;
using LogShipper.Tests.Payloads;

namespace LogShipper.Tests.Parsing;

/// <summary>Formats that nobody would write and lines that no nginx would, against each other. <c>LOGSHIPPER_FUZZ=100</c> tries as many times more.</summary>
public class FormatFuzzTests
{
    private static readonly string[] Pieces =
    [
        "$remote_addr", "$remote_user", "$time_local", "$time_iso8601", "$msec", "$request", "$status", "$body_bytes_sent", "$http_referer", "$http_user_agent",
        "$http_x_forwarded_for", "$upstream_addr", "$upstream_response_time", "$request_time", "$host", "$server_port", "$uri", "$args", "$foo", "${foo}", "${status}",
        "$gzip_ratio", "$pipe", "$ssl_protocol", "$", "${", "$}", "$1", "$$", "${}", "$a_very_long_name_of_a_variable_that_nobody_has", " ", "  ", "\"", "'", "[", "]", "-", "|",
        ",", ":", "{", "}", "\\", "\\x22", "\t", "\n", "é", "\0", "\ud800", "escape=json ", "escape=none ", "escape=default ", "escape=", "log_format main ", "';", ";", "\"k\":", "combined", "x",
    ];

    private static readonly string[] Values =
    [
        "1.2.3.4", "-", "", "\"", "200", "23/Nov/2026:03:41:45 +0000", "2026-11-23T03:41:45+01:00", "1795405305.892", "GET /a?b HTTP/1.1", "\\x22", "\\x", "\\", "1.2.3.4:5, [::1]:6 : -",
        "0.1, - : 2", " ", "x", "é", "\u0001", "null", "99999999999999999999", "\r", "[", "]", "|", ",",
    ];

    private static readonly Gen<string> Format = Gen.Int[0, Pieces.Length - 1].Array[1, 14].Select(indices => string.Concat(indices.Select(index => Pieces[index])));

    private static readonly Gen<byte[]> Line = Gen.OneOf(
        Gen.Int[0, Values.Length - 1].Array[0, 20].Select(indices => Encoding.UTF8.GetBytes(string.Concat(indices.Select(index => Values[index])))),
        Gen.Byte.Array[0, 100]);

    private static readonly LogParser[] Known = [Lines.Parser("json"), Lines.Parser("error"), Lines.Parser(TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"), "error"), Lines.Parser("combined")];

    private static int Times => int.TryParse(Environment.GetEnvironmentVariable("LOGSHIPPER_FUZZ"), out var times) ? times : 1;

    [Fact]
    public void No_format_makes_the_compiler_throw_and_no_line_makes_what_it_compiled_throw() => Gen.Select(Format, Line, Gen.Int[0, 4000]).Sample(
        (format, line, cut) =>
        {
            var problems = new List<string>();
            var parser = LogParser.Compile([format], TimeZoneInfo.Utc, problems);
            Assert.Equal(parser is null, problems.Count > 0);
            if (parser is null)
            {
                return;
            }

            Try(parser, line);
            Try(parser, Fill(format, cut));
        },
        iter: 20_000 * Times);

    [Fact]
    public void A_line_that_a_format_without_free_neighbours_writes_is_parsed_by_it() => Gen.Int[1, 999].Array[3, 3].Sample(
        numbers =>
        {
            var parsed = Parsed.Of(Lines.Parser("$status|$body_bytes_sent|$request_time"), $"{numbers[0] % 900 + 100}|{numbers[1]}|{numbers[2]}.000");
            Assert.True(parsed.Fits);
            Assert.Equal($"{numbers[1]}", parsed["body_bytes_sent"]);
        },
        iter: 200);

    [Fact]
    public void No_bytes_make_the_parser_of_error_log_or_of_JSON_throw() => Gen.OneOf(Headed, Braced, Line).Sample(
        line =>
        {
            foreach (var parser in Known)
            {
                Try(parser, line);
            }
        },
        iter: 20_000 * Times);

    [Fact]
    public void No_bytes_make_the_reading_of_a_time_throw() => Gen.OneOf(Moment, Gen.Byte.Array[0, 40]).Sample(
        text =>
        {
            var time = new NginxTime();
            foreach (var zone in (TimeZoneInfo[])[TimeZoneInfo.Utc, TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin")])
            {
                if (time.TryParseError(text, zone, out var local))
                {
                    Assert.InRange(local, 0, DateTime.MaxValue.Ticks);
                    time.Format(local);
                }
            }

            if (time.TryParse(text, out var ticks))
            {
                Assert.InRange(ticks, 0, DateTime.MaxValue.Ticks);
                time.Format(ticks);
            }
        },
        iter: 100_000 * Times);

    private static Gen<byte[]> Headed => Line.Select(rest => (byte[])[.. "2026/11/23 03:41:57 [error] 1#1: *38 "u8, .. rest, .. ", client: 1.2.3.4, server: s, request: \""u8, .. rest]);

    private static Gen<byte[]> Braced => Gen.Select(Line, Line).Select((one, other) => (byte[])[.. "{\""u8, .. one, .. "\":"u8, .. other, .. "}"u8]);

    private static Gen<byte[]> Moment
    {
        get
        {
            string[] templates = ["23/Nov/2026:03:41:45 +0000", "2026-11-23T03:41:45+01:00", "2026/11/23 03:41:57", "1795405305.892", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "0000/00/00 00:00:00", "9999/12/31 23:59:59", "0001/01/01 00:00:00", "99999999999.999", "29/Feb/2023:24:60:60 +9999"];
            return Gen.Select(Gen.Int[0, templates.Length - 1], Gen.Int[0, 60], Gen.Byte, Gen.Int[0, 30]).Select((template, at, value, length) =>
            {
                var bytes = Encoding.ASCII.GetBytes(templates[template]);
                if (at < bytes.Length)
                {
                    bytes[at] = (value & 1) == 0 ? (byte)('0' + (value % 10)) : value;
                }

                return length < 3 ? bytes[..Math.Min(length, bytes.Length)] : bytes;
            });
        }
    }

    /// <summary>The format with values in the place of its variables, and cut off.</summary>
    private static byte[] Fill(string format, int seed)
    {
        var text = new StringBuilder();
        foreach (var piece in format.Split('$'))
        {
            text.Append(Values[(seed + text.Length) % Values.Length]).Append(piece.TrimStart("{abcdefghijklmnopqrstuvwxyz_0123456789}".ToCharArray()));
        }

        var bytes = Encoding.UTF8.GetBytes(text.ToString());
        return seed % 3 == 0 ? bytes[..(seed % (bytes.Length + 1))] : bytes;
    }

    private static void Try(LogParser parser, byte[] line)
    {
        byte[] record = [.. line.Where(one => one != (byte)'\n'), (byte)'\n'];
        Parsed.Of(parser, record);
        var document = Documents.Bytes(parser, record, keepOriginal: true);
        Documents.Read(document);
    }
}
