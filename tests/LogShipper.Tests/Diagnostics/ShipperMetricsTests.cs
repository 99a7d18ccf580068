using System.Diagnostics;
using LogShipper.Configuration;
using LogShipper.Diagnostics;
using LogShipper.Shipping;

namespace LogShipper.Tests.Diagnostics;

public sealed class ShipperMetricsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Series_are_bounded_by_the_configuration_however_many_files_a_glob_matches()
    {
        const int Files = 40;
        for (var file = 0; file < Files; file++)
        {
            await File.WriteAllTextAsync(_folder[$"vhost{file}.access.log"], ObservedFleet.Lines(1, $"{file}"), TestContext.Current.CancellationToken);
        }

        await using var fleet = new ObservedFleet(_folder, accessPath: "*.access.log");
        await fleet.ShipAsync();
        Assert.Equal((Files + 1) * 2, fleet.Fleet.Lanes.Count);
        var measured = fleet.Collect();
        Assert.Equal(["access", "error"], measured.Where(one => one.Labels.ContainsKey("log")).Select(one => one.Labels["log"]).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(["one", "two"], measured.Where(one => one.Labels.ContainsKey("sink")).Select(one => one.Labels["sink"]).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(measured.Count, measured.Select(one => $"{one.Instrument} {string.Join(' ', one.Labels)}").Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(Files, fleet.Value("logshipper.acknowledged.records", ("log", "access"), ("sink", "one")));
        Assert.Equal(Files, fleet.Value("nginx.requests"));
    }

    [Fact]
    public async Task A_glob_that_matches_nothing_but_links_is_a_problem_of_each_of_its_sinks_though_it_has_no_lane()
    {
        File.CreateSymbolicLink(_folder["a.access.log"], "/dev/stdout");
        await using var fleet = new ObservedFleet(_folder, accessPath: "*.access.log");
        fleet.Fleet.Start();
        Assert.All<string>(["one", "two"], sink => Assert.Equal(1, fleet.Value("logshipper.problems", ("log", "access"), ("sink", sink), ("kind", "read"))));
        Assert.Equal(2, fleet.Value("logshipper.problems"));

        File.Delete(_folder["a.access.log"]);
        await File.WriteAllTextAsync(_folder["a.access.log"], ObservedFleet.Lines(1), TestContext.Current.CancellationToken);
        for (var round = 0; fleet.Value("logshipper.acknowledged.records") < 2; round++)
        {
            Assert.True(round < 2000, "The file that took the link's place was not found.");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TestContext.Current.CancellationToken);
        }

        Assert.Equal(0, fleet.Value("logshipper.problems"));
    }

    [Fact]
    public async Task Series_have_the_labels_that_the_documentation_names_and_no_others()
    {
        await using var fleet = new ObservedFleet(_folder);
        await fleet.ShipAsync();
        var notes = fleet.Metrics.Notes.Concat(fleet.Signals.Metrics.Notes).ToDictionary(note => note.Name, StringComparer.Ordinal);
        foreach (var (instrument, labels, _) in fleet.Collect())
        {
            Assert.Equal(notes[instrument].Labels.Order(StringComparer.Ordinal), labels.Keys.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public async Task The_counters_agree_with_the_ledger()
    {
        await File.WriteAllTextAsync(_folder["access.log"], ObservedFleet.Lines(500), TestContext.Current.CancellationToken);
        await using var fleet = new ObservedFleet(_folder);
        await fleet.ShipAsync();
        var length = new FileInfo(_folder["access.log"]).Length;
        Assert.Equal(500, fleet.Value("logshipper.read.records", ("log", "access"), ("sink", "one")));
        Assert.Equal(length, fleet.Value("logshipper.acknowledged.bytes", ("log", "access"), ("sink", "two")));
        Assert.Equal(0, fleet.Value("logshipper.in_flight.bytes"));
        Assert.Equal(0, fleet.Value("logshipper.lag.bytes"));
        Assert.Equal(0, fleet.Value("logshipper.lag.seconds"));
        Assert.Equal(0, fleet.Value("logshipper.checkpoint.age"));
    }

    [Fact]
    public async Task A_sink_that_takes_nothing_shows_as_failing_and_as_lag()
    {
        await File.WriteAllTextAsync(_folder["access.log"], ObservedFleet.Lines(500), TestContext.Current.CancellationToken);
        await using var fleet = new ObservedFleet(_folder, _ => Delivery.Retry("http 503"));
        await fleet.ShipAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(1, fleet.Value("logshipper.sink.failing", ("sink", "one")));
        Assert.Equal(new FileInfo(_folder["access.log"]).Length, fleet.Value("logshipper.lag.bytes", ("log", "access"), ("sink", "one")));
        Assert.True(fleet.Value("logshipper.lag.seconds", ("log", "access"), ("sink", "one")) > 0);
        Assert.True(fleet.Value("logshipper.retries", ("log", "access"), ("sink", "one")) > 0);
    }

    [Fact]
    public async Task A_refused_configuration_shows_until_it_is_mended()
    {
        await using var fleet = new ObservedFleet(_folder);
        var state = new ReloadState(null, DateTimeOffset.UnixEpoch, Applied: 3, Refused: 2, DateTimeOffset.UnixEpoch, ["wrong"], []);
        fleet.Metrics.Observe(() => state);
        Assert.Equal(1, fleet.Value("logshipper.configuration.refused"));
        Assert.Equal(2, fleet.Value("logshipper.configuration.changes", ("outcome", "refused")));
        Assert.Equal(3, fleet.Value("logshipper.configuration.changes", ("outcome", "applied")));
        state = state with { RefusedAt = null, Problems = [] };
        Assert.Equal(0, fleet.Value("logshipper.configuration.refused"));
    }

    [Fact]
    public void A_given_back_batch_makes_no_counter_fall()
    {
        var ledger = new Ledger();
        ledger.Read(new Amount(100, 1));
        ledger.GaveBack(new Amount(100, 1));
        ledger.Read(new Amount(100, 1));
        var reading = ledger.Take();
        Assert.Equal((100L, 200L), (reading.Read.Bytes, (reading.Read + reading.GivenBack).Bytes));
        Assert.True(reading.Closes);
    }

    [Fact]
    public async Task Every_attempt_is_one_span_that_tells_where_the_records_stand_and_nothing_of_them()
    {
        var spans = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == ShipperMetrics.MeterName,
            Sample = static (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = span =>
            {
                lock (spans)
                {
                    spans.Add(span);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        var folder = _folder["access.log"];
        await File.WriteAllTextAsync(folder, ObservedFleet.Lines(3, "secret"), TestContext.Current.CancellationToken);
        var refusals = 2;
        await using var fleet = new ObservedFleet(_folder, _ => Interlocked.Decrement(ref refusals) >= 0 ? Delivery.Retry("http 503") : Delivery.Complete);
        await fleet.ShipAsync();

        // Tests of other classes may run beside this one.
        var length = new FileInfo(folder).Length;
        var ours = spans.Where(span => span.GetTagItem("logshipper.batch.end") is long end && end == length).ToArray();
        Assert.Equal(4, ours.Length);
        Assert.Equal(2, ours.Count(span => span.Status == ActivityStatusCode.Error && (string?)span.GetTagItem("error.type") == "http 503"));
        Assert.Equal(2, ours.Count(span => (string?)span.GetTagItem("logshipper.outcome") == "delivered"));
        Assert.All(ours, span => Assert.DoesNotContain(span.TagObjects, tag => $"{tag.Value}".Contains("secret", StringComparison.Ordinal)));
    }
}
