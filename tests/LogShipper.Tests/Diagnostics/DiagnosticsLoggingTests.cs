using System.Text;
using System.Text.Json;
using LogShipper.Configuration;
using LogShipper.Diagnostics;
using Microsoft.Extensions.Logging;
using Serilog.Events;

namespace LogShipper.Tests.Diagnostics;

public sealed partial class DiagnosticsLoggingTests : IDisposable
{
    private readonly StringWriter _error = new();

    public void Dispose() => _error.Dispose();

    [Fact]
    public void Json_is_one_object_a_line_whatever_the_message_holds()
    {
        Log(DiagnosticsFormat.Json, logger => Shipped(logger, "a\n\"b\u0007\u009b\u007f"));
        var line = Assert.Single(Lines());
        using var json = JsonDocument.Parse(line);
        Assert.Equal("a\n\"b\u0007\u009b\u007f", json.RootElement.GetProperty("What").GetString());
        Assert.DoesNotContain(line, char.IsControl);
    }

    [Fact]
    public void Texts_stand_in_the_message_without_quotation_marks()
    {
        Log(DiagnosticsFormat.Json, logger => Shipped(logger, "access"));
        using var json = JsonDocument.Parse(Assert.Single(Lines()));
        Assert.Equal("shipped access", json.RootElement.GetProperty("@m").GetString());
        Assert.Matches("^[0-9a-f]{8}$", json.RootElement.GetProperty("@i").GetString());
        Assert.False(json.RootElement.TryGetProperty("@l", out _));
    }

    [Fact]
    public void Text_is_one_line_an_event_with_control_characters_escaped()
    {
        Log(DiagnosticsFormat.Text, logger => Shipped(logger, "a\n\u001b[2Jb"));
        var line = Assert.Single(Lines());
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INF shipped a\\u000a\\u001b\[2Jb$", line);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_exception_stays_on_its_line(bool json)
    {
        Log(json ? DiagnosticsFormat.Json : DiagnosticsFormat.Text, logger => Failed(logger, new InvalidOperationException("first\nsecond")));
        Assert.Contains("second", Assert.Single(Lines()), StringComparison.Ordinal);
    }

    [Fact]
    public void Events_under_the_level_are_left_out_and_the_level_may_change()
    {
        using (var logging = new DiagnosticsLogging(new DiagnosticsPlan(LogEventLevel.Warning, DiagnosticsFormat.Text), _error, TimeProvider.System))
        {
            var logger = logging.Factory.CreateLogger("LogShipper.Test");
            Shipped(logger, "quiet");
            logging.Level = LogEventLevel.Information;
            Shipped(logger, "loud");
        }

        Assert.Contains("loud", Assert.Single(Lines()), StringComparison.Ordinal);
    }

    [Fact]
    public void The_libraries_beneath_are_heard_from_warnings_on_only()
    {
        using (var logging = new DiagnosticsLogging(new DiagnosticsPlan(LogEventLevel.Verbose, DiagnosticsFormat.Text), _error, TimeProvider.System))
        {
            foreach (var category in new[] { "Microsoft.AspNetCore.Hosting", "System.Net.Http", "Polly" })
            {
                var logger = logging.Factory.CreateLogger(category);
                Shipped(logger, "quiet");
            }
        }

        Assert.Empty(Lines());
    }

    [Fact]
    public async Task A_stderr_that_nobody_reads_stops_neither_the_logging_nor_the_end()
    {
        using var blocked = new BlockedWriter();
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var logging = new DiagnosticsLogging(new DiagnosticsPlan(LogEventLevel.Information, DiagnosticsFormat.Text), blocked, time);
        var logger = logging.Factory.CreateLogger("LogShipper.Test");
        for (var number = 0; number < (2 * BackgroundSink.Capacity) + 10; number++)
        {
            Shipped(logger, "more");
        }

        var disposal = Task.Run(logging.Dispose, TestContext.Current.CancellationToken);
        while (!disposal.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await disposal;
    }

    [Fact]
    public void What_found_no_room_is_told_once_there_is_room_again()
    {
        var released = new BlockedWriter();
        var logging = new DiagnosticsLogging(new DiagnosticsPlan(LogEventLevel.Information, DiagnosticsFormat.Text), released, TimeProvider.System);
        var logger = logging.Factory.CreateLogger("LogShipper.Test");
        for (var number = 0; number < BackgroundSink.Capacity + 500; number++)
        {
            Shipped(logger, "more");
        }

        released.Release();
        logging.Dispose();
        Assert.Matches(@"WRN (499|500) diagnostics found no room", released.Written);
    }

    [Fact]
    public void A_stderr_that_is_gone_is_borne()
    {
        using var logging = new DiagnosticsLogging(new DiagnosticsPlan(LogEventLevel.Information, DiagnosticsFormat.Text), new GoneWriter(), TimeProvider.System);
        var logger = logging.Factory.CreateLogger("LogShipper.Test");
        Shipped(logger, "into nothing");
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "shipped {What}")]
    private static partial void Shipped(ILogger logger, string what);

    [LoggerMessage(Level = LogLevel.Error, Message = "failed")]
    private static partial void Failed(ILogger logger, Exception exception);

    private void Log(DiagnosticsFormat format, Action<ILogger> write)
    {
        using var logging = new DiagnosticsLogging(new DiagnosticsPlan(LogEventLevel.Information, format), _error, TimeProvider.System);
        write(logging.Factory.CreateLogger("LogShipper.Test"));
    }

    private string[] Lines() => _error.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>A full pipe.</summary>
    private sealed class BlockedWriter : StringWriter
    {
        private readonly ManualResetEventSlim _open = new();

        public string Written => ToString();

        public override Encoding Encoding => Encoding.UTF8;

        public void Release() => _open.Set();

        public override void WriteLine(string? value)
        {
            _open.Wait();
            base.WriteLine(value);
        }

        protected override void Dispose(bool disposing)
        {
            _open.Set();
            base.Dispose(disposing);
        }
    }

    private sealed class GoneWriter : StringWriter
    {
        public override void WriteLine(string? value) => throw new IOException("Broken pipe");
    }
}
