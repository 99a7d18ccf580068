using System.Buffers;
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
    private SharedPieces? _frame;

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
        var hello = new SharedPieces();
        hello.Write(Retry);
        await WriteAsync(context, hello, ended);
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
            var length = frame.Length;
            await WriteAsync(context, frame, ended);
            await Task.Delay(UntilNext(length), _time, ended);
        }
    }

    /// <summary>The status of this second: made by who asks first.</summary>
    private SharedPieces TakeFrame()
    {
        lock (_lock)
        {
            var number = _time.GetElapsedTime(_start).Ticks / Period.Ticks;
            if (_frame is null || number != _frameNumber)
            {
                _frameNumber = number;
                var frame = Event("status", _status.Take(), PageJson.Default.StatusReport);
                _frame?.Dispose();
                _frame = frame;
                Made++;
            }

            return _frame.Hold();
        }
    }

    /// <summary>Until the next second begins; all listeners wake at once, and one event serves them all.</summary>
    private TimeSpan UntilNext(int length)
    {
        var seconds = Math.Clamp((length + BytesPerSecond - 1) / BytesPerSecond, 1, LongestPeriod);
        return (Period * seconds) - TimeSpan.FromTicks(_time.GetElapsedTime(_start).Ticks % Period.Ticks) + TimeSpan.FromMilliseconds(1);
    }

    /// <summary>Sends an event and lets go of it.</summary>
    private async Task WriteAsync(HttpContext context, SharedPieces pieces, CancellationToken ended)
    {
        using var held = pieces;
        using var patience = new CancellationTokenSource(Patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ended, patience.Token);
        try
        {
            await held.WriteToAsync(context.Response.Body, either.Token);
            await context.Response.Body.FlushAsync(either.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            context.Abort();
            throw;
        }
    }

    /// <summary>JSON without white space has no line break: it is one data line.</summary>
    private static SharedPieces Event<T>(string name, T data, JsonTypeInfo<T> type)
    {
        var pieces = new SharedPieces();
        pieces.Write("event: "u8);
        pieces.Write(System.Text.Encoding.ASCII.GetBytes(name));
        pieces.Write("\ndata: "u8);
        using (var json = new Utf8JsonWriter(pieces))
        {
            JsonSerializer.Serialize(json, data, type);
        }

        pieces.Write("\n\n"u8);
        return pieces;
    }
}
