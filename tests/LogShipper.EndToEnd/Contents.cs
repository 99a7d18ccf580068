using System.Globalization;
using System.Text;
using LogShipper.Demo;

namespace LogShipper.EndToEnd;

/// <summary>Counts what arrived against what was written: exactly once each, or it names what is missing and what is there twice.</summary>
internal static class Contents
{
    public const string AccessStream = "logs-nginx.access-default";
    public const string ErrorStream = "logs-nginx.error-default";

    /// <summary>What tells a document from others: its kind and the path of its request, which carries a number; null: it has none.</summary>
    public static string? KeyOf(ReadOnlyMemory<byte> document)
    {
        var marker = "\"url\":{\"original\":\""u8;
        var start = document.Span.IndexOf(marker);
        if (start < 0)
        {
            return null;
        }

        var path = document.Span[(start + marker.Length)..];
        path = path[..path.IndexOf((byte)'"')];
        var isError = document.Span.IndexOf("\"dataset\":\"nginx.error\""u8) >= 0;
        return (isError ? "error " : "access ") + Encoding.UTF8.GetString(path);
    }

    public static string Access(string path) => "access " + path;

    public static string Access(int number) => string.Create(CultureInfo.InvariantCulture, $"access /n/{number}");

    /// <summary>The path in a line of access.log.</summary>
    public static string PathOf(string accessLine)
    {
        var start = accessLine.IndexOf("\"GET ", StringComparison.Ordinal) + 5;
        return accessLine[start..accessLine.IndexOf(' ', start)];
    }

    /// <summary>All documents of a load are there, once.</summary>
    public static void AssertAll(BulkReceiver receiver, Load load)
    {
        var numbers = Enumerable.Range(0, load.Answered);
        AssertOnce(receiver, numbers.Select(number => "access " + load.PathOf(number)).Concat(numbers.Where(load.IsMissing).Select(number => "error " + load.PathOf(number))));
    }

    /// <summary>These documents are there, once, and no other with a number.</summary>
    public static void AssertOnce(BulkReceiver receiver, IEnumerable<string> expected)
    {
        var stored = receiver.Contents;
        var wanted = expected.ToHashSet();
        var lost = wanted.Where(key => !stored.ContainsKey(key)).ToList();
        var repeated = stored.Where(content => content.Value > 1).Select(content => content.Key).ToList();
        var foreign = stored.Keys.Where(key => !wanted.Contains(key)).ToList();
        Assert.True(lost.Count == 0 && repeated.Count == 0 && foreign.Count == 0, $"{wanted.Count} expected: {Name(lost)} lost, {Name(repeated)} twice, {Name(foreign)} unexpected");
        AssertNoneTwice(receiver);
    }

    public static void AssertNoneTwice(BulkReceiver receiver)
    {
        var tally = receiver.Tally;
        Assert.True(tally is { RepeatedContents: 0, RepeatedIds: 0, Altered: 0 }, $"documents are there twice: {tally}");
    }

    /// <summary>The very lines, in any order, each as often as expected.</summary>
    public static void AssertSameLines(IEnumerable<string> expected, IEnumerable<string> actual)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var line in expected)
        {
            counts[line] = counts.GetValueOrDefault(line) - 1;
        }

        foreach (var line in actual)
        {
            counts[line] = counts.GetValueOrDefault(line) + 1;
        }

        var lost = counts.Where(line => line.Value < 0).Select(line => line.Key).ToList();
        var surplus = counts.Where(line => line.Value > 0).Select(line => line.Key).ToList();
        Assert.True(lost.Count == 0 && surplus.Count == 0, $"on stdout {Name(lost)} lost, {Name(surplus)} too often");
    }

    private static string Name(List<string> keys) => keys.Count == 0 ? "0" : $"{keys.Count} ({string.Join("; ", keys.Take(5))}{(keys.Count > 5 ? "; …" : "")})";
}
