using LogShipper.Configuration;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Formatting;
using Serilog.Formatting.Display;

namespace LogShipper.Diagnostics;

/// <summary>
/// LogShipper's own messages: Serilog, on stderr, since stdout belongs to the stdout sink. The rest of the program sees
/// <see cref="ILoggerFactory"/> only. Disposing writes what is still waiting, for a bounded time.
/// </summary>
internal sealed class DiagnosticsLogging : IDisposable
{
    /// <summary>Containers differ in their zone, and the messages of several of them are read together: UTC.</summary>
    private const string TextTemplate = "{UtcTimestamp:yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {Level:u3} {Message:lj} {Exception}";

    private readonly Logger _logger;
    private readonly LoggingLevelSwitch _level;

    public DiagnosticsLogging(DiagnosticsPlan plan, TextWriter error, TimeProvider time)
    {
        _level = new LoggingLevelSwitch(plan.Level);
        var sink = new BackgroundSink(FormatterOf(plan.Format), error, time);
        _logger = new LoggerConfiguration()
            .MinimumLevel.ControlledBy(_level)

            // Of the libraries beneath, only what is wrong: they speak of every request.
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            .MinimumLevel.Override("System", LogEventLevel.Warning)
            .MinimumLevel.Override("Polly", LogEventLevel.Warning)

            // A failed start is told by us, in one line and without a stack.
            .MinimumLevel.Override("Microsoft.Extensions.Hosting.Internal.Host", LogEventLevel.Fatal)
            .WriteTo.Sink(sink)
            .CreateLogger();
        Factory = new SerilogLoggerFactory(_logger, dispose: true);
    }

    public ILoggerFactory Factory { get; }

    /// <summary>The least important level that is written; may change while running.</summary>
    public LogEventLevel Level
    {
        get => _level.MinimumLevel;
        set => _level.MinimumLevel = value;
    }

    public void Dispose() => Factory.Dispose();

    internal static ITextFormatter FormatterOf(DiagnosticsFormat format) => format switch
    {
        DiagnosticsFormat.Text => new MessageTemplateTextFormatter(TextTemplate),
        _ => new DiagnosticsJson(),
    };
}
