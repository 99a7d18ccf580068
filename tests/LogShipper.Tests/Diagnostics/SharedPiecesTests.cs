using System.Buffers;
using LogShipper.Diagnostics;

namespace LogShipper.Tests.Diagnostics;

public sealed class SharedPiecesTests
{
    [Fact]
    public async Task What_is_written_comes_out_whole_and_in_small_pieces()
    {
        var bytes = Enumerable.Range(0, 200_000).Select(number => (byte)number).ToArray();
        using var pieces = new SharedPieces();
        foreach (var part in bytes.Chunk(777))
        {
            pieces.Write(part);
        }

        Assert.Equal(bytes.Length, pieces.Length);
        Assert.Equal(bytes, pieces.ToArray());
        using var sent = new NotedStream();
        await pieces.WriteToAsync(sent, TestContext.Current.CancellationToken);
        Assert.Equal(bytes, sent.ToArray());
        Assert.InRange(sent.Longest, 1, 32 * 1024);
    }

    [Fact]
    public void Room_for_more_than_a_piece_is_given()
    {
        using var pieces = new SharedPieces();
        pieces.Write("a"u8);
        pieces.GetSpan(100_000)[..100_000].Fill((byte)'b');
        pieces.Advance(100_000);
        Assert.Equal(100_001, pieces.ToArray().Length);
        Assert.Equal((byte)'b', pieces.ToArray()[^1]);
    }

    [Fact]
    public void It_is_there_until_the_last_who_holds_it_lets_go()
    {
        var pieces = new SharedPieces();
        pieces.Write("answer"u8);
        var other = pieces.Hold();
        pieces.Dispose();
        Assert.Equal("answer"u8.ToArray(), other.ToArray());
        other.Dispose();
        Assert.Throws<InvalidOperationException>(other.ToArray);
    }

    private sealed class NotedStream : MemoryStream
    {
        public int Longest { get; private set; }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Longest = Math.Max(Longest, buffer.Length);
            return base.WriteAsync(buffer, cancellationToken);
        }
    }
}
