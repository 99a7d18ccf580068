using System.Text;
using LogShipper.Cli;
using LogShipper.Parsing;
using LogShipper.Sinks;
using LogShipper.Tests.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace LogShipper.Tests.Cli;

public sealed class TryCommandTests : IDisposable
{
    private const string Line = "192.0.2.7 - - [22/Aug/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 1234 \"-\" \"curl/8.5\"";

    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    [Fact]
    public async Task Each_sink_shows_what_it_would_get()
    {
        Assert.Equal(ExitCode.Success, await TryAsync(Line + "\n", "--log", "access"));
        Assert.Contains("1: " + Line, _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("  read as \"combined\"", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("  stdout: " + Line, _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("  es: {\"create\":", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("\"status_code\":200", _output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", _output.ToString() + _error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_without_its_newline_is_a_line()
    {
        Assert.Equal(ExitCode.Success, await TryAsync(Line, "--log", "access", "--sink", "es"));
        Assert.DoesNotContain("torn", _output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("stdout:", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_that_does_not_parse_says_where_it_departs_and_exits_with_1()
    {
        Assert.Equal(ExitCode.Problems, await TryAsync(Line.Replace("200", "OK", StringComparison.Ordinal) + "\u001b[2J\n", "--log", "access"));
        Assert.Contains("\"combined\": it departs at column 61, where $status and then \" \" should stand; there it says \"OK 1234", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("unparsed", _output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', _output.ToString());
    }

    [Fact]
    public async Task Lines_of_one_error_record_are_one_record()
    {
        Assert.Equal(ExitCode.Success, await TryAsync("2026/08/22 10:00:00 [error] 7#7: *1 first\nsecond\n", "--log", "error"));
        Assert.DoesNotContain("\n2: ", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("multiline", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_that_there_is_not_is_told()
    {
        Assert.Equal(ExitCode.Problems, await TryAsync(Line, "--log", "acess"));
        Assert.Contains("There is no log \"acess\"; there are", _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("error", "no error", "does not begin as a line of error.log")]
    [InlineData("json", "{\"a\":", "it is no JSON object: at column")]
    [InlineData("$remote_addr [$time_local]", "1.2.3.4 nonsense", "departs at column 1, where $remote_addr and then \" [\"")]
    [InlineData("$remote_addr [$time_local]", "1.2.3.4 [nonsense]", "departs at column 10, where $time_local and then \"]\"")]
    [InlineData("$status", "abc", "$status at the end of the line")]
    [InlineData("nothing at all", "abc", "does not begin as the format does")]
    public void A_format_says_where_a_line_departs_from_it(string format, string line, string words) =>
        Assert.Contains(words, FormatDiagnosis.Explain(format, Encoding.UTF8.GetBytes(line)), StringComparison.Ordinal);

    private Task<int> TryAsync(string input, params string[] arguments)
    {
        string[] settings =
        [
            "Logs:access:Format=combined", "Logs:error:Enabled=true", "Sinks:stdout:Type=stdout", "Sinks:es:Type=elasticsearch", "Sinks:es:Nodes:0=http://es:9200", "Sinks:es:ApiKey=hunter2",
        ];
        var setup = new CommandSetup(
            new FakeSurroundings(), TimeProvider.System, (_, _, _) => Task.FromResult(ExitCode.Left), sink => SinkCatalog.Create(sink, TimeProvider.System, NullLoggerFactory.Instance))
        {
            OpenInput = () => new MemoryStream(Encoding.UTF8.GetBytes(input)),
        };
        return CommandLine.InvokeAsync(
            ["try", .. arguments, .. settings.SelectMany(setting => (string[])["--set", setting])], setup, _output, _error, TestContext.Current.CancellationToken);
    }
}
