using System.Text;
using System.Text.Json;
using LogShipper.Demo;

namespace LogShipper.EndToEnd;

public sealed class SinkFaultTests : EndToEndTest
{
    private const int Lines = 4000;

    private string AccessLog => Path.Combine(Folder, "access.log");

    [Fact]
    public Task With_429_for_half_of_the_requests_everything_is_there_once() =>
        ShipThroughAsync(receiver => receiver.Fault = BulkFault.EveryNth(2, BulkFault.Status(429)));

    [Fact]
    public Task With_429_for_half_of_the_items_everything_is_there_once() =>
        ShipThroughAsync(receiver => receiver.ItemFault = BulkItemFault.EveryNth(2, BulkItemFault.Busy), conflicts: false, batchBytes: "256KiB");

    [Fact]
    public Task With_connections_closed_after_storing_and_before_the_answer_nothing_is_there_twice() =>
        ShipThroughAsync(receiver => receiver.Fault = BulkFault.EveryNth(2, BulkFault.DropAfterStoring), conflicts: true);

    [Fact]
    public Task With_half_an_answer_nothing_is_there_twice() =>
        ShipThroughAsync(receiver => receiver.Fault = BulkFault.EveryNth(2, BulkFault.HalfAnswer), conflicts: true);

    [Fact]
    public Task With_an_answer_that_has_an_item_too_few_nothing_is_lost() =>
        ShipThroughAsync(receiver => receiver.Fault = BulkFault.EveryNth(2, BulkFault.WrongCount(-1)), conflicts: true);

    [Fact]
    public async Task A_record_that_is_refused_becomes_a_dead_letter_and_the_others_are_delivered()
    {
        var receiver = await StartReceiverAsync();
        receiver.ItemFault = BulkItemFault.Where(static item => Holds(item.Document, "\"/n/777\""), BulkItemFault.Unparsable);
        await ShipOneDeadLetterAsync(receiver);
        Assert.Equal(1, receiver.Tally.Rejected);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(413)]
    public async Task A_record_for_which_whole_requests_are_refused_is_found_by_halving_and_the_others_are_delivered(int status)
    {
        var receiver = await StartReceiverAsync();
        receiver.BodyFault = body => Holds(body, "\"/n/777\"") ? BulkFault.Status(status) : null;
        await ShipOneDeadLetterAsync(receiver);
    }

    /// <summary>Small batches, so that there are many requests to go wrong.</summary>
    private async Task ShipThroughAsync(Action<BulkReceiver> misbehave, bool? conflicts = null, string batchBytes = "32KiB")
    {
        var receiver = await StartReceiverAsync();
        misbehave(receiver);
        WriteLines(AccessLog, 0, Lines / 2);
        var shipper = await ShipAsync([.. Log("access", AccessLog, "main"), .. ToElasticsearch(receiver), $"BatchBytes={batchBytes}"]);
        WriteLines(AccessLog, Lines / 2, Lines / 2);
        await EventuallyAsync(() => receiver.Tally.Stored >= Lines, "everything is stored");
        await StopAsync(shipper);

        Contents.AssertOnce(receiver, Enumerable.Range(0, Lines).Select(Contents.Access));
        if (conflicts is { } expected)
        {
            Assert.Equal(expected, receiver.Tally.Conflicts > 0);
        }
    }

    private async Task ShipOneDeadLetterAsync(BulkReceiver receiver)
    {
        WriteLines(AccessLog, 0, Lines);
        var shipper = await ShipAsync([.. Log("access", AccessLog, "main"), .. ToElasticsearch(receiver)]);
        await EventuallyAsync(() => receiver.Tally.Stored >= Lines - 1 && shipper.Says("dead letters"), "everything else is stored");
        await StopAsync(shipper);

        Contents.AssertOnce(receiver, Enumerable.Range(0, Lines).Where(number => number != 777).Select(Contents.Access));
        var letter = JsonDocument.Parse(Assert.Single(File.ReadLines(Path.Combine(StateDirectory, "access.es.deadletters.ndjson")))).RootElement;
        Assert.Equal(File.ReadLines(AccessLog).ElementAt(777), letter.GetProperty("line").GetString());
        Assert.Equal(27, letter.GetProperty("id").GetString()!.Length);
        Assert.NotEqual("", letter.GetProperty("reason").GetString());
    }

    private static bool Holds(ReadOnlyMemory<byte> bytes, string text) => bytes.Span.IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;
}
