namespace LogShipper.Sinks.Elasticsearch;

/// <summary>One node: where it is, and whether it is being rested.</summary>
internal sealed class Node
{
    private Place? _last;

    public Node(Uri address)
    {
        // The address stands in messages; a password in it must not.
        var builder = new UriBuilder(address) { UserName = "", Password = "", Query = "", Fragment = "" };
        Address = builder.Uri.AbsoluteUri.TrimEnd('/');
    }

    /// <summary>Base address without a slash at its end.</summary>
    public string Address { get; }

    /// <summary>Where in it <paramref name="pathAndQuery"/> stands; nearly every request goes where the one before it went.</summary>
    public Uri AddressOf(string pathAndQuery)
    {
        if (Volatile.Read(ref _last) is { } last && last.PathAndQuery == pathAndQuery)
        {
            return last.Address;
        }

        var address = new Uri($"{Address}/{pathAndQuery}");
        Volatile.Write(ref _last, new Place(pathAndQuery, address));
        return address;
    }

    /// <summary>Failures since it last answered; guarded by the pool.</summary>
    public int Failures { get; set; }

    /// <summary>When its rest began, and when it ends; guarded by the pool.</summary>
    public long RestedSince { get; set; }

    public TimeSpan Rest { get; set; }

    /// <summary>One request looks whether it is well again; guarded by the pool.</summary>
    public bool Probed { get; set; }

    private sealed record Place(string PathAndQuery, Uri Address);
}

/// <summary>
/// Gives requests to the nodes in turn. One that fails is rested, from 1 s, doubling up to 60 s, and then probed by one
/// request alone. When all rest, the one that has rested longest is tried: the pool never says no.
/// </summary>
internal sealed class NodePool
{
    private static readonly TimeSpan ShortestRest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(60);

    private readonly Lock _gate = new();
    private readonly Node[] _nodes;
    private readonly TimeProvider _time;
    private int _next;

    public NodePool(IEnumerable<Uri> addresses, TimeProvider time)
    {
        _nodes = [.. addresses.Select(address => new Node(address))];
        ArgumentOutOfRangeException.ThrowIfZero(_nodes.Length, nameof(addresses));
        _time = time;
    }

    public IReadOnlyList<Node> Nodes => _nodes;

    /// <summary>The node for the next request; the caller says how it went with <see cref="Answered"/> or <see cref="Failed"/>.</summary>
    public Node Next()
    {
        lock (_gate)
        {
            for (var i = 0; i < _nodes.Length; i++)
            {
                var node = _nodes[(_next + i) % _nodes.Length];
                if (IsReady(node))
                {
                    _next = (_next + i + 1) % _nodes.Length;
                    node.Probed = node.Failures > 0;
                    return node;
                }
            }

            var longest = _nodes[0];
            foreach (var node in _nodes)
            {
                if (_time.GetElapsedTime(longest.RestedSince, node.RestedSince) < TimeSpan.Zero)
                {
                    longest = node;
                }
            }

            // Its turn counts from now, so that the next request in the same trouble tries another one.
            longest.RestedSince = _time.GetTimestamp();
            return longest;
        }
    }

    /// <summary>The node answered, whatever it said.</summary>
    public void Answered(Node node)
    {
        lock (_gate)
        {
            node.Failures = 0;
            node.Probed = false;
        }
    }

    /// <summary>The node did not answer, or only to say that it is out of order.</summary>
    public void Failed(Node node)
    {
        lock (_gate)
        {
            // Several requests that were under way when it failed are one failure.
            if (node.Failures == 0 || node.Probed || _time.GetElapsedTime(node.RestedSince) >= node.Rest)
            {
                var doubled = ShortestRest * Math.Pow(2, Math.Min(node.Failures, 10));
                node.Rest = doubled < LongestRest ? doubled : LongestRest;
                node.Failures++;
            }

            node.RestedSince = _time.GetTimestamp();
            node.Probed = false;
        }
    }

    private bool IsReady(Node node) =>
        node.Failures == 0 || (!node.Probed && _time.GetElapsedTime(node.RestedSince) >= node.Rest);
}
