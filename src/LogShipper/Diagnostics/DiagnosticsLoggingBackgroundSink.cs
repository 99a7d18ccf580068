using System.Threading.Channels;
using LogShipper.Configuration;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Parsing;

namespace LogShipper.Diagnostics;

/// <summary>
/// Writes events one line each, from a thread of its own: when nobody reads our stderr, a write to it blocks for ever,
/// and that must stop neither the shipping nor the end of the process. What then finds no room is counted and dropped.
/// </summary>
internal sealed class BackgroundSink : ILogEventSink, IDisposable
{
    internal const int Capacity = 1024;

    private static readonly TimeSpan DisposeTimeout = TimeSpan.FromSeconds(2);

    private static readonly MessageTemplate DroppedTemplate = new MessageTemplateParser().Parse("{Dropped} diagnostics found no room: nobody read stderr");

    private readonly Channel<LogEvent> _events = Channel.CreateBounded<LogEvent>(
        new BoundedChannelOptions(Capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly ITextFormatter _formatter;
    private readonly TextWriter _output;
    private readonly TimeProvider _time;
    private readonly Thread _writer;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _dropped;

    public BackgroundSink(ITextFormatter formatter, TextWriter output, TimeProvider time)
    {
        _formatter = formatter;
        _output = output;
        _time = time;

        // A background thread: one that hangs in a write does not keep the process alive.
        _writer = new Thread(WriteAll, maxStackSize: 256 * 1024) { IsBackground = true, Name = "diagnostics" };
        _writer.Start();
    }

    public void Emit(LogEvent logEvent)
    {
        if (!_events.Writer.TryWrite(logEvent))
        {
            Interlocked.Increment(ref _dropped);
        }
    }

    /// <summary>Writes what is waiting; gives up after 2 seconds.</summary>
    public void Dispose()
    {
        _events.Writer.TryComplete();
        try
        {
            _ended.Task.WaitAsync(DisposeTimeout, _time).GetAwaiter().GetResult();
        }
        catch (TimeoutException)
        {
            // Nobody reads: what is still waiting is lost with the process.
        }
    }

    private void WriteAll()
    {
        var line = new StringWriter();
        try
        {
            while (_events.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
            {
                while (_events.Reader.TryRead(out var logEvent))
                {
                    Write(logEvent, line);
                    TellDropped(line);
                }

                _output.Flush();
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // stderr is gone. Nothing can be said any more, which is no reason to stop shipping.
        }
        finally
        {
            _ended.TrySetResult();
        }
    }

    private void Write(LogEvent logEvent, StringWriter line)
    {
        _formatter.Format(logEvent, line);
        var text = line.GetStringBuilder();
        var end = text.Length;
        while (end > 0 && text[end - 1] is '\n' or '\r' or ' ')
        {
            end--;
        }

        // The JSON form escapes what JSON must, but not DEL and the C1 controls, which move a terminal's cursor as well.
        _output.WriteLine(PrintableText.Escape(text.ToString(0, end)));
        text.Clear();
    }

    private void TellDropped(StringWriter line)
    {
        if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped)
        {
            Write(new LogEvent(_time.GetUtcNow(), LogEventLevel.Warning, null, DroppedTemplate, [new LogEventProperty("Dropped", new ScalarValue(dropped))]), line);
        }
    }
}
