using System.Runtime.InteropServices;
using System.Text;
using LogShipper.Payloads;
using LogShipper.Shipping;
using LogShipper.Sinks.Stdout;

namespace LogShipper.Tests.Sinks.Stdout;

public sealed partial class StdoutSinkTests : IDisposable
{
    private const int PipeBytes = 64 * 1024;

    private readonly int _reader;
    private readonly int _writer;
    private readonly StandardOutput _output;
    private bool _readerClosed;
    private bool _writerClosed;

    public StdoutSinkTests()
    {
        var ends = new int[2];
        Assert.Equal(0, Pipe(ends, 0));
        (_reader, _writer) = (ends[0], ends[1]);
        _output = new StandardOutput(_writer);
    }

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        CloseWriter();
        CloseReader();
    }

    [Fact]
    public async Task A_payload_arrives_byte_for_byte()
    {
        using var payload = HandMade.Lines("first", "second");

        var delivery = await Sink().SendAsync(payload, Test);

        Assert.Same(Delivery.Complete, delivery);
        Assert.Equal("first\nsecond\n", ReadNow(100));
    }

    [Fact]
    public async Task A_full_pipe_is_waited_for_and_then_drained_in_order()
    {
        using var payload = HandMade.Lines([.. Enumerable.Range(0, 30_000).Select(i => $"line {i}")]);
        var sending = Sink().SendAsync(payload, Test).AsTask();

        var read = await Task.Run(() => ReadAll(payload.Body.Length), Test);

        Assert.Same(Delivery.Complete, await sending);
        Assert.Equal(payload.Body.ToArray(), Encoding.ASCII.GetBytes(read));
    }

    [Fact]
    public async Task A_full_pipe_holds_no_thread()
    {
        var fake = new CountingOutput { Room = 0 };
        using var cancelling = new CancellationTokenSource();
        using var payload = HandMade.Lines("x");

        // Returns to the caller, where a blocking write would not.
        var sending = new StdoutSink(new StdoutOptions(), fake, TimeProvider.System).SendAsync(payload, cancelling.Token);

        Assert.False(sending.IsCompleted);
        await cancelling.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await sending);
    }

    [Fact]
    public async Task Each_write_is_at_most_a_page()
    {
        var fake = new CountingOutput { Room = int.MaxValue };
        using var payload = HandMade.Lines(new string('x', 10_000), new string('y', 5_000));

        await new StdoutSink(new StdoutOptions(), fake, TimeProvider.System).SendAsync(payload, Test);

        Assert.All(fake.Writes, length => Assert.InRange(length, 1, 4096));
        Assert.Equal(15_002, fake.Writes.Sum());
    }

    [Fact]
    public async Task A_reader_that_is_gone_ends_the_lane()
    {
        CloseReader();
        using var payload = HandMade.Lines("x");

        var delivery = await Sink().SendAsync(payload, Test);

        Assert.Equal(DeliveryResult.Ended, delivery.Result);
    }

    [Fact]
    public async Task Cancelled_with_nothing_written_it_throws()
    {
        Fill();
        using var cancelling = new CancellationTokenSource();
        using var payload = HandMade.Lines("x");
        var sending = Sink().SendAsync(payload, cancelling.Token).AsTask();

        await cancelling.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
    }

    [Fact]
    public async Task Cancelled_in_the_middle_it_tells_exactly_the_lines_that_are_out()
    {
        using var cancelling = new CancellationTokenSource();
        using var payload = HandMade.Lines([.. Enumerable.Range(0, 30_000).Select(i => $"line {i}")]);
        var sending = Sink().SendAsync(payload, cancelling.Token).AsTask();
        var beginning = await Task.Run(() => ReadAll(PipeBytes), Test);

        await cancelling.CancelAsync();
        var delivery = await sending;

        CloseWriter();
        var seen = beginning + ReadNow(2 * PipeBytes);
        var whole = seen.Count(letter => letter == '\n');
        Assert.Equal(DeliveryResult.Answered, delivery.Result);
        Assert.Equal(Enumerable.Range(whole, 30_000 - whole), delivery.Items.Select(item => item.Item));
        Assert.All(delivery.Items, item => Assert.Equal(ItemFate.Retry, item.Fate));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(3, 0)]
    [InlineData(6, 1)]
    [InlineData(7, 1)]
    [InlineData(12, 2)]
    public async Task A_full_disk_leaves_the_lines_that_are_not_whole(int room, int whole)
    {
        var fake = new CountingOutput { Room = room, WhenFull = WriteResult.Failed };
        using var payload = HandMade.Lines("first", "secon", "third");

        var delivery = await new StdoutSink(new StdoutOptions(), fake, TimeProvider.System).SendAsync(payload, Test);

        Assert.Equal(whole == 0 ? DeliveryResult.Retry : DeliveryResult.Answered, delivery.Result);
        Assert.Equal("no space", delivery.Reason);
        Assert.Equal(whole == 0 ? [] : Enumerable.Range(whole, 3 - whole), delivery.Items.Select(item => item.Item));
    }

    [Fact]
    public async Task Payloads_of_two_sinks_never_mix()
    {
        var sinks = new[] { Sink(), Sink() };
        using var small = HandMade.Lines([.. Enumerable.Repeat(new string('a', 99), 1_000)]);
        using var large = HandMade.Lines([.. Enumerable.Repeat(new string('b', 99), 1_000)]);

        var sending = Enumerable.Range(0, 20).Select(i => sinks[i % 2].SendAsync(i % 2 == 0 ? small : large, Test).AsTask()).ToArray();
        var read = await Task.Run(() => ReadAll(20 * 100_000), Test);
        await Task.WhenAll(sending);

        // First come, first served: whole payloads in the order of the calls.
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(-1, read.AsSpan(i * 100_000, 100_000).IndexOfAnyExcept(i % 2 == 0 ? 'a' : 'b', '\n'));
        }
    }

    [Fact]
    public async Task One_that_waits_for_its_turn_can_be_cancelled()
    {
        await _output.Turnstile.WaitAsync(Test);
        using var cancelling = new CancellationTokenSource();
        using var payload = HandMade.Lines("x");
        var sending = Sink().SendAsync(payload, cancelling.Token).AsTask();

        await cancelling.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        Assert.Equal(0, _output.Turnstile.CurrentCount);
    }

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    private static partial int Pipe([Out] int[] ends, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseDescriptor(int descriptor);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadDescriptor(int descriptor, Span<byte> bytes, nuint count);

    private StdoutSink Sink() => new(new StdoutOptions(), _output, TimeProvider.System);

    private void CloseWriter()
    {
        if (!_writerClosed)
        {
            _writerClosed = true;
            _ = CloseDescriptor(_writer);
        }
    }

    private void CloseReader()
    {
        if (!_readerClosed)
        {
            _readerClosed = true;
            _ = CloseDescriptor(_reader);
        }
    }

    private void Fill()
    {
        while (_output.IsReady(TimeSpan.Zero))
        {
            _output.Write(new byte[4096], out _, out _);
        }
    }

    /// <summary>What is in the pipe, up to so many bytes.</summary>
    private string ReadNow(int longest)
    {
        var bytes = new byte[longest];
        var length = (int)ReadDescriptor(_reader, bytes, (nuint)longest);
        return Encoding.ASCII.GetString(bytes, 0, length);
    }

    private string ReadAll(int count)
    {
        var text = new StringBuilder(count);
        while (text.Length < count)
        {
            text.Append(ReadNow(count - text.Length));
        }

        return text.ToString();
    }

    private sealed class CountingOutput : IStandardOutput
    {
        public SemaphoreSlim Turnstile { get; } = new(1, 1);

        public List<int> Writes { get; } = [];

        public int Room { get; set; }

        public WriteResult WhenFull { get; init; } = WriteResult.Full;

        public bool IsReady(TimeSpan timeout) => Room > 0 || WhenFull != WriteResult.Full;

        public WriteResult Write(ReadOnlySpan<byte> bytes, out int written, out string reason)
        {
            written = Math.Min(bytes.Length, Room);
            reason = written > 0 ? "" : "no space";
            Room -= written;
            Writes.Add(bytes.Length);
            return written > 0 ? WriteResult.Written : WhenFull;
        }
    }
}
