using System.Globalization;
using System.Text.RegularExpressions;

namespace LogShipper.Pod;

/// <summary>Numbered requests to nginx from inside its own container, which needs bash alone: each that was answered is one line of
/// access.log that nobody else wrote.</summary>
internal sealed partial class Requests
{
    // nginx closes a connection after so many, or after more.
    private const int OnOneConnection = 100;

    // A request that was answered is printed once its whole connection is.
    private const string Script = """
        run=$1 first=$2 count=$3 size=$4 pause=$5
        for ((from = first; from < first + count; from += size)); do
          to=$((from + size < first + count ? from + size : first + count))
          exec 3<>/dev/tcp/127.0.0.1/80 || exit 1
          { for ((n = from; n < to; n++)); do
              close=; if ((n == to - 1)); then close=$'Connection: close\r\n'; fi
              printf 'HEAD /?%s-%d HTTP/1.1\r\nHost: webserver\r\n%s\r\n' "$run" "$n" "$close"
            done; } >&3 &
          echo "$from $(grep -c '^HTTP/1.1 200' <&3)"
          wait
          exec 3>&-
          if [ "$pause" != 0 ]; then sleep "$pause"; fi
        done
        """;

    private readonly string _run;

    /// <param name="run">Tells these requests from all others: letters only.</param>
    public Requests(string run) => _run = run;

    /// <summary>The command to run in nginx's container: requests <paramref name="first"/> and so many more,
    /// with a pause after each connection's.</summary>
    public IReadOnlyList<string> Command(int first, int count, double pauseSeconds = 0) =>
        ["/bin/bash", "-c", Script, "requests", _run, Text(first), Text(count), Text(OnOneConnection), pauseSeconds.ToString(CultureInfo.InvariantCulture)];

    /// <summary>The numbers of the requests that were answered, of what the command printed.</summary>
    public static HashSet<int> Answered(IEnumerable<string> printed)
    {
        var numbers = new HashSet<int>();
        foreach (var words in printed.Select(line => line.Split(' ')).Where(words => words.Length == 2 && words[1].Length > 0))
        {
            // They are answered in their order.
            numbers.UnionWith(Enumerable.Range(int.Parse(words[0], CultureInfo.InvariantCulture), int.Parse(words[1], CultureInfo.InvariantCulture)));
        }

        return numbers;
    }

    /// <summary>What became of them in a log.</summary>
    public Census CountIn(IEnumerable<string> log)
    {
        var counts = new Dictionary<int, int>();
        var torn = new List<string>();
        var repeatedBytes = 0;
        foreach (var line in log.Where(line => line.Contains($"/?{_run}-", StringComparison.Ordinal)))
        {
            if (Line().Match(line) is { Success: true } match && match.Groups["run"].Value == _run)
            {
                var number = int.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture);
                counts[number] = counts.GetValueOrDefault(number) + 1;
                repeatedBytes += counts[number] > 1 ? line.Length + 1 : 0;
            }
            else
            {
                torn.Add(line);
            }
        }

        return new Census(counts, torn, repeatedBytes);
    }

    /// <summary>Every answered request once, and nothing twice.</summary>
    public void AssertOnce(IEnumerable<int> answered, IEnumerable<string> log)
    {
        var census = CountIn(log);
        Assert.Empty(census.Torn);
        Assert.DoesNotContain(answered, number => !census.Counts.ContainsKey(number));
        Assert.DoesNotContain(census.Counts, one => one.Value != 1);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex("""^127\.0\.0\.1 - - \[[^\]]+\] "HEAD /\?(?<run>[a-z]+)-(?<number>\d+) HTTP/1\.1" 200 0 "-" "-" "-"$""", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Line();
}

/// <summary>Numbered requests in a log.</summary>
/// <param name="Counts">How often each number stands there, in whole lines of nginx's own format.</param>
/// <param name="Torn">Lines that are theirs but not whole.</param>
/// <param name="RepeatedBytes">What the whole lines hold that were there before.</param>
internal sealed record Census(IReadOnlyDictionary<int, int> Counts, IReadOnlyList<string> Torn, int RepeatedBytes);
