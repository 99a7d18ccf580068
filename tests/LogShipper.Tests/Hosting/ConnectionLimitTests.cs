using System.Net;
using LogShipper.Hosting;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Time.Testing;

namespace LogShipper.Tests.Hosting;

public sealed class ConnectionLimitTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly RecordedMessages _messages = new();
    private readonly ConnectionDelegate _door;

    public ConnectionLimitTests() => _door = new ConnectionLimit(most: 6, mostOfOneAddress: 3, _time, _messages).Pass(
        connection => Task.Delay(Timeout.InfiniteTimeSpan, connection.ConnectionClosed).ContinueWith(_ => { }, TaskScheduler.Default));

    [Fact]
    public void One_address_has_so_many_and_no_more()
    {
        var all = Come("10.0.0.1", 4);
        Assert.Equal([true, true, true, false], all.Select(one => one.IsOpen));
        Assert.True(Come("10.0.0.2", 1)[0].IsOpen);
    }

    [Fact]
    public async Task Who_leaves_makes_room()
    {
        var all = Come("10.0.0.1", 3);
        all[0].Abort();
        await Task.Yield();
        Assert.True(SpinWait.SpinUntil(() => Come("10.0.0.1", 1)[0].IsOpen, TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void A_newcomer_gets_the_oldest_place_of_the_address_that_has_most_of_them()
    {
        var first = Come("10.0.0.1", 2);
        var crowd = Come("10.0.0.2", 3);
        var last = Come("10.0.0.3", 1);
        var probe = Come("10.0.0.4", 1)[0];
        Assert.True(probe.IsOpen);
        Assert.Equal([false, true, true], crowd.Select(one => one.IsOpen));
        Assert.All([.. first, .. last], one => Assert.True(one.IsOpen));
    }

    [Fact]
    public void Of_addresses_that_have_one_each_the_oldest_gives_way_to_a_new_one_but_not_to_its_equal()
    {
        var all = Enumerable.Range(1, 6).SelectMany(number => Come($"10.0.0.{number}", 1)).ToList();
        Assert.False(Come("10.0.0.6", 1)[0].IsOpen);
        Assert.All(all, one => Assert.True(one.IsOpen));
        Assert.True(Come("10.0.0.7", 1)[0].IsOpen);
        Assert.Equal([false, true, true, true, true, true], all.Select(one => one.IsOpen));
    }

    [Fact]
    public void A_flood_is_told_once_a_minute_with_a_count()
    {
        Come("10.0.0.1", 1000);
        Assert.Single(_messages.All, message => message.Text.Contains("1 closed since", StringComparison.Ordinal));
        Assert.Single(_messages.All);
        _time.Advance(ConnectionLimit.ToldEvery);
        Come("10.0.0.1", 1);
        Assert.Equal(2, _messages.All.Count);
        Assert.Contains("997 closed since", _messages.All[1].Text, StringComparison.Ordinal);
    }

    private List<Connection> Come(string address, int times)
    {
        var all = Enumerable.Range(0, times).Select(_ => new Connection(IPAddress.Parse(address))).ToList();
        foreach (var one in all)
        {
            _ = _door(one);
        }

        return all;
    }

    private sealed class Connection : DefaultConnectionContext
    {
        private readonly CancellationTokenSource _closed = new();

        public Connection(IPAddress address)
        {
            RemoteEndPoint = new IPEndPoint(address, 40000);
            ConnectionClosed = _closed.Token;
        }

        public bool IsOpen => !_closed.IsCancellationRequested;

        public override void Abort(ConnectionAbortedException abortReason) => _closed.Cancel();
    }
}
