using System.Buffers;
using System.Text;
using LogShipper.Payloads;
using LogShipper.Shipping;
using LogShipper.Sinks.Elasticsearch;
using LogShipper.Tailing;
using Record = LogShipper.Parsing.Record;

namespace LogShipper.Tests.Sinks.Elasticsearch;

public sealed class ElasticsearchRecordWriterTests
{
    private static readonly SinkLog Log = new("access", "nginx.access", false);

    [Fact]
    public void The_action_is_a_create_with_our_id() =>
        Assert.Matches("^\\{\"create\":\\{\"_id\":\"[A-Za-z0-9_-]{27}\"\\}\\}\n$", ActionOf(null, "line\n"));

    [Fact]
    public void Where_the_index_has_a_date_the_action_names_it() =>
        Assert.StartsWith("{\"create\":{\"_index\":\"nginx-2026.03.04\",\"_id\":\"", ActionOf("nginx-{0:yyyy.MM.dd}", "line\n"), StringComparison.Ordinal);

    [Fact]
    public void Nothing_is_allocated_for_an_action()
    {
        Assert.True(IndexName.TryParse("nginx-{0:yyyy.MM.dd}", out var name, out _));
        using var batch = BatchOf("line\n"u8);
        using var output = new PayloadBuffer(1024);
        var writer = new ElasticsearchRecordWriter(new JsonLayout(Log), "", name, PayloadCompression.None);
        Write(writer, batch, output);
        Assert.Equal(0, Allocation.Of(() =>
        {
            for (var i = 0; i < 1_000; i++)
            {
                output.Clear();
                Write(writer, batch, output);
            }
        }));
    }

    private static string ActionOf(string? index, string line)
    {
        IndexName? name = null;
        Assert.True(index is null || IndexName.TryParse(index, out name, out _));
        using var batch = BatchOf(Encoding.ASCII.GetBytes(line));
        using var output = new PayloadBuffer(16);
        Write(new ElasticsearchRecordWriter(new JsonLayout(Log), "", name, PayloadCompression.None), batch, output);
        return Encoding.ASCII.GetString(output.WrittenSpan);
    }

    private static void Write(ElasticsearchRecordWriter writer, Batch batch, PayloadBuffer output)
    {
        foreach (var raw in batch)
        {
            var record = new Record(raw, batch) { TimeTicks = new DateTime(2026, 3, 4, 5, 6, 7, DateTimeKind.Utc).Ticks };
            writer.WriteAction(in record, output);
        }
    }

    private static Batch BatchOf(ReadOnlySpan<byte> line)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(line.Length);
        line.CopyTo(buffer);
        return new Batch(new FileId(7), 100, 100 + line.Length, buffer, 0, line.Length, RecordFraming.LinePerRecord);
    }
}
