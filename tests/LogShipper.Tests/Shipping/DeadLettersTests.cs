using System.Text;
using LogShipper.Configuration;
using LogShipper.Shipping;
using LogShipper.Tailing;
using LogShipper.Tests.Parsing;
using Microsoft.Extensions.Time.Testing;

namespace LogShipper.Tests.Shipping;

public sealed class DeadLettersTests : IDisposable
{
    private const int MaxBytes = 4096;

    private readonly TemporaryFolder _folder = new();
    private readonly DiskStateDirectory _state;
    private readonly List<(string Path, long From, long To, long Records)> _dropped = [];

    public DeadLettersTests()
    {
        _state = new DiskStateDirectory(_folder["state"]);
        _state.Claim();
    }

    public void Dispose()
    {
        _state.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void After_the_state_directory_was_lost_there_is_room_again_and_what_was_kept_is_kept_anew()
    {
        var letters = Letters(WhenFull.Stop);
        using var batch = Batch(8);
        Assert.True(TryKeep(letters, batch));
        using var more = Batch(8, start: 1 << 20);
        Assert.False(TryKeep(letters, more));

        Directory.Delete(_folder["state"], recursive: true);
        _state.CountLosses();

        Assert.True(TryKeep(letters, batch));
        Assert.Equal(8, DeadLetter.ReadAll(letters.ReadAll()).Count());
    }

    [Fact]
    public void The_oldest_that_make_room_are_named_by_the_range_in_which_they_stood()
    {
        var letters = Letters(WhenFull.DropOldest);
        using var batch = Batch(8);
        Assert.True(TryKeep(letters, batch));
        Assert.Empty(_dropped);
        using var more = Batch(8, start: 1 << 20);
        Assert.True(TryKeep(letters, more));

        var (path, from, to, records) = Assert.Single(_dropped);
        Assert.Equal((batch.Path, 0L), (path, from));
        Assert.Equal(records * LineLength, to);
        var left = DeadLetter.ReadAll(letters.ReadAll()).ToList();
        Assert.Equal(16 - records, left.Count);
        Assert.Equal(to, left[0].Offset);
    }

    private const int LineLength = 101;

    private static Batch Batch(int lines, long start = 0)
    {
        var bytes = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(new string('x', LineLength - 1) + "\n", lines)));
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(buffer, 0);
        return new Batch(default, start, start + bytes.Length, buffer, 0, bytes.Length, Lines.Parser("combined")) { Log = "access", Path = "/var/log/nginx/access.log" };
    }

    private static bool TryKeep(DeadLetters letters, Batch batch) =>
        letters.TryKeep(batch, Enumerable.Range(0, batch.Count).ToDictionary(index => index, _ => ("mapper_parsing_exception", (string?)null)), out _);

    private DeadLetters Letters(WhenFull whenFull) => new("access.es.deadletters.ndjson", "es", _state, new DeadLetterPlan(MaxBytes, whenFull), new FakeTimeProvider())
    {
        Dropped = (path, from, to, amount) => _dropped.Add((path, from, to, amount.Records)),
    };
}
