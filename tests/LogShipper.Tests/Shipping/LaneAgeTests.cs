using LogShipper.Payloads;
using LogShipper.Shipping;

namespace LogShipper.Tests.Shipping;

/// <summary>How old what is not settled is.</summary>
public sealed class LaneAgeTests
{
    private static readonly TimeSpan Half = TimeSpan.FromMinutes(30);

    [Fact]
    public void A_start_makes_no_record_younger()
    {
        using var world = new LaneWorld { Format = "main", Sink = new FakeSink { Writer = _ => new ParsingWriter(), Judge = _ => Delivery.Retry("http 503") } };
        world.Append(LineAt(world.Time.GetUtcNow() - Half), LineAt(world.Time.GetUtcNow()));
        world.Run(TimeSpan.FromSeconds(3));
        Assert.InRange(world.Lane.BehindFor, Half, Half + TimeSpan.FromSeconds(4));
    }

    [Fact]
    public void Of_a_lane_that_was_level_the_time_counts_since_then_whatever_the_records_say()
    {
        using var world = new LaneWorld { Format = "main", Sink = new FakeSink { Writer = _ => new ParsingWriter() } };
        world.Append(LineAt(world.Time.GetUtcNow() - Half));
        world.Run(TimeSpan.FromSeconds(3));
        Assert.Equal(TimeSpan.Zero, world.Lane.BehindFor);

        world.Sink.Judge = _ => Delivery.Retry("http 503");
        world.Append(LineAt(world.Time.GetUtcNow() - Half));
        world.Run(TimeSpan.FromSeconds(15));
        Assert.InRange(world.Lane.BehindFor, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(20));
    }

    private static string LineAt(DateTimeOffset time) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"10.0.0.1 - - [{time:dd/MMM/yyyy:HH:mm:ss} +0000] \"GET / HTTP/1.1\" 200 615 \"-\" \"curl/8\" \"-\"");

    /// <summary>Wants to know the times, and writes the line as it is.</summary>
    private sealed class ParsingWriter : IRecordWriter
    {
        public bool Parses => true;

        public bool TracksItems => true;

        public string Target => "";

        public PayloadCompression Compression => PayloadCompression.None;

        public void Write(ref LogShipper.Parsing.Record record, PayloadBuffer output)
        {
            output.Write(record.Raw.Content);
            output.Write("\n"u8);
        }
    }
}
