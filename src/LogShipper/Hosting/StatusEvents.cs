using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using LogShipper.Configuration;
using LogShipper.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace LogShipper.Hosting;

/// <summary>
/// <c>/events</c>: the configuration and the last quarter of an hour once, then the status each second, as server-sent
/// events. Everybody gets the same bytes at the same moment, made once; while nobody listens nothing is made.
/// </summary>
internal sealed class StatusEvents
{
    /// <summary>More are sent away: a flood of them must not cost the shipping.</summary>
    public const int MostListeners = 8;

    /// <summary>Who has not taken an event by then is dropped.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <summary>With many lanes the events come less often, so that a listener costs no more than about this a second…</summary>
    private const int BytesPerSecond = 128 * 1024;

    /// <summary>… but no less often than once in so many seconds.</summary>
    private const int LongestPeriod = 5;

    private static readonly byte[] Retry = "retry: 3000\n\n"u8.ToArray();

    private readonly StatusReporter _status;
    private readonly Func<Plan> _plan;
    private readonly LaneHistory _history;
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly Lock _lock = new();
    private int _listeners;
    private long _frameNumber = -1;
    private byte[] _frame = [];

    public StatusEvents(StatusReporter status, Func<Plan> plan, LaneHistory history, TimeProvider time)
    {
        _status = status;
        _plan = plan;
        _history = history;
        _time = time;
        _start = time.GetTimestamp();
    }

    /// <summary>Who listens now.</summary>
    public int Listeners => Volatile.Read(ref _listeners);

    /// <summary>How often a status was made, for tests.</summary>
    public int Made { get; private set; }

    /// <summary>Sends events until the listener leaves, is too slow, or the process stops.</summary>
    public async Task ServeAsync(HttpContext context, CancellationToken stopping)
    {
        if (Interlocked.Increment(ref _listeners) > MostListeners)
        {
            Interlocked.Decrement(ref _listeners);
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.Headers.RetryAfter = "10";
            return;
        }

        try
        {
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
            await SendAllAsync(context, ended.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // It left, was dropped, or the process stops.
        }
        finally
        {
            Interlocked.Decrement(ref _listeners);
        }
    }

    private async Task SendAllAsync(HttpContext context, CancellationToken ended)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        await WriteAsync(context, Retry, ended);
        Plan? told = null;
        await WriteAsync(context, Event("history", _history.Take(), PageJson.Default.HistoryReport), ended);
        while (true)
        {
            var plan = _plan();
            if (!ReferenceEquals(told, plan))
            {
                told = plan;
                await WriteAsync(context, Event("config", new ConfigurationReport(ConfigurationListing.Of(plan)), PageJson.Default.ConfigurationReport), ended);
            }

            var frame = TakeFrame();
            await WriteAsync(context, frame, ended);
            await Task.Delay(UntilNext(frame.Length), _time, ended);
        }
    }

    /// <summary>The status of this second: made by who asks first.</summary>
    private byte[] TakeFrame()
    {
        lock (_lock)
        {
            var number = _time.GetElapsedTime(_start).Ticks / Period.Ticks;
            if (number != _frameNumber)
            {
                _frameNumber = number;
                _frame = Event("status", _status.Take(), PageJson.Default.StatusReport);
                Made++;
            }

            return _frame;
        }
    }

    /// <summary>Until the next second begins; all listeners wake at once, and one event serves them all.</summary>
    private TimeSpan UntilNext(int length)
    {
        var seconds = Math.Clamp((length + BytesPerSecond - 1) / BytesPerSecond, 1, LongestPeriod);
        return (Period * seconds) - TimeSpan.FromTicks(_time.GetElapsedTime(_start).Ticks % Period.Ticks) + TimeSpan.FromMilliseconds(1);
    }

    private async Task WriteAsync(HttpContext context, byte[] bytes, CancellationToken ended)
    {
        using var patience = new CancellationTokenSource(Patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ended, patience.Token);
        try
        {
            await context.Response.Body.WriteAsync(bytes, either.Token);
            await context.Response.Body.FlushAsync(either.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            context.Abort();
            throw;
        }
    }

    /// <summary>JSON without white space has no line break: it is one data line.</summary>
    private static byte[] Event<T>(string name, T data, JsonTypeInfo<T> type)
    {
        using var stream = new MemoryStream();
        stream.Write("event: "u8);
        stream.Write(System.Text.Encoding.ASCII.GetBytes(name));
        stream.Write("\ndata: "u8);
        JsonSerializer.Serialize(stream, data, type);
        stream.Write("\n\n"u8);
        return stream.ToArray();
    }
}
