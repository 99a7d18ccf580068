using System.Text;
using CsCheck;
using LogShipper.Shipping;
using LogShipper.Sinks.Elasticsearch;

namespace LogShipper.Tests.Sinks.Elasticsearch;

public sealed class BulkAnswerReaderTests
{
    private const string Stored = """{"create":{"_index":"i","_id":"a","status":201,"_shards":{"total":2,"status":500}}}""";
    private const string Conflict = """{"create":{"error":{"reason":"[a]: version conflict, document already exists","type":"version_conflict_engine_exception"},"status":409}}""";
    private const string Busy = """{"create":{"status":429,"error":{"type":"es_rejected_execution_exception","reason":"queue is full"}}}""";
    private const string Unparsable = """{"create":{"status":400,"error":{"type":"document_parsing_exception","reason":"failed to parse field [a]","caused_by":{"type":"x","reason":"y"}}}}""";

    private static readonly string Mixed = Answer(Stored, Conflict, Busy, Unparsable);

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_stored_is_complete() =>
        Assert.Same(Delivery.Complete, await ReadAsync(Answer(Stored, Stored), 2));

    [Fact]
    public async Task Each_item_gets_what_became_of_it()
    {
        var delivery = await ReadAsync(Mixed, 4);

        Assert.Equal(DeliveryResult.Answered, delivery.Result);
        Assert.Equal(1, delivery.Duplicates);
        Assert.Equal(
            [new ItemOutcome(2, ItemFate.Retry, "429"), new ItemOutcome(3, ItemFate.Rejected, "document_parsing_exception", "failed to parse field [a]")],
            delivery.Items);
    }

    [Theory]
    [InlineData(200, "", nameof(ItemFate.Retry), 0)]
    [InlineData(409, "version_conflict_engine_exception", nameof(ItemFate.Retry), 0)]
    [InlineData(409, "other_exception", nameof(ItemFate.Retry), 1)]
    [InlineData(429, "es_rejected_execution_exception", nameof(ItemFate.Retry), 1)]
    [InlineData(503, "unavailable_shards_exception", nameof(ItemFate.Retry), 1)]
    [InlineData(500, "document_parsing_exception", nameof(ItemFate.Retry), 1)]
    [InlineData(403, "cluster_block_exception", nameof(ItemFate.Retry), 1)]
    [InlineData(404, "index_not_found_exception", nameof(ItemFate.Retry), 1)]
    [InlineData(400, "a_new_exception", nameof(ItemFate.Retry), 1)]
    [InlineData(400, "mapper_parsing_exception", nameof(ItemFate.Rejected), 1)]
    [InlineData(400, "document_parsing_exception", nameof(ItemFate.Rejected), 1)]
    [InlineData(400, "strict_dynamic_mapping_exception", nameof(ItemFate.Rejected), 1)]
    [InlineData(400, "illegal_argument_exception", nameof(ItemFate.Retry), 1)]
    [InlineData(302, "", nameof(ItemFate.Retry), 1)]
    public async Task Only_faults_of_the_document_are_rejected(int status, string type, string fate, int listed)
    {
        var error = type.Length > 0 ? $$""","error":{"type":"{{type}}","reason":"r"}""" : "";

        var delivery = await ReadAsync(Answer($$$"""{"create":{"status":{{{status}}}{{{error}}}}}"""), 1);

        Assert.Equal(DeliveryResult.Answered, delivery.Result);
        Assert.Equal(listed, delivery.Items.Count);
        Assert.All(delivery.Items, item => Assert.Equal(fate, item.Fate.ToString()));
    }

    [Theory]
    [InlineData("mapper [a.b] cannot be changed from type [text] to [long]", true)]
    [InlineData("mapper [index] cannot be changed from type [pipeline] to [long]", true)]
    [InlineData("Document contains at least one immense term in field=\\\"message\\\" (whose UTF8 encoding is longer than the max length 32766)", true)]
    [InlineData("Limit of total fields [1000] has been exceeded", true)]
    [InlineData("pipeline with id [field] does not exist", false)]
    [InlineData("only write ops with an op_type of create are allowed in data streams", false)]
    [InlineData("no write index is defined for alias [field]", false)]
    [InlineData("field [a] not present as part of path [a.b]", false)]
    [InlineData("Provided Grok expressions do not match field value: [x]", false)]
    [InlineData("something else", false)]
    public async Task An_illegal_argument_is_the_documents_fault_only_where_it_names_a_field(string reason, bool isFault)
    {
        var delivery = await ReadAsync(Answer($$$"""{"create":{"error":{"reason":"{{{reason}}}","type":"illegal_argument_exception"},"status":400}}"""), 1);

        Assert.Equal(isFault ? ItemFate.Rejected : ItemFate.Retry, Assert.Single(delivery.Items).Fate);
    }

