using System.Text;
using System.Text.Json;
using LogShipper.Configuration;
using LogShipper.Diagnostics;
using LogShipper.Hosting;
using LogShipper.Tests.Configuration;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Time.Testing;

namespace LogShipper.Tests.Hosting;

public sealed class StatusEventsTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly StatusEvents _events;
    private Plan _plan = new FakeSurroundings().Load().Plan!;

    public StatusEventsTests()
    {
        var status = new StatusReporter(() => [], () => _plan, () => true, () => true, _time);
        _events = new StatusEvents(status, () => _plan, new LaneHistory(_time), _time);
    }

    public void Dispose() => _stopping.Dispose();

    [Fact]
    public async Task A_listener_gets_the_history_the_configuration_and_a_status_each_second()
    {
        var (listener, serving) = Listen();
        Assert.Equal(["history", "config", "status"], listener.Names);
        Assert.Equal("text/event-stream", listener.Context.Response.ContentType);
        Assert.Equal("no-store", listener.Context.Response.Headers.CacheControl);
        Pass(3);
        Assert.Equal(["history", "config", "status", "status", "status", "status"], listener.Names);
        Assert.Equal(_plan.Instance, JsonSerializer.Deserialize(listener.Last, PageJson.Default.StatusReport)!.Instance);
        await StopAsync(serving);
    }

    [Fact]
    public async Task The_configuration_is_told_again_when_it_changes()
    {
        var (listener, serving) = Listen();
        Pass(1);
        _plan = _plan with { Instance = "changed" };
        Pass(1);
        Assert.Equal(["history", "config", "status", "status", "config", "status"], listener.Names);
        await StopAsync(serving);
    }

    [Fact]
    public async Task Nothing_is_made_while_nobody_listens_and_once_a_second_for_all_who_do()
    {
        Pass(5);
        Assert.Equal(0, _events.Made);
        var all = Enumerable.Range(0, 5).Select(_ => Listen()).ToList();
        Pass(4);
        Assert.Equal(5, _events.Made);
        Assert.All(all, one => Assert.Equal(5, one.Listener.Names.Count(name => name == "status")));
        await StopAsync([.. all.Select(one => one.Serving)]);
        Pass(5);
        Assert.Equal(5, _events.Made);
    }

    [Fact]
    public async Task One_listener_too_many_is_sent_away_until_another_leaves()
    {
        var all = Enumerable.Range(0, StatusEvents.MostListeners).Select(_ => Listen()).ToList();
        var (refused, refusal) = Listen();
        await refusal.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.Equal((503, "10", ""), (refused.Context.Response.StatusCode, refused.Context.Response.Headers.RetryAfter.ToString(), refused.Text));
        all[0].Listener.Context.Abort();
        await all[0].Serving.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        var (next, serving) = Listen();
        Assert.Equal(200, next.Context.Response.StatusCode);
        await StopAsync([.. all.Select(one => one.Serving), serving]);
        Assert.Equal(0, _events.Listeners);
    }

    [Fact]
    public async Task A_listener_that_does_not_take_its_events_is_dropped_and_holds_up_nobody()
    {
        var (slow, dropped) = Listen(new Listener { Stuck = true });
        var (listener, serving) = Listen();
        Pass((int)StatusEvents.Patience.TotalSeconds + 1);
        await dropped.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.True(slow.Context.RequestAborted.IsCancellationRequested);
        Assert.Equal(1, _events.Listeners);
        Assert.Equal(7, listener.Names.Count(name => name == "status"));
        await StopAsync(serving);
    }

    private (Listener Listener, Task Serving) Listen(Listener? listener = null)
    {
        listener ??= new Listener();
        listener.Context.Response.Body = listener;
        listener.Context.Features.Set<IHttpRequestLifetimeFeature>(listener);
        return (listener, _events.ServeAsync(listener.Context, _stopping.Token));
    }

    /// <summary>Second by second, with what is due after each done before the next.</summary>
    private void Pass(int seconds)
    {
        for (var i = 0; i < seconds * 10; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
        }

        _time.Advance(TimeSpan.FromMilliseconds(2));
    }

    private async Task StopAsync(params Task[] serving)
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(serving).WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }

    /// <summary>Whoever reads the answer.</summary>
    private sealed class Listener : MemoryStream, IHttpRequestLifetimeFeature
    {
        private readonly CancellationTokenSource _aborted = new();

        public DefaultHttpContext Context { get; } = new();

        public CancellationToken RequestAborted
        {
            get => _aborted.Token;
            set => throw new NotSupportedException();
        }

        public void Abort() => _aborted.Cancel();

        public bool Stuck { get; init; }

        public string Text => Encoding.UTF8.GetString(ToArray());

        public List<string> Names => [.. Text.Split('\n').Where(line => line.StartsWith("event: ", StringComparison.Ordinal)).Select(line => line[7..])];

        public string Last => Text.Split('\n').Last(line => line.StartsWith("data: ", StringComparison.Ordinal))[6..];

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Stuck)
            {
                await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
            }

            await base.WriteAsync(buffer, cancellationToken);
        }
    }
}
