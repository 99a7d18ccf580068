using LogShipper.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace LogShipper.Tests.Hosting;

public sealed class OldGarbageTests : IDisposable
{
    private const long Mebibyte = 1024 * 1024;

    private readonly FakeTimeProvider _time = new();
    private readonly OldGarbage _garbage;

    public OldGarbageTests()
    {
        _garbage = new OldGarbage(_time);
        Assert.False(_garbage.IsDue(32 * Mebibyte, collections: 1));
        _time.Advance(TimeSpan.FromMinutes(1));
    }

    public void Dispose() => _garbage.Dispose();

    [Fact]
    public void It_is_collected_when_it_has_grown_by_a_sixteenth()
    {
        Assert.False(_garbage.IsDue((34 * Mebibyte) - 1, collections: 1));
        Assert.True(_garbage.IsDue(34 * Mebibyte, collections: 1));
    }

    [Fact]
    public void Of_little_it_takes_half_a_mebibyte_more()
    {
        Assert.False(_garbage.IsDue(Mebibyte, collections: 2));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.False(_garbage.IsDue(Mebibyte * 149 / 100, collections: 2));
        Assert.True(_garbage.IsDue(Mebibyte * 3 / 2, collections: 2));
    }

    [Fact]
    public void What_is_left_by_a_collection_is_where_it_grows_from_whoever_asked_for_it()
    {
        Assert.False(_garbage.IsDue(40 * Mebibyte, collections: 2));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.False(_garbage.IsDue(41 * Mebibyte, collections: 2));
        Assert.True(_garbage.IsDue(43 * Mebibyte, collections: 2));
    }

    [Fact]
    public void However_fast_it_grows_there_is_a_rest_between_two_collections()
    {
        Assert.False(_garbage.IsDue(20 * Mebibyte, collections: 2));
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(_garbage.IsDue(100 * Mebibyte, collections: 2));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_garbage.IsDue(100 * Mebibyte, collections: 2));
    }
}