    [Theory]
    [InlineData("used", nameof(ItemFate.FailureStored), 1)]
    [InlineData("not_enabled", nameof(ItemFate.Retry), 0)]
    public async Task What_the_failure_store_took_is_told(string use, string fate, int listed)
    {
        var delivery = await ReadAsync(Answer($$$"""{"create":{"failure_store":"{{{use}}}","status":201}}"""), 1);

        Assert.Equal(listed, delivery.Items.Count);
        Assert.All(delivery.Items, item => Assert.Equal(fate, item.Fate.ToString()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task The_wrong_number_of_items_delivers_nothing(int expected)
    {
        var delivery = await ReadAsync(Answer(Stored, Stored), expected);

        Assert.Equal((DeliveryResult.Retry, "wrong number of items"), (delivery.Result, delivery.Reason));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("<html>")]
    [InlineData("""{"items":{}}""")]
    [InlineData("""{"items":[1]}""")]
    [InlineData("""{"items":[{}]}""")]
    [InlineData("""{"items":[{"create":1}]}""")]
    [InlineData("""{"items":[{"create":{"status":201},"index":{"status":201}}]}""")]
    [InlineData("""{"items":[{"create":{"status":201}}],"items":[]}""")]
    [InlineData("""{"items":[{"create":{"status":201}}]} x""")]
    [InlineData("""{"error":{"items":[{"create":{"status":201}}]}}""")]
    public async Task What_is_no_bulk_answer_delivers_nothing(string answer) =>
        Assert.Equal("not a bulk answer", (await ReadAsync(answer, 1)).Reason);

    [Fact]
    public async Task Cut_at_every_byte_it_delivers_nothing()
    {
        for (var length = 0; length < Mixed.Length; length++)
        {
            Assert.Equal(DeliveryResult.Retry, (await ReadAsync(Mixed[..length], 4)).Result);
        }
    }

    [Fact]
    public async Task Split_at_every_byte_it_says_the_same()
    {
        var whole = await ReadAsync(Mixed, 4);
        var bytes = Encoding.UTF8.GetBytes(Mixed);
        for (var split = 0; split <= bytes.Length; split++)
        {
            using var answer = new PiecesStream([bytes[..split], bytes[split..]]);
            Same(whole, await BulkAnswerReader.ReadAsync(answer, 4, null, Test));
        }
    }

    [Fact]
    public void Split_at_random_it_says_the_same() =>
        Gen.Select(Gen.Int[0, 3].Select(i => new[] { Stored, Conflict, Busy, Unparsable }[i]).Array[1, 40], Gen.Int[1, 60]).Sample(
            (items, size) =>
            {
                var bytes = Encoding.UTF8.GetBytes(Answer(items));
                using var whole = new MemoryStream(bytes);
                using var pieces = new PiecesStream([.. bytes.Chunk(size)]);
                Same(Read(whole, items.Length), Read(pieces, items.Length));
            },
            iter: 300);

    [Fact]
    public void Random_bytes_never_throw_and_deliver_nothing() =>
        Gen.Byte.Array[0, 300].Sample(bytes =>
        {
            using var answer = new MemoryStream(bytes);
            Assert.Equal(DeliveryResult.Retry, Read(answer, 1).Result);
        });

    [Fact]
    public void A_changed_byte_never_throws() =>
        Gen.Select(Gen.Int[0, Mixed.Length - 1], Gen.Byte).Sample((at, value) =>
        {
            var bytes = Encoding.UTF8.GetBytes(Mixed);
            bytes[at] = value;
            using var answer = new MemoryStream(bytes);
            Read(answer, 4);
        });

    [Fact]
    public async Task A_reason_that_quotes_a_whole_line_is_cut_and_not_an_obstacle()
    {
        var answer = Answer("""{"create":{"status":400,"error":{"type":"mapper_parsing_exception","reason":"REASON"}}}""".Replace("REASON", new string('r', 3_000_000), StringComparison.Ordinal), Stored);

        var delivery = await ReadAsync(answer, 2);

        Assert.Equal(1024, Assert.Single(delivery.Items).Detail?.Length);
    }

    [Fact]
    public async Task Items_that_were_simply_stored_are_counted_around_others_wherever_the_answer_is_cut()
    {
        const string Simply = """{"create":{"status":201}}""";
        var answer = Answer(Simply, Simply, Simply, Busy, Simply, Simply, Conflict, Simply, Stored, Simply, Simply);
        for (var cut = 1; cut < answer.Length; cut++)
        {
            var bytes = Encoding.UTF8.GetBytes(answer);
            using var pieces = new PiecesStream([bytes[..cut], bytes[cut..]]);
            var delivery = await BulkAnswerReader.ReadAsync(pieces, 11, null, Test);

            Assert.Equal([new ItemOutcome(3, ItemFate.Retry, "429")], delivery.Items);
            Assert.Equal(1, delivery.Duplicates);
        }
    }

    [Fact]
    public async Task A_very_long_answer_takes_constant_memory()
    {
        const int Count = 2_000_000;
        using var answer = new RepeatedStream("""{"items":["""u8.ToArray(), Encoding.ASCII.GetBytes(Stored + ","), Encoding.ASCII.GetBytes(Stored + "]}"), Count - 1);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var delivery = await BulkAnswerReader.ReadAsync(answer, Count, null, Test);

        Assert.Same(Delivery.Complete, delivery);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Fact]
    public async Task Deep_nesting_in_unknown_fields_is_passed_over()
    {
        var deep = string.Concat(Enumerable.Repeat("[", 200)) + string.Concat(Enumerable.Repeat("]", 200));

        var delivery = await ReadAsync($$"""{"x":{{deep}},"items":[{{Stored}}],"y":{"items":[{"status":1}] } }""", 1);

        Assert.Same(Delivery.Complete, delivery);
    }

    [Fact]
    public async Task An_error_type_that_is_no_code_does_not_become_a_reason()
    {
        var delivery = await ReadAsync(Answer("""{"create":{"status":400,"error":{"type":"GET /secret?token=1","reason":"r"}}}"""), 1);

        Assert.Equal("unknown_error", Assert.Single(delivery.Items).Reason);
    }

    private static string Answer(params string[] items) => $$"""{"took":3,"errors":true,"items":[{{string.Join(',', items)}}],"ingest_took":1}""";

    private static async Task<Delivery> ReadAsync(string answer, int expected)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(answer));
        return await BulkAnswerReader.ReadAsync(stream, expected, null, Test);
    }

    // These streams never wait, so the answer is there at once.
    private static Delivery Read(Stream answer, int expected)
    {
        var reading = BulkAnswerReader.ReadAsync(answer, expected, null, Test).AsTask();
        Assert.True(reading.IsCompletedSuccessfully);
        return reading.GetAwaiter().GetResult();
    }

    private static void Same(Delivery expected, Delivery actual)
    {
        Assert.Equal((expected.Result, expected.Reason, expected.Duplicates), (actual.Result, actual.Reason, actual.Duplicates));
        Assert.Equal(expected.Items, actual.Items);
    }

    /// <summary>Gives its pieces one a read.</summary>
    private sealed class PiecesStream(IReadOnlyList<byte[]> pieces) : ReadStream
    {
        private int _next;

        public override int Read(Span<byte> buffer)
        {
            while (_next < pieces.Count && pieces[_next].Length == 0)
            {
                _next++;
            }

            if (_next == pieces.Count)
            {
                return 0;
            }

            pieces[_next].CopyTo(buffer);
            return pieces[_next++].Length;
        }
    }

    private sealed class RepeatedStream(byte[] head, byte[] body, byte[] tail, int times) : ReadStream
    {
        private int _next;

        public override int Read(Span<byte> buffer)
        {
            var written = 0;
            while (_next <= times + 1)
            {
                var piece = _next == 0 ? head : _next <= times ? body : tail;
                if (piece.Length > buffer.Length - written)
                {
                    break;
                }

                piece.CopyTo(buffer[written..]);
                written += piece.Length;
                _next++;
            }

            // Less than a piece is free: one byte of white space keeps the stream going, which JSON allows between tokens.
            if (written == 0 && _next <= times + 1)
            {
                buffer[0] = (byte)' ';
                return 1;
            }

            return written;
        }
    }

    private abstract class ReadStream : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public abstract override int Read(Span<byte> buffer);

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
