using LogShipper.Sinks.Elasticsearch;
using Microsoft.Extensions.Time.Testing;

namespace LogShipper.Tests.Sinks.Elasticsearch;

public sealed class NodePoolTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Requests_go_round_the_nodes()
    {
        var pool = Pool("a", "b", "c");

        Assert.Equal("abcabc", Take(pool, 6));
    }

    [Fact]
    public void A_node_that_failed_is_rested()
    {
        var pool = Pool("a", "b");
        pool.Failed(pool.Nodes[0]);

        Assert.Equal("bbbb", Take(pool, 4));
    }

    [Fact]
    public void After_its_rest_one_request_probes_it()
    {
        var pool = Pool("a", "b");
        pool.Failed(pool.Nodes[0]);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("abbb", Take(pool, 4));
    }

    [Fact]
    public void A_probe_that_is_answered_brings_it_back()
    {
        var pool = Pool("a", "b");
        pool.Failed(pool.Nodes[0]);
        _time.Advance(TimeSpan.FromSeconds(1));
        pool.Answered(pool.Next());

        Assert.Equal("baba", Take(pool, 4));
    }

    [Fact]
    public void Each_failed_probe_doubles_the_rest_up_to_a_minute()
    {
        var pool = Pool("a", "b");
        pool.Failed(pool.Nodes[0]);
        foreach (var seconds in new[] { 1, 2, 4, 8, 16, 32, 60, 60 })
        {
            _time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
            Assert.DoesNotContain("a", Take(pool, 4), StringComparison.Ordinal);
            _time.Advance(TimeSpan.FromMilliseconds(1));
            Assert.Contains("a", Take(pool, 2), StringComparison.Ordinal);
            pool.Failed(pool.Nodes[0]);
        }
    }

    [Fact]
    public void Failures_of_requests_that_were_under_way_together_count_once()
    {
        var pool = Pool("a", "b");
        for (var i = 0; i < 10; i++)
        {
            pool.Failed(pool.Nodes[0]);
        }

        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Contains("a", Take(pool, 2), StringComparison.Ordinal);
    }

    [Fact]
    public void When_all_rest_the_longest_rested_is_tried()
    {
        var pool = Pool("a", "b", "c");
        foreach (var node in new[] { 1, 0, 2 })
        {
            pool.Failed(pool.Nodes[node]);
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.Equal("b", Take(pool, 1));
    }

    [Fact]
    public void When_all_rest_they_are_tried_in_turn()
    {
        var pool = Pool("a", "b");
        pool.Failed(pool.Nodes[0]);
        pool.Failed(pool.Nodes[1]);
        var tried = "";
        for (var i = 0; i < 4; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(10));
            var node = pool.Next();
            tried += Name(node);
            pool.Failed(node);
        }

        Assert.Equal("abab", tried);
    }

    [Fact]
    public void A_password_in_an_address_does_not_stand_in_it() =>
        Assert.Equal("https://es:9200/base", new Node(new Uri("https://elastic:secret@es:9200/base/")).Address);

    private static string Name(Node node) => new Uri(node.Address).Host;

    private static string Take(NodePool pool, int count) =>
        string.Concat(Enumerable.Range(0, count).Select(_ => Name(pool.Next())));

    private NodePool Pool(params string[] hosts) => new(hosts.Select(host => new Uri($"http://{host}:9200")), _time);
}
