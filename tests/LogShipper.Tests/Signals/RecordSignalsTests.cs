using System.Text;
using LogShipper.Parsing;
using LogShipper.Signals;
using LogShipper.Tailing;
using LogShipper.Tests.Parsing;
using Record = LogShipper.Parsing.Record;

namespace LogShipper.Tests.Signals;

public sealed class RecordSignalsTests
{
    private const string Timed = "$remote_addr [$time_local] \"$request\" $status $body_bytes_sent $request_time $upstream_response_time";

    [Theory]
    [InlineData("GET /a HTTP/1.1", "200", "GET", "2xx")]
    [InlineData("POST /a HTTP/1.1", "499", "POST", "4xx")]
    [InlineData("PROPFIND /a HTTP/1.1", "503", "_OTHER", "5xx")]
    [InlineData("get /a HTTP/1.1", "101", "_OTHER", "1xx")]
    [InlineData("\\x16\\x03\\x01", "400", "_OTHER", "4xx")]
    [InlineData("GET / HTTP/1.1", "009", "GET", "_OTHER")]
    [InlineData("GET / HTTP/1.1", "999", "GET", "_OTHER")]
    public void A_request_counts_by_method_and_class_of_status(string request, string status, string method, string statusClass)
    {
        var item = ItemOf(Lines.Parser(Timed), $"192.0.2.7 [22/Aug/2026:10:00:00 +0000] \"{request}\" {status} 5 0.100 -");
        Assert.Equal(SignalKind.Request, item.Kind);
        Assert.Equal((method, statusClass), (SignalWords.Methods[item.Word], SignalWords.StatusClasses[item.StatusClass]));
    }

    [Theory]
    [InlineData("0.123", "0.045", 123, 45)]
    [InlineData("0.000", "0.001, 0.002 : 0.003", 0, 6)]
    [InlineData("12.5", "-", 12500, -1)]
    [InlineData("0.1", "-, 0.2", 100, 200)]
    public void Durations_are_milliseconds_and_those_of_several_upstreams_are_added_up(string request, string upstream, int requestMilliseconds, int upstreamMilliseconds)
    {
        var item = ItemOf(Lines.Parser(Timed), $"192.0.2.7 [22/Aug/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 77 {request} {upstream}");
        Assert.Equal((requestMilliseconds, upstreamMilliseconds, 77L), (item.RequestMilliseconds, item.UpstreamMilliseconds, item.Bytes));
    }

    [Fact]
    public void Without_durations_in_the_format_none_are_recorded()
    {
        var item = ItemOf(Lines.Parser("combined"), "192.0.2.7 - - [22/Aug/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"-\"");
        Assert.Equal((-1, -1), (item.RequestMilliseconds, item.UpstreamMilliseconds));
    }

    [Fact]
    public void A_record_that_no_format_fits_counts_as_unparsed() => Assert.Equal(SignalItem.Unparsed, ItemOf(Lines.Parser("combined"), "what is this"));

    [Theory]
    [InlineData("alert", "write() to \"/var/log/nginx/access.log\" was incomplete: 3 of 88 while logging request, client: 1.2.3.4, server: a", "incomplete_write")]
    [InlineData("crit", "*3 open() \"/tmp/x\" failed (28: No space left on device), client: 1.2.3.4, server: a", "no_space")]
    [InlineData("alert", "worker process 13 exited on signal 9", "worker_killed")]
    [InlineData("alert", "512 worker_connections are not enough", "worker_connections")]
    [InlineData("warn", "512 worker_connections are not enough, reusing connections", "worker_connections")]
    [InlineData("notice", "signal 17 (SIGCHLD) received from 13", "")]
    [InlineData("error", "*3 open() \"/html/512 worker_connections are not enough\" failed (2: No such file or directory), client: 1.2.3.4, server: a", "")]
    [InlineData("error", "*3 open() \"/html/worker process 1 exited on signal 9\" failed (2: No such file or directory), client: 1.2.3.4, server: a", "")]
    public void Alarms_are_what_nginx_says_and_not_what_a_client_writes(string level, string message, string alarm)
    {
        var item = ItemOf(Lines.Parser("error"), $"2026/08/22 10:00:00 [{level}] 12#12: {message}");
        Assert.Equal(SignalKind.Error, item.Kind);
        Assert.Equal((level, alarm), (SignalWords.Levels[item.Word], SignalWords.Alarms[(int)item.Alarm]));
    }

    private static SignalItem ItemOf(LogParser parser, string line)
    {
        using var batch = Lines.Batch(Encoding.UTF8.GetBytes(line), parser);
        var record = new Record(new RawRecord(0, 0, batch.Bytes, RecordFlags.None), batch, new FieldTable());
        parser.Parse(ref record);
        return RecordSignals.ItemOf(ref record, parser.Dataset == "nginx.error");
    }
}
